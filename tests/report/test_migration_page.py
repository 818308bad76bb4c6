"""The page on migration: its sentences, its tables, its pictures, in both languages; and the command that compares two runs."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import seglib
from seglib import report
from seglib.cli import app
from seglib.datasets import make_market
from seglib.errors import DataError, SettingsError
from seglib.methods import value_tier
from seglib.report.proofs import of_two
from seglib.report.proofs.migration_page import MigrationPage
from seglib.review.history import two_windows

from . import shop


@pytest.fixture(scope="module")
def client() -> seglib.client.Client:
    lines = shop.orders(120).set_axis(["order_id", "customer_id", "ordered_at", "amount"], axis=1)
    return seglib.open_frames(settings=seglib.settings.ClientSettings(currency="CNY"), orders=lines)


@pytest.fixture(scope="module")
def pages(client: seglib.client.Client) -> dict[str, MigrationPage]:
    return {lang: MigrationPage(client, "rfm", window_days=182, draws=20, lang=lang) for lang in ("en", "zh")}


SECTIONS = ("chart", "moves", "waterfall", "lines", "kept", "falls", "drift")


def test_the_bottom_line_says_who_moved_and_how_many_would_by_chance(pages):
    said = str(pages["en"].bottom_line())
    found = pages["en"].found
    assert f"{found.value('stays'):.1%}" in said
    assert "would have moved by chance alone" in said
    assert "in 20 draws" in said
    assert "只因偶然而换类" in str(pages["zh"].bottom_line())


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_a_sentence_in_both_languages(pages, section):
    english, chinese = (getattr(pages[lang], section)() for lang in ("en", "zh"))
    assert len(english.html) > 100
    assert english.text.strip()
    assert any("一" <= letter <= "鿿" for letter in chinese.html)
    assert "{" not in english.text + chinese.text
    assert "nan" not in english.text.lower().split()


def test_fewer_moves_than_by_chance_are_no_cost(client, pages):
    from dataclasses import replace

    from seglib.report.proofs.migration_page import MigrationWords

    moves = pages["en"].found.moves
    plain = moves[(moves["before"] != moves["after"]) & (moves["customers"] > 0) & moves["floor_low"].notna()]
    first, second = plain.index[:2]
    # The dearer of two moves is one that fewer made than would have by chance.
    moves = moves.loc[[first, second]].assign(row_share=0.2, floor_low=[0.3, 0.0], floor_high=[0.4, 0.1], change=[-90.0, -50.0])
    words = MigrationWords(client, "rfm", replace(pages["en"].found, moves=moves.assign(within_noise=False)))
    assert "CNY −50" in words._costliest()
    notes = words.moves().html
    assert notes.count("fewer than by chance") == 1


def test_the_picture_says_in_words_what_stays(pages):
    alt = pages["en"].chart().text
    found = pages["en"].found
    best = found.retention.iloc[0]
    assert f"{pages['en'].name(best['segment'])} {best['same']:.1%}".replace(".0%", "%") in alt
    hatched = pages["en"].shown()[1].to_numpy().sum()
    assert f"{hatched} cells lie within the noise floor" in alt


def test_every_row_of_the_picture_adds_up_to_a_hundred(pages):
    shares, _ = pages["en"].shown()
    assert shares.sum(axis=1).tolist() == pytest.approx([1.0] * len(shares))
    assert "no_orders_in_window" in shares.columns
    assert "每行合计 100%" in pages["zh"].chart().html


def test_the_tables_are_handed_on(pages, tmp_path):
    pages["zh"].drift()
    pages["zh"].hand_on(str(tmp_path / "migration"))
    names = {path.name for path in (tmp_path / "migration").iterdir()}
    assert names >= {"moves.csv", "classes.csv", "summary.csv", "retention.csv", "previous.csv", "falls.csv", "drift.csv", "said.txt"}
    moves = pd.read_csv(tmp_path / "migration" / "moves.csv")
    assert moves["customers"].sum() == pages["zh"].found.moves["customers"].sum()


def test_a_window_is_chosen_that_history_holds_twice(client):
    before, after, window = two_windows(client)
    assert window == 365
    assert after - before == timedelta(days=365)
    assert two_windows(client, as_of="2025-03-01")[2] == 210  # 426 days: half of them, in whole weeks
    with pytest.raises(DataError, match="two windows of 28 days need 56"):
        two_windows(client, as_of="2024-01-20")


def test_where_there_is_no_floor_the_page_says_why():
    client = seglib.open_frames(**make_market(customers=50, seed=3, orders_per_year=8, lines_per_order=2).tables)
    page = MigrationPage(client, "demographics", draws=5)
    assert "No noise floor is given" in str(page.bottom_line())
    assert page.moves().html.count("not distinguishable") == 0
    assert page.chart().html


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three runs of one project: two windows that share no day, one half a window later, and one on another window."""
    path = shop.write(tmp_path_factory.mktemp("two") / "shop")
    first = report.run(["value_tier"], path, lang="en", as_of="2025-06-30", window_days=180).folder
    found = {"first": first}
    client = seglib.open_client(path)
    for name, day, window in (("last", "2025-12-27", 180), ("between", "2025-09-28", 180), ("other", "2025-12-27", 90)):
        # As a run of that day leaves it behind, without the kernel.
        found[name] = Path(shutil.copytree(first, first.parent / name))
        table = client.customers(as_of=day, window_days=window)
        report.save(value_tier.segment(table), found[name] / "en" / "tables" / "value_tier", customers=table)
        content = json.loads((first / "run.json").read_text(encoding="utf-8"))
        content["data"] |= {"as_of": day, "window_days": window}
        (found[name] / "run.json").write_text(json.dumps(content), encoding="utf-8")
    return found


def test_two_runs_are_compared_on_the_command_line(runs, tmp_path):
    told = CliRunner().invoke(app, ["migrate", str(runs["first"]), str(runs["last"]), "--draws", "20", "--out", str(tmp_path / "moves")])
    assert told.exit_code == 0, told.output
    assert "would have moved by chance alone" in " ".join(told.output.split())
    assert (tmp_path / "moves" / "moves.csv").is_file()


def test_where_the_windows_of_two_runs_overlap_the_apart_ones_stand_behind(runs):
    pages = of_two.compared(runs["between"], runs["last"], draws=10)
    assert [round(page.found.overlap, 2) for page in pages] == [0.5, 0]
    assert "share 50% of their days" in str(pages[0].bottom_line())
    assert pages[1].found.floor.draws == 10


def test_runs_in_the_wrong_order_are_put_right_and_other_windows_refused(runs):
    (page,) = of_two.compared(runs["last"], runs["first"], draws=0)
    assert (page.found.before, page.found.after) == ("2025-06-30", "2025-12-27")
    with pytest.raises(SettingsError, match="windows of equal length"):
        of_two.compared(runs["first"], runs["other"])
