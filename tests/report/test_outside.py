"""A report for readers outside, made by real kernels in every format: nobody's own id in it, and no small cell that can be worked out."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from seglib import report
from seglib.report import privacy
from seglib.report.runs import RunResult

from . import shop

docx = pytest.importorskip("docx", reason="the extra office is not installed")
pptx = pytest.importorskip("pptx", reason="the extra office is not installed")
pypdf = pytest.importorskip("pypdf", reason="the extra pdf is not installed")
openpyxl = pytest.importorskip("openpyxl", reason="the extra office is not installed")

CUSTOMERS = 72
OWN = re.compile(r"\b(?:o\d{1,2}-\d{1,3}|c0\d\d)\b")  # ids of orders and customers in the shop's files
PERSONAL = ("13800138", "@example.com", "珠江路", "王小明")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    path = shop.write(tmp_path_factory.mktemp("outside") / "shop", CUSTOMERS)
    people = pd.read_csv(path.parent / "data" / "customers.csv")
    people["name"], people["address"] = "王小明", "江苏省南京市玄武区珠江路 12 号"
    people["phone"] = [f"13800138{number:03d}" for number in range(len(people))]
    people["mail"] = [f"{name}@example.com" for name in people["customer"]]
    people.to_csv(path.parent / "data" / "customers.csv", index=False)
    more = "{customer_id: customer, province: province, customer_name: name, address: address}"
    text = path.read_text(encoding="utf-8").replace("{customer_id: customer, province: province}", more)
    path.write_text(text + "report: {main: rfm, also: [], audience: outside}\n", encoding="utf-8")
    return report.build(path, lang="en", formats=("html", "pdf", "docx", "xlsx", "pptx"))


@pytest.fixture(scope="module")
def read(run: RunResult) -> dict[str, str]:
    return dict(texts(run.folder))


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of a run with all that can be read in it."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".pdf":
            yield path.relative_to(folder).as_posix(), "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
        elif path.suffix in (".docx", ".xlsx", ".pptx"):
            with zipfile.ZipFile(path) as packed:
                yield (
                    path.relative_to(folder).as_posix(),
                    " ".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist() if "xml" in name),
                )
        elif path.suffix == ".parquet":
            yield path.relative_to(folder).as_posix(), pd.read_parquet(path).to_csv()
        else:
            yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")


def test_no_file_of_the_run_holds_an_own_id_or_a_person(run: RunResult, read: dict[str, str]) -> None:
    assert run.ok
    kinds = set()
    for name, text in read.items():
        kinds.add(name.rpartition(".")[2])
        assert OWN.findall(text) == [], name
        assert [word for word in PERSONAL if word in text] == [], name
    assert kinds >= {"html", "pdf", "docx", "xlsx", "pptx", "json", "parquet"}
    assert sorted(file["format"] for file in run.files) == ["docx", "html", "pdf", "pptx", "xlsx"]
    assert json.loads(read["run.json"])["searched"] == [], "the search has read every file"


def shown_tables(run: RunResult) -> list[list[list[str]]]:
    """The tables of the Word file as text, head first."""
    word = docx.Document(str(next(run.folder.rglob("handover/*.docx"))))
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]


def test_no_small_cell_can_be_worked_out_from_the_sums(run: RunResult) -> None:
    listed = pd.read_parquet(next(run.folder.rglob("customers.parquet")))
    shown = set(listed["label"])
    sizes = next(
        table for table in shown_tables(run) if "Sales per customer" in " ".join(table[0]) and table[-1][0].startswith("All known")
    )
    counts = {row[0]: row[1] for row in sizes[1:]}
    hidden = {name for name, n in counts.items() if n == "–"}
    total = int(next(n for name, n in counts.items() if name.startswith("All known")).replace(",", ""))
    assert len(hidden) >= 2, "the shop is so small that classes must be hidden"
    assert not hidden & shown
    rest = total - sum(int(n.replace(",", "")) for name, n in counts.items() if name in shown)
    assert rest >= privacy.LEAST, "what the hidden classes hold together is no small cell either"
    for table in shown_tables(run):
        for row in table[1:]:
            if row[0] in hidden:
                figures = [cell for cell in row[1:] if re.fullmatch(r"[-−+]?[\d,.]+%?", cell)]
                assert figures == [], f"a hidden class has a figure in {table[0]}"
    assert min(listed["label"].value_counts()) >= privacy.LEAST


def test_every_file_for_readers_says_for_whom_it_is(read: dict[str, str]) -> None:
    said = {name: text for name, text in read.items() if name.endswith((".html", ".docx", ".pptx", ".pdf", ".txt"))}
    for name, text in said.items():
        assert re.search(r"readers\s+outside", text), name
