"""Every input of the corpus is read right or refused with a sentence; the ladder always adds up."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import corpus_sheets  # noqa: F401 - fills the corpus
import corpus_tables  # noqa: F401
import corpus_text  # noqa: F401
import corpus_values  # noqa: F401
import pytest
from corpus import CASES, Case, money
from ruamel.yaml import YAML

from seglib import collect, settings
from seglib.errors import SeglibError

pytestmark = pytest.mark.corpus
PARTS = ("total_rows", "repeated", "filtered", "rejected", "unattributed", "used")


def test_the_corpus_has_at_least_120_inputs_of_different_names() -> None:
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)


def project(case: Case, folder: Path) -> Path:
    """The case's files and a client.yml beside them."""
    case.make(folder)
    path = folder / "client.yml"
    tables = json.loads(json.dumps(case.tables).replace('"files": "*"', '"files": "[!c]*"'))
    with path.open("w", encoding="utf-8") as file:
        YAML().dump({"currency": "CNY", **case.top, "tables": tables}, file)
    return path


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_odd_input(case: Case, tmp_path: Path) -> None:
    path = project(case, tmp_path)
    if case.used is None:
        with pytest.raises(SeglibError) as caught:
            collect.load(settings.load(path))
        for lang in ("en", "zh"):
            assert "{" not in caught.value.text(lang).replace("layout: {", "").replace("match: {", "")
        for word in case.refused:
            assert word in caught.value.text("en"), caught.value.text("en")
        return
    collected = collect.load(settings.load(path))
    adds_up(collected)
    ladder = collected.ladder()
    first = next(iter(case.tables))
    rows = ladder[ladder["table"] == first].set_index("step")["rows"]
    assert rows["used"] == case.used, collected.ledger.to_string()
    if case.amount:
        assert money(collected, table=first) == Decimal(case.amount)
    for step, number in case.steps.items():
        assert rows[step] == number, collected.ledger.to_string()
    for word in case.notes:
        assert any(word in note.text("en") for note in collected.notes), [note.text() for note in collected.notes]
    if case.look is not None:
        case.look(collected)


def adds_up(collected: collect.Collected) -> None:
    """Rows and money of every table: what was read is the sum of what became of it; the ledger has a line for each rejected row."""
    for name, part in collected.ladder().groupby("table"):
        steps = part.set_index("step")
        assert steps.loc["read", "rows"] == sum(steps.loc[step, "rows"] for step in PARTS)
        if steps.loc["read", "amount"] is not None:
            whole = sum((steps.loc[step, "amount"] or Decimal(0) for step in PARTS), Decimal(0))
            assert steps.loc["read", "amount"] == whole
        ledger = collected.ledger
        rejected = ledger[(ledger["table"] == name) & (ledger["action"] == "rejected")]
        assert len(rejected[["source", "sheet", "line"]].drop_duplicates()) == steps.loc["rejected", "rows"]
        assert len(collected.rejects(str(name))) == steps.loc["rejected", "rows"]
