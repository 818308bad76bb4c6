"""The front page: the answer as its title, one number, the classes, how the lines were drawn, and what was not used."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import seglib
from seglib.language import marked, translate
from seglib.report import brand, drift_words, html, ladder, numbers, parameters, signing, table
from seglib.report.plan import MIGRATION, REPORT, SAID

if TYPE_CHECKING:
    from seglib.report.manifest import Manifest
    from seglib.report.plan import Plan

_FOR_THE_CLIENT = marked("the client itself; customer ids stand in the tables, never on a page")
_FOR_OUTSIDE = marked("readers outside; customers bear pseudonyms, and small groups are not shown")


def frame(made: Plan, lang: str, method: str = "") -> dict[str, Any]:
    """What the layout of every page of a run needs; ``method`` is the one that the page is about, by default the main one."""
    t = _translator(lang)
    back = (
        [{"href": "index.html", "text": t("Front page of the report"), "current": False}]
        if made.kind == "report" and not made.project.outside
        else []
    )
    return {"project": made.project.title(lang), "period": period(made, lang), "links": back, **brand.frame(made.project.settings)} | {
        "announcement": signing.announcement(made.signed, method or made.main, lang, refit=made.refit)
    }


def period(made: Plan, lang: str) -> str:
    """The cut-off day and the window, in one line."""
    t = _translator(lang)
    return t(
        "As of {as_of} · last {days} days · {n} customers known",
        as_of=made.as_of,
        days=made.window_days,
        n=numbers.count(len(made.customers)),
    )


def how_made(made: Plan, method: str, lang: str) -> list[tuple[str, str, bool]]:
    """How a page was made: settings, data, version, and the command that makes it again."""
    t = _translator(lang)
    client = made.project.path.name if made.project.path else ""
    given = {method: made.given.get(method, {})} if method else made.given
    flags = [f"-p {name}.{key}={parameters.literal(value)}" for name, values in given.items() for key, value in values.items()]
    command = ["seglib", "run", method] if method else ["seglib", "report"]
    period_flags = [
        f"--as-of {made.as_of}",
        f"--window-days {made.window_days}",
        f"--lang {lang}",
        *(["--refit"] if made.refit and not method else []),
    ]
    author = str(getattr(made.project.report, "author", "") or "")
    return [
        *([(t("Author"), author, False)] if author else []),
        (t("Audience"), t(_FOR_OUTSIDE if made.project.outside else _FOR_THE_CLIENT), False),
        (t("Data"), t("fingerprint {code}", code=made.project.fingerprint[:12]), False),
        (t("Period"), t("{days} days up to {as_of}", days=made.window_days, as_of=made.as_of), False),
        (t("Version"), f"seglib {seglib.__version__}", False),
        (t("The same again"), " ".join(filter(None, [*command, client, *flags, *period_flags])), True),
    ]


def front_page(made: Plan, record: Manifest, lang: str) -> str:
    """The front page in one language, from the saved results of the pages."""
    results = _results(made, record, lang)
    main = results.get(made.main)
    head = _head(record, lang) if main else {}
    others = [{"href": f"../{one}/index.html", "text": _LANGUAGE[one], "current": False} for one in made.languages if one != lang]
    base = frame(made, lang) | {"links": others}
    return html.render(
        "front.html.j2",
        lang,
        title=title(made, record, lang),
        found=head if head.get("number") else None,
        number=head.get("number", ""),
        also=head.get("also", []),
        failed=_failed(made, record, lang),
        bars=_bars(main, made, lang) if main else "",
        main=main,
        unit=_main_title(made, lang),
        drawn=main["drawn"] if main else [],
        why=why(made, lang),
        definition=main["definition"] if main else "",
        drift=drift_words.lines(made.drift, made.main, lang) if main else [],
        warnings=[*main["failed_gates"], *main["warnings"]] if main else [],
        unused=unused(made, lang),
        notes=list((getattr(made.project.report, "notes", None) or {}).values()),
        contents=_contents(made, record, results, lang),
        data=ladder.shown(made, lang),
        made=how_made(made, "", lang),
        **base,
    )


def title(made: Plan, record: Manifest, lang: str) -> str:
    """The front page's title: the conclusion of the client's document; where it did not come out, nothing is claimed."""
    head = _head(record, lang) if made.main in _results(made, record, lang) else {}
    return str(head["title"]) if head else translate("Customer classification: {project}", lang, project=made.project.title(lang))


def _bars(main: Mapping[str, Any], made: Plan, lang: str) -> str:
    """Every class's share of customers beside its share of sales, as a table with bars."""
    import pandas as pd

    t = _translator(lang)
    rows = [row for row in main["profile"] if row["customers"]]
    money = all(row.get("spend_share") is not None for row in rows)
    columns = ["customers_share", "spend_share"] if money else ["customers_share"]
    greatest = max(row[column] for row in rows for column in columns)
    colours = {row["segment"]: row["colour"] for row in rows}
    frame = pd.DataFrame([{"segment": row["segment"], **{column: (row["segment"], row[column]) for column in columns}} for row in rows])
    labels = {row["segment"]: row["label"] for row in rows}
    count = numbers.count(sum(row["customers"] for row in rows))
    total = numbers.money(math.fsum(row["spend"] for row in rows), made.project.currency, lang) if money else ""
    heads = {"segment": t("Class"), "customers_share": t("Customers (n = {n})", n=count), "spend_share": t("Sales ({money})", money=total)}
    marks = {column: (lambda pair: table.bar(pair[1], colours[pair[0]], greatest)) for column in columns}
    return table.table(
        frame,
        lang=lang,
        currency=made.project.currency,
        caption=t(
            "Share of customers and share of sales by class. Shares are of all customers and of all sales that belong to a customer."
        ),
        heads=heads,
        kinds=dict.fromkeys(columns, "text"),
        markup={"segment": lambda key: table.swatch(colours[key], labels[key]), **marks},
    ).html.replace("<table>", '<table class="bars">', 1)


def _contents(made: Plan, record: Manifest, results: Mapping[str, Mapping[str, Any]], lang: str) -> list[dict[str, str]]:
    from seglib import methods

    pages = {page["method"]: page for page in record.content["pages"] if page["lang"] == lang}
    lines = [*_document(record, pages.get(REPORT), lang), *_redrawn(pages.get("refit"), lang)]
    for name in made.methods:
        page, words = pages[name], methods.words(name)
        ok = page["status"] == "ok"
        first = next(iter(results.get(name, {}).get("narrative", [])), "") if ok else translate("not finished", lang)
        lines.append(
            {
                "href": page["path"].partition("/")[2],
                "text": words.text("title", lang),
                "line": first,
                "question": words.text("question", lang),
            }
        )
    return [*lines, *(_proof(record, pages[name], lang) for name in made.reviews)]


def _proof(record: Manifest, page: Mapping[str, Any], lang: str) -> dict[str, str]:
    """A page of proof in the contents, with the first sentence it says."""
    told = record.folder / lang / "tables" / page["method"] / SAID
    ok = page["status"] == "ok" and told.is_file()
    line = told.read_text(encoding="utf-8").partition("\n")[0] if ok else translate("not finished", lang)
    return {"href": page["path"].partition("/")[2], "text": page_title(page["method"], lang), "line": line, "question": ""}


def _redrawn(page: Mapping[str, Any] | None, lang: str) -> list[dict[str, str]]:
    """The page that lays the lines drawn anew beside the signed ones, where there is one."""
    if page is None:
        return []
    text = translate("The lines drawn anew beside the signed ones", lang)
    return [{"href": page["path"].partition("/")[2], "text": text, "line": "", "question": ""}]


def _head(record: Manifest, lang: str) -> dict[str, Any]:
    """Title, number and sentences of the client's document; empty where it did not come out."""
    page = next((page for page in record.content["pages"] if (page["lang"], page["method"]) == (lang, REPORT)), None)
    saved = record.folder / lang / "tables" / REPORT / "facts.json"
    if page is None or page["status"] != "ok" or not saved.is_file():
        return {}
    content = json.loads(saved.read_text(encoding="utf-8"))
    return {"title": content["title"], **content["answer"]}


def _document(record: Manifest, page: Mapping[str, Any] | None, lang: str) -> list[dict[str, str]]:
    """The client's document, first of the contents."""
    if page is None:
        return []
    line = _head(record, lang).get("title") or translate("not finished", lang)
    return [{"href": page["path"].partition("/")[2], "text": page_title(REPORT, lang), "line": line, "question": ""}]


def page_title(name: str, lang: str) -> str:
    """Title of a page: a method's own, or that of the client's document."""
    from seglib import methods

    if name == REPORT:
        return translate("The whole report, to hand over", lang)
    if name == MIGRATION:
        return translate("Who moved, and what it cost", lang)
    return methods.words(name).text("title", lang)


def _failed(made: Plan, record: Manifest, lang: str) -> str:
    names = [page["method"] for page in record.content["pages"] if page["lang"] == lang and page["status"] != "ok"]
    if not names:
        return ""
    titles = ("、" if lang == "zh" else ", ").join(page_title(name, lang) for name in names)
    return translate("This report is not complete. Not finished: {titles}.", lang, titles=titles)


def why(made: Plan, lang: str) -> str:
    """Why the report is about its main classification."""
    sentence, values = made.reason
    shown = {key: numbers.share(value) if isinstance(value, float) else value for key, value in values.items()}
    reason = translate(sentence, lang, **shown)
    return translate("This report is about {title}: {reason}.", lang, title=_main_title(made, lang), reason=reason)


def _either(names: list[str], lang: str) -> str:
    """One of several columns, in running text."""
    return "或".join(names) if lang == "zh" else " or ".join(names)


def _few(names: list[str], lang: str) -> str:
    """The first columns of a list, and how many more there are."""
    joint = "、" if lang == "zh" else ", "
    told = joint.join(names[:NAMED])
    return (
        translate("{names} and {n} more", lang, names=told, n=len(names) - NAMED, all=len(names))
        if len(names) > NAMED + 1
        else joint.join(names)
    )


NAMED = 3  # columns of a method that are named where it lacks many


def unused(made: Plan, lang: str) -> list[str]:
    """What the report could not use, a sentence each: methods without their columns, tables that were not given."""
    from seglib import methods
    from seglib.report import labels

    t = _translator(lang)
    lines = [
        t(
            "{title}: needs {columns}",
            title=methods.words(name).text("title", lang),
            columns=_few([_either([labels.label(c, lang) for c in names.split(methods.OR)], lang) for names in columns], lang),
        )
        for name, columns in made.lacking.items()
    ]
    attributes = [name for name in ATTRIBUTES if name in made.customers.columns]
    for name in attributes:
        known = int(made.customers[name].notna().sum())
        lines.append(
            t(
                "{what}: known for {n} of {all} customers, in no class here",
                what=labels.label(name, lang),
                n=numbers.count(known),
                all=numbers.count(len(made.customers)),
            )
        )
    if "orders" not in made.project.client.tables:
        return lines
    if "returned_amount" not in made.customers.columns or not float(made.customers["returned_amount"].sum()):
        lines.append(t("Returns: none in the data of the window"))
    return lines


#: Attributes whose coverage is worth a line where the data have them.
ATTRIBUTES = ("income_band", "age_band", "gender", "province", "city", "industry")
_LANGUAGE = {"en": "English", "zh": "中文"}


def _results(made: Plan, record: Manifest, lang: str) -> dict[str, dict[str, Any]]:
    """What the finished pages saved, by method."""
    found = {}
    for page in record.content["pages"]:
        path = record.folder / lang / "tables" / page["method"] / "results.json"
        if page["lang"] == lang and page["status"] == "ok" and path.is_file():
            found[page["method"]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _main_title(made: Plan, lang: str) -> str:
    from seglib import methods

    return methods.words(made.main).text("title", lang) if made.main else ""


def _translator(lang: str) -> Any:
    return lambda message, **values: translate(message, lang, **values)
