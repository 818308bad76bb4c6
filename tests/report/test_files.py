from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

import seglib
from seglib import report
from seglib.errors import ParameterError
from seglib.report.files import FILES

from .conftest import view_of


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    view = view_of("value_tier")
    return report.save(view.result, tmp_path / "out", customers=view.customers, lang="zh")


def test_the_files_are_all_there_and_the_manifest_counts_them(saved: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    assert [file["name"] for file in manifest["files"]] == list(FILES)
    for file in manifest["files"]:
        assert hashlib.sha256((saved / file["name"]).read_bytes()).hexdigest() == file["sha256"]
    assert manifest["rows"] == 412


def test_assignments_hold_keys_and_read_back_as_they_were(saved: Path) -> None:
    view = view_of("value_tier")
    found = pd.read_parquet(saved / "assignments.parquet")
    assert found["segment"].tolist() == view.result.assignments["segment"].tolist()
    assert found["customer_id"].tolist() == view.result.assignments["customer_id"].tolist()


def test_the_profile_has_labels_beside_keys_and_opens_in_a_spreadsheet(saved: Path) -> None:
    assert (saved / "profile.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    found = pd.read_csv(saved / "profile.csv")
    assert found.loc[0, ["segment", "label"]].tolist() == ["high", "高价值"]
    assert found["customers"].sum() == 412


def test_results_are_plain_json_with_facts_and_sentences(saved: Path) -> None:
    found = json.loads((saved / "results.json").read_text(encoding="utf-8"))
    assert found["facts"]["top"]["segment"] == "high"
    assert found["currency"] == "USD"
    assert found["narrative"][0].startswith("高价值 ")
    assert found["params"]["tiers"] == "top:20,30,50"


def test_the_definition_loads_and_assigns_the_same_classes(saved: Path) -> None:
    view = view_of("value_tier")
    scheme = seglib.load_scheme(saved / "scheme.json")
    assert scheme.apply(view.customers)["segment"].tolist() == view.result.assignments["segment"].tolist()


def test_the_same_result_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    view = view_of("value_tier")
    again = report.save(view.result, tmp_path / "again", customers=view.customers, lang="zh")
    assert (again / "manifest.json").read_bytes() == (saved / "manifest.json").read_bytes()


def test_without_the_customer_table_the_facts_are_left_out(tmp_path: Path) -> None:
    folder = report.save(view_of("value_tier").result, tmp_path)
    assert json.loads((folder / "results.json").read_text(encoding="utf-8"))["facts"] == {}


def test_a_figure_is_shown_with_words_or_not_at_all() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 2])
    html = report.show(figure, alt='A line from 1 to 2, "rising"', caption="Rising").html
    assert 'alt="A line from 1 to 2, &quot;rising&quot;"' in html
    assert "<figcaption>Rising</figcaption>" in html
    with pytest.raises(ParameterError, match="alt is empty"):
        report.show(figure, alt=" ")


def test_the_public_names_are_there_and_no_other() -> None:
    assert set(report.__all__) <= set(dir(report))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'; it has"):
        _ = report.nothing
