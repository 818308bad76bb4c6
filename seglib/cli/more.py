"""The commands now and then: methods, assign, sql, lab, doctor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from seglib.cli import options
from seglib.cli.screen import CALLER, Screen, complain, need, shown, t, table

SchemeFile = Annotated[Path, typer.Argument(metavar="SCHEME.json", help=t("The definition, scheme.json of a run."))]


def methods(client: options.Client = None, lang: options.Lang = "") -> None:
    """List the methods, what each needs, and with CLIENT.yml whether it can run."""
    from seglib import methods as room

    have = _columns(client)
    rows = []
    for name in room.names():
        words = room.words(name)
        needs = cast(tuple[str, ...], room.declared(name)["NEEDS"])
        lacking = [] if have is None else room.lacking(name, have)
        state = ", ".join(needs) if have is None else t("lacks {columns}", columns=", ".join(lacking)) if lacking else t("yes")
        rows.append([name, words.text("title", Screen.lang), state])
    table(rows, head=[t("method"), t("what it is"), t("needs") if have is None else t("can run")])


def _columns(client: Path | None) -> set[str] | None:
    """Columns of a project's customer table; None where no project is named."""
    if client is None:
        return None
    from seglib import open_client

    return set(open_client(options.client_path(client)).columns)


def assign(
    scheme: SchemeFile,
    client: options.Client = None,
    as_of: options.AsOf = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.csv", help=t("The file to write; left out, beside the scheme."), show_default=False),
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", help=t("human: safe to open in a spreadsheet; machine: unchanged, for the import of a system."))
    ] = "human",
    lang: options.Lang = "",
) -> None:
    """Put customers into the classes of a saved definition, its cut points unmoved."""
    from seglib import load_scheme, open_client
    from seglib.report import exports, saved

    exports.checked(mode)
    definition = load_scheme(scheme)
    opened = open_client(options.client_path(client), definitions="")
    customers = opened.customers(as_of=as_of, window_days=definition.window_days, also=definition.inputs)
    assigned = saved.listed(definition, customers, client=opened, lang=options.language(lang))
    path = _free(out or scheme.with_name(f"{definition.method}_assignments.csv"))
    refused = exports.write(assigned, path, mode)
    if len(refused):
        listed = _free(path.with_stem(f"{path.stem}_refused"))
        exports.write(refused, listed)
        complain(t("{n} values begin like a formula; their rows are left out and listed in {path}.", n=len(refused), path=shown(listed)))
    counts = assigned.groupby("segment", sort=False)["label"].agg(["first", "size"]).sort_values("size", ascending=False, kind="stable")
    rows = [[f"{row['first']} ({segment})", f"{row['size']:,}"] for segment, row in counts.iterrows()]
    table(rows, head=[t("class"), t("customers")], right=[1])
    typer.echo(shown(path))


def explain(
    run_: Annotated[Path, typer.Argument(metavar="RUN", help=t("A run's folder or its run.json, or the project's client.yml."))],
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help=t("The customer's own id."))],
    method: Annotated[
        str,
        typer.Option("--method", "-m", metavar="METHOD", help=t("The classification; left out, the run's main one."), show_default=False),
    ] = "",
    lang: options.Lang = "",
) -> None:
    """Say why a customer is in a class, and what would change that."""
    from seglib.report import saved, why

    result, customers, client = saved.of(run_, method)
    if saved.changed(run_, client):
        complain(t("The data are not those of the run any more; this is what they say now, by the run's definition."))
    told = why.explain(result, customers, customer, client=client, lang=options.language(lang))
    typer.echo(f"{customer} · {result.method} #{result.scheme.hash[:8]} · {result.as_of}")
    for line in told.splitlines():
        typer.echo(f"  {line}")


def _free(path: Path) -> Path:
    """``path``, or with a number behind its name where it is taken: nothing is ever overwritten."""
    candidates = [path, *(path.with_stem(f"{path.stem}_{number}") for number in range(2, 10_000))]
    return next(each for each in candidates if not each.exists())


def sql(
    scheme: SchemeFile,
    dialect: Annotated[
        str, typer.Option("--dialect", help=t("duckdb, postgres, snowflake, bigquery, databricks, trino, sqlite ..."))
    ] = "duckdb",
    table_name: Annotated[str, typer.Option("--table", help=t("Name of the customer table in the warehouse."))] = "customers",
    lang: options.Lang = "",
) -> None:
    """Write a saved definition as SQL."""
    from seglib import load_scheme

    typer.echo(load_scheme(scheme).to_sql(dialect, table=table_name))


def lab(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=t("Project folder; the copy goes to its folder work."))] = Path(),
    lang: options.Lang = "",
    start: Annotated[bool, typer.Option("--start/--copy-only", help=t("Open JupyterLab, or only copy the notebooks."))] = True,
) -> None:
    """Open JupyterLab on a copy of the notebooks, in the language asked for."""
    if start:
        need("jupyterlab")
    copied = _copy_notebooks(folder, options.language(lang))
    typer.echo(t("Notebooks are in {folder}; what you change there is yours.", folder=shown(copied)))
    if start:
        raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyter", "lab", str(copied)], check=False).returncode)


def _copy_notebooks(folder: Path, lang: str) -> Path:
    """Every method's notebook and every case in ``lang``; a file that is there already is left as it is.

    In a project's folder they open the project's data with the parameters of its client.yml, elsewhere the demo's.
    """
    import json

    from seglib import methods as room
    from seglib import settings
    from seglib.report import notebooks
    from seglib.report.cases import pages

    target, own = folder / "work", folder / "client.yml"
    known = settings.load(own) if own.is_file() else None
    target.mkdir(parents=True, exist_ok=True)
    for name in [*room.names(), *pages.names()]:
        path = target / f"{name}.ipynb"
        if not path.exists():
            values = {"lang": lang} if known is None else {"lang": lang, "client": f"../{own.name}", **known.methods.get(name, {})}
            translated = notebooks.in_language(notebooks.read(name), name, lang, values)
            path.write_text(json.dumps(translated, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return target


def case(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CASE]... [CLIENT.yml]", help=t("Cases; none means all of them."), show_default=False),
    ] = None,
    given: options.Given = None,
    lang: options.Lang = "",
    out: options.Out = None,
    jobs: options.Jobs = 2,
    code: options.Code = "hide",
) -> None:
    """Follow a case of the trade from the situation to the lesson, on data that carry it."""
    from seglib.report.cases import pages

    chosen, client = options.split(names or [])
    made = pages.run(
        chosen,
        options.client_path(client),
        lang=lang or None,
        out=out,
        params=options.parameters(given),
        jobs=jobs,
        code=cast(Any, code),
    )
    for path in made:
        typer.echo(shown(path))


def doctor(lang: options.Lang = "") -> None:
    """Say what is installed, what is missing, and the one command that adds it."""
    from seglib.cli import health

    findings = health.examine()
    table([[t("ok") if each.fine else t("missing"), each.what, each.found, "" if each.fine else each.without] for each in findings])
    command = health.repair(findings)
    if command:
        typer.echo()
        typer.echo(t("To add what is missing: {command}", command=command))
    if any(each.vital and not each.fine for each in findings):
        raise typer.Exit(CALLER)
