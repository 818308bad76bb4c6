"""The commands on a small project, as processes: exit codes, sentences, files; on a GBK console and in a folder with Chinese characters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

GBK = {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"}


def seglib(*arguments: str | Path, cwd: Path, input: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    env = {**os.environ, "SEGLIB_LANG": "en", **environment}
    command = [sys.executable, "-c", "from seglib.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, input=input, capture_output=True, encoding="utf-8", check=False, timeout=300)


def orders() -> str:
    """40 customers; customer n buys n times for n each, the last time n days before the end."""
    end = date(2025, 9, 30)
    lines = ["order_id,customer_id,ordered_at,amount"]
    for n in range(1, 41):
        lines += [f"o{n}-{k},c{n:02d},{end - timedelta(days=n - 1 + 8 * k)},{n}.50" for k in range(n)]
    return "\n".join([*lines, "o-bad,c01,not a date,5"]) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a space and Chinese characters in its name, and a project in it."""
    folder = tmp_path_factory.mktemp("客户 项目")
    (folder / "orders.csv").write_text(orders(), encoding="utf-8")
    done = seglib("init", "店", "orders.csv", "--yes", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


CLIENT = Path("店/client.yml")


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    """The folder of a finished run of two methods."""
    done = seglib("run", "rfm", "value_tier", CLIENT, "-p", "rfm.tiers=quantile:4", "--lang", "en", cwd=folder, **GBK)
    assert done.returncode == 0, done.stdout + done.stderr
    page = folder / done.stdout.splitlines()[-1]
    assert page.is_file()
    assert "Traceback" not in done.stderr
    return page.parents[1]


def test_init_asks_at_most_five_things_and_overwrites_nothing(tmp_path: Path):
    (tmp_path / "orders.csv").write_text(orders(), encoding="utf-8")
    done = seglib("init", "shop", "orders.csv", cwd=tmp_path, input="9\n" + "\n" * 10)
    assert done.returncode == 0, done.stderr
    assert "Choose a number from 1 to" in done.stderr
    assert "1/" in done.stdout
    assert "Next: seglib check" in done.stdout.splitlines()[-1]
    assert (tmp_path / "shop" / "data" / "orders.csv").is_file()
    again = seglib("init", "shop", "orders.csv", "--yes", cwd=tmp_path)
    assert again.returncode == 2
    assert "client.yml already; edit it, or choose another folder." in again.stderr


def test_init_takes_a_currency_and_says_what_it_cannot_use(tmp_path: Path):
    (tmp_path / "orders.csv").write_text(orders(), encoding="utf-8")
    assert seglib("init", "shop", "orders.csv", "--yes", "--currency", "eur", cwd=tmp_path).returncode == 0
    assert "currency: EUR\n" in (tmp_path / "shop" / "client.yml").read_text(encoding="utf-8")
    missing = seglib("init", "other", "absent.csv", "--yes", cwd=tmp_path)
    assert missing.returncode == 2
    assert "absent.csv" in missing.stderr
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("environment", [{}, GBK])
def test_check_follows_rows_and_money_to_a_verdict(folder: Path, environment: dict[str, str]):
    done = seglib("check", CLIENT, cwd=folder, **environment)
    assert done.returncode == 0, done.stderr
    rows = sum(range(1, 41))
    money = sum(n * (n + 0.5) for n in range(1, 41))
    assert f"{rows + 1:,}" in done.stdout
    assert f"{money:,.2f}" in done.stdout
    assert "Customers 40 (40 bought in the window, 0 did not)" in done.stdout
    assert "rfm" in next(line for line in done.stdout.splitlines() if line.startswith("Can be done"))
    assert "Next: seglib report" in done.stdout
    assert list((folder / "店" / "rejects").glob("orders.*"))


def test_check_speaks_chinese(folder: Path):
    done = seglib("check", CLIENT, "--lang", "zh", cwd=folder, **GBK)
    assert "结论：可以出报告。" in done.stdout


def test_methods_lists_every_method_and_what_it_lacks(folder: Path):
    from seglib import methods

    done = seglib("methods", CLIENT, cwd=folder)
    listed = {line.split()[0] for line in done.stdout.splitlines()[1:] if line and not line.startswith(" ")}
    assert listed == set(methods.names())
    assert next(line for line in done.stdout.splitlines() if line.startswith("rfm")).split()[-1] == "yes"


def test_methods_needs_no_project(tmp_path: Path):
    done = seglib("methods", cwd=tmp_path)
    assert done.returncode == 0
    assert "days_since_last_order" in done.stdout


def test_a_mistyped_parameter_stops_before_anything_starts(folder: Path):
    done = seglib("run", "rfm", CLIENT, "-p", "tierz=quantile:4", "--out", "nothing", cwd=folder)
    assert done.returncode == 2
    assert "no parameter 'tierz'; did you mean 'tiers'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "nothing").exists()


def test_a_mistyped_method_is_proposed(folder: Path):
    done = seglib("run", "rmf", CLIENT, cwd=folder)
    assert done.returncode == 2
    assert "'rfm'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_client_yml_is_said_with_its_line(folder: Path):
    text = (folder / CLIENT).read_text(encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if each.startswith("currency"))
    wrong = folder / "店" / "wrong.yml"
    wrong.write_text(text.replace("currency:", "curency:"), encoding="utf-8")
    done = seglib("check", wrong, cwd=folder)
    assert done.returncode == 2
    assert str(line) in done.stderr
    assert "currency" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_format_nobody_knows_is_refused(folder: Path):
    done = seglib("report", CLIENT, "--format", "dox", cwd=folder)
    assert done.returncode == 2
    assert "--format dox cannot be made; there is html, pdf, docx, xlsx, pptx." in done.stderr


def test_a_run_again_gives_the_same_bytes(run: Path, folder: Path):
    done = seglib("rerun", run, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Every page is the same as before, byte for byte." in done.stdout
    assert (folder / done.stdout.splitlines()[-1]).is_file()


def test_a_saved_definition_becomes_sql_and_assigns_the_same_classes(run: Path, folder: Path):
    import pandas as pd

    scheme = next(run.rglob("rfm/scheme.json"))
    sql = seglib("sql", scheme, "--dialect", "postgres", cwd=folder)
    assert sql.returncode == 0, sql.stderr
    assert "SELECT" in sql.stdout
    assert "CASE" in sql.stdout
    done = seglib("assign", scheme, CLIENT, "--out", "again.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "again.csv"
    found = pd.read_csv(folder / "again.csv", dtype=str)
    saved = pd.read_parquet(next(scheme.parent.glob("assignments.parquet")))
    assert found["customer_id"].tolist() == saved["customer_id"].tolist()
    assert found["segment"].tolist() == saved["segment"].tolist()
    second = seglib("assign", scheme, CLIENT, "--out", "again.csv", cwd=folder)
    assert second.stdout.splitlines()[-1] == "again_2.csv"  # nothing is overwritten


def test_an_unknown_dialect_and_a_file_that_is_no_scheme(run: Path, folder: Path):
    scheme = next(run.rglob("rfm/scheme.json"))
    assert seglib("sql", scheme, "--dialect", "klingon", cwd=folder).returncode == 2
    other = seglib("sql", run / "run.json", cwd=folder)
    assert other.returncode == 2
    assert "is no scheme file" in other.stderr


def test_lab_copies_the_notebooks_in_a_language_and_leaves_what_is_there(tmp_path: Path):
    first = seglib("lab", "--copy-only", "--lang", "zh", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    copy = tmp_path / "work" / "rfm.ipynb"
    notebook = json.loads(copy.read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert "结论" in text
    copy.write_text("mine", encoding="utf-8")
    seglib("lab", "--copy-only", cwd=tmp_path)
    assert copy.read_text(encoding="utf-8") == "mine"


def test_notebooks_of_a_project_open_its_data_with_its_parameters(tmp_path: Path):
    (tmp_path / "client.yml").write_text("currency: CNY\nmethods: {rfm: {classes: cn8}, value_tier: {nothing: 1}}\n", encoding="utf-8")
    assert seglib("lab", "--copy-only", "--lang", "zh", cwd=tmp_path).returncode == 0
    cells = json.loads((tmp_path / "work" / "rfm.ipynb").read_text(encoding="utf-8"))["cells"]
    given = next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", []))
    for line in ('client: str = "../client.yml"', 'lang: str = "zh"', 'classes: str = "cn8"', 'tiers: str = ""'):
        assert line in given


def test_a_place_that_cannot_be_written_is_a_sentence(run: Path, folder: Path):
    scheme = next(run.rglob("rfm/scheme.json"))
    done = seglib("assign", scheme, CLIENT, "--out", "orders.csv/below-a-file.csv", cwd=folder)
    assert done.returncode == 2
    assert "orders.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_compare_says_what_it_lacks(run: Path, folder: Path):
    few = seglib("compare", run, cwd=folder)
    assert few.returncode == 2
    assert few.stderr == "only 30 customers had bought before 2025-07-05; a scorecard needs at least 40.\n"
    nothing = seglib("compare", folder / "nothing", cwd=folder)
    assert nothing.returncode == 2
    assert "is not the run.json of a run" in nothing.stderr
