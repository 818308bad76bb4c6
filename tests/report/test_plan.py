"""What a run settles before the first kernel starts, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from seglib import report
from seglib.errors import DataError, ParameterError, SettingsError, TableError
from seglib.report import plan, runner
from seglib.report.project import Project

from . import shop


@pytest.fixture(autouse=True)
def _no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that starts here is a fault."""

    def started(*_: object, **__: object) -> None:
        raise AssertionError("a kernel was about to start")

    monkeypatch.setattr(runner, "run_all", started)


def test_a_mistyped_parameter_stops_before_any_kernel(client: Path) -> None:
    with pytest.raises(ParameterError, match="rfm has no parameter 'tierz'; did you mean 'tiers'"):
        report.run(["rfm"], client, params={"tierz": "quantile:4"})


def test_a_mistyped_parameter_stops_before_the_data_are_read(client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seglib.client import Client

    monkeypatch.setattr(Client, "customers", lambda *_, **__: pytest.fail("the data were read"))
    with pytest.raises(ParameterError, match="tierz"):
        report.build(client, params={"tierz": "quantile:4"})


def test_a_value_of_the_wrong_type_is_refused(client: Path) -> None:
    with pytest.raises(ParameterError, match="lifecycle: new_days is 'ninety', but must be of type int"):
        report.run(["lifecycle"], client, params={"new_days": "ninety"})


def test_what_the_command_has_an_option_for_is_no_parameter(client: Path) -> None:
    with pytest.raises(ParameterError, match=r"'rfm\.lang' is no parameter of a method"):
        report.run(["rfm"], client, params={"rfm.lang": "zh"})


def test_an_unknown_method_language_or_code_is_refused(client: Path) -> None:
    with pytest.raises(ParameterError, match="rfm"):
        report.run(["rmf"], client)
    with pytest.raises(SettingsError, match="there is no language 'fr'; there are: en, zh"):
        report.run(["rfm"], client, lang="fr")
    with pytest.raises(ParameterError, match="code is 'open'; it can be: hide, fold, show"):
        report.run(["rfm"], client, code="open")


def test_readers_outside_get_the_document_alone(tmp_path: Path) -> None:
    path = shop.write(tmp_path / "p")
    path.write_text(path.read_text(encoding="utf-8") + "report: {audience: outside}\n", encoding="utf-8")
    made = plan.settle("report", [], path)
    assert made.pages == ("report",)
    assert made.customers["customer_id"].str.fullmatch("c[0-9a-f]{16}").all()
    with pytest.raises(SettingsError, match="pages of methods show small groups"):
        plan.settle("methods", ["rfm"], path)


def test_parameters_of_the_settings_are_checked_and_overruled(tmp_path: Path) -> None:
    path = shop.write(tmp_path / "p")
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "methods:\n  value_tier: {tiers: 'fixed:100,500'}\n", encoding="utf-8")
    settled = plan.settle("methods", ["value_tier"], path)
    assert settled.given == {"value_tier": {"tiers": "fixed:100,500"}}
    assert plan.settle("methods", ["value_tier"], path, params={"tiers": "median"}).given == {"value_tier": {"tiers": "median"}}
    path.write_text(text + "methods:\n  value_tier: {tierz: median}\n", encoding="utf-8")
    with pytest.raises((ParameterError, SettingsError), match="tierz"):
        plan.settle("methods", ["value_tier"], path)


def test_a_method_asked_for_by_name_that_cannot_run_says_what_is_lacking(tmp_path: Path) -> None:
    path = tmp_path / "client.yml"
    pd.DataFrame({"customer": ["a", "b"], "spend": [1.0, 2.0], "orders": [1, 2]}).to_csv(tmp_path / "c.csv", index=False)
    path.write_text(
        "project: p\ncurrency: CNY\nas_of: 2025-12-31\ntables:\n  customers:\n    files: c.csv\n"
        "    columns: {customer_id: customer, spend: spend, orders: orders}\n",
        encoding="utf-8",
    )
    with pytest.raises(TableError, match="rfm needs days_since_last_order, which the data do not give"):
        plan.settle("methods", ["rfm"], path)
    settled = plan.settle("report", [], path)
    assert settled.main == "value_tier"
    assert "rfm" in settled.lacking


def table(*orders: int) -> pd.DataFrame:
    return pd.DataFrame({"orders": list(orders)})


def project(**settings: object) -> Project:
    return Project(SimpleNamespace(settings=SimpleNamespace(report=SimpleNamespace(**{"main": None, "also": None, **settings}))), None)


@pytest.mark.parametrize(
    ("orders", "main", "reason"),
    [
        ((2, 2, 1, 1, 1), "rfm", plan.REASONS[0]),
        ((2, 1, 1, 1), "value_tier", plan.REASONS[1]),
        ((0, 0), "value_tier", plan.REASONS[4]),
    ],
)
def test_the_main_method_follows_who_buys_again(orders: tuple[int, ...], main: str, reason: str) -> None:
    able = ["value_tier", "rfm"]
    found, why = plan.choose_main(project(), table(*orders), able, [])
    assert (found, why[0]) == (main, reason)


def test_buyers_who_come_again_without_the_columns_of_rfm_get_the_value_tiers() -> None:
    found, why = plan.choose_main(project(), table(2, 2), ["revenue_contribution", "value_tier"], [])
    assert (found, why[0]) == ("value_tier", plan.REASONS[5])


def test_the_settings_may_choose_the_main_method() -> None:
    found, why = plan.choose_main(project(main="ticket_size"), table(2, 2), ["rfm", "ticket_size"], [])
    assert (found, why[0]) == ("ticket_size", plan.REASONS[3])


def test_without_any_method_there_is_no_report() -> None:
    with pytest.raises(DataError, match="no method can run"):
        plan.choose_main(project(), table(1), [], [])


def test_at_most_four_stand_beside_the_main_one_unless_all_are_wanted() -> None:
    able = [*plan.USUAL, "zz"]
    assert plan.beside(project(), "rfm", able, everything=False) == list(plan.USUAL[:5])
    assert plan.beside(project(), "rfm", able, everything=True) == able
    assert plan.beside(project(also=["zz", "unknown"]), "rfm", able, everything=False) == ["rfm", "zz"]


def test_the_run_id_changes_with_what_changes_the_pages_and_with_nothing_else(client: Path) -> None:
    first = plan.settle("methods", ["rfm"], client)
    assert first.run_id == plan.settle("methods", ["rfm"], client).run_id
    others = [
        plan.settle("methods", ["rfm"], client, params={"tiers": "quantile:4"}),
        plan.settle("methods", ["rfm"], client, lang="zh"),
        plan.settle("methods", ["rfm"], client, code="show"),
        plan.settle("methods", ["rfm"], client, as_of="2025-11-30"),
        plan.settle("methods", ["value_tier"], client),
    ]
    assert len({first.run_id, *(one.run_id for one in others)}) == 6


def test_the_run_id_knows_what_lies_beside_client_yml_and_what_it_says_of_the_report(tmp_path: Path) -> None:
    path = shop.write(tmp_path / "shop", 12)
    plain = path.read_text(encoding="utf-8")
    docx = pytest.importorskip("docx", reason="the extra office is not installed")
    found = []
    for line, word in (
        ("{}", ""),
        ("{notes: {summary: x}}", ""),
        ("{title: x}", ""),
        ("{template: [t.docx]}", "a"),
        ("{template: [t.docx]}", "b"),
    ):
        template = docx.Document()
        template.add_paragraph(word)
        template.save(str(path.parent / "t.docx"))
        path.write_text(f"{plain}report: {line}\n", encoding="utf-8")
        found.append(plan.settle("methods", ["value_tier"], path).run_id)
    assert len(set(found)) == 5, "notes, title, the template's name and its bytes: with any of them changed --resume makes the pages anew"
