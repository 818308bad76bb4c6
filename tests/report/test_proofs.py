"""The pages of proof: every table with its sentence in both languages, every figure with its words, the scorecard of runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import seglib
from seglib.errors import DataError, ParameterError, SettingsError
from seglib.report.proofs import _params, of_runs, scorecard_page, stability_page
from seglib.report.proofs._base import OUTCOMES, PREDICTIONS, VERDICTS
from seglib.report.proofs.migration_page import MigrationPage
from seglib.report.proofs.scorecard_page import ScorecardPage, sentence
from seglib.report.proofs.stability_page import StabilityPage
from seglib.report.proofs.worth_page import WorthPage
from seglib.review.choice import Finding

from . import shop

WORTH = ("period", "against", "gain", "calibration", "own", "others", "splits", "lifetime")
STABILITY = ("own_orders", "chart", "cut_points", "sensitivity", "gaps")
SCORECARD = ("worth", "chart", "classes", "choosing", "agreement", "complement")
HANZI = re.compile(r"[一-鿿]")
#: Latin words that a Chinese page may hold: names of measures, of models, of the chain's own things.
LATIN = re.compile(r"\b(?!AUC|Dip|Eta|Brier|Cramér|Pareto|NBD|Gamma|Holm|RFM|USD|CNY|RMSE)[A-Za-z]{4,}\b")


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> seglib.Client:
    return seglib.open_client(shop.write(tmp_path_factory.mktemp("proofs") / "店"))


@pytest.fixture(scope="module", params=["en", "zh"])
def pages(request, opened):
    lang = request.param
    worth = WorthPage(opened, "purchase_frequency", draws=60, lang=lang)
    stability = StabilityPage(opened, "rfm", draws=15, lang=lang)
    card = ScorecardPage(opened, "value_tier, rfm, purchase_frequency", draws=60, lang=lang)
    return lang, {WORTH: worth, STABILITY: stability, SCORECARD: card}


def test_every_section_speaks_the_language_of_the_page(pages):
    lang, made = pages
    for sections, page in made.items():
        shown = {name: getattr(page, name)() for name in sections}
        texts = [str(page.bottom_line()), *(re.sub(r"<(img|style)[^>]*>|data:image[^\"']+", "", one.html) for one in shown.values())]
        for text in texts:
            words = re.sub(r"<[^>]+>", " ", text)
            if lang == "zh":
                assert HANZI.search(words), words[:200]
                assert not LATIN.findall(re.sub(r"R²", "", words)), LATIN.findall(words)
            else:
                assert not HANZI.search(words), words[:300]


def test_every_table_follows_a_sentence_and_every_figure_has_words(pages):
    _, made = pages
    for sections, page in made.items():
        for name in sections:
            html = getattr(page, name)().html
            if "<table" in html:
                assert re.search(r"<p>[^<]{20,}</p>\s*(<div[^>]*>)?\s*<table", html), name
                assert "<caption>" in html
            if "<img" in html:
                assert re.search(r'alt="[^"]{30,}"', html), name


def test_tables_are_handed_on(pages, tmp_path):
    _, made = pages
    for sections, page in made.items():
        folder = tmp_path / sections[0]
        page.hand_on(str(folder))
        assert {path.stem for path in folder.iterdir()} == set(page.frames)
    assert len(pd.read_csv(tmp_path / "worth" / "scores.csv")) == 3


def test_without_a_folder_nothing_is_written(pages):
    _, made = pages
    assert "csv" not in made[SCORECARD].hand_on("").html


def test_the_words_follow_the_figures(opened):
    page = StabilityPage(opened, "value_tier", draws=10)
    first = page.bottom_line().splitlines()
    assert [line.split(":")[0] for line in first] == ["Reproducible", "Separated", "Useful"]
    row = page.found.words.set_index("word").loc["reproducible"]
    assert f"{row['found']:.1%}" in first[0]


@pytest.mark.parametrize("kind", ["better", "plain", "undecided", "nothing"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_ending_has_a_sentence(pages, kind, lang):
    card = pages[1][SCORECARD].card
    values = dict.fromkeys(
        ("r2", "ranking_r2", "difference", "low", "high", "list_share", "list_money", "ranking_money", "detectable"), 0.125
    )
    for itself in (True, False):
        for ranking in ("size_matched_spend", "last_period_matched"):
            method = "" if kind == "nothing" else "rfm"
            text = sentence(replace(card, finding=Finding(kind, method, itself, ranking, values)), "X", lang)
            assert "{" not in text
            assert kind == "nothing" or "0.125" in text
            assert bool(HANZI.search(text)) == (lang == "zh")
            assert "best method" not in text


def test_every_name_has_its_chinese():
    from seglib.language import catalogue

    named = [*PREDICTIONS.values(), *VERDICTS.values(), *OUTCOMES.values(), *stability_page.WORDS.values(), *scorecard_page.WHY.values()]
    assert [text for text in named if text not in catalogue("zh")] == []


def run_of(folder: Path, client: Path, methods: dict[str, dict[str, object]]) -> Path:
    """A run.json as a run leaves it."""
    from seglib.report.manifest import FORMAT, Manifest

    folder.mkdir(parents=True)
    pages = [{"method": name, "status": "ok", "lang": "en", "path": "", "parameters": given} for name, given in methods.items()]
    Manifest(folder, {}).update(format=FORMAT, request={"client": f"../../{client.name}"}, pages=pages)
    return folder


def test_methods_of_runs_are_told_apart_by_their_folder(opened):
    home = opened.folder / "reports"
    first = run_of(home / "2025-01-01", opened.folder / "client.yml", {"rfm": {"tiers": "quantile:4"}, "value_tier": {}})
    second = run_of(home / "2025-02-01", opened.folder / "client.yml", {"rfm": {"tiers": "quantile:3"}, "value_tier": {}})
    client, wanted = of_runs.opened([first, second])
    assert client.folder == opened.folder
    assert wanted == {
        "rfm (2025-01-01)": ("rfm", {"tiers": "quantile:4"}),
        "value_tier": ("value_tier", {}),
        "rfm (2025-02-01)": ("rfm", {"tiers": "quantile:3"}),
    }
    page = ScorecardPage(client, wanted, draws=50)
    assert "RFM segments (2025-02-01)" in page.worth().html


def test_runs_of_two_clients_are_refused(opened, tmp_path):
    other = shop.write(tmp_path / "other")
    runs = [
        run_of(opened.folder / "reports" / "a", opened.folder / "client.yml", {"rfm": {}}),
        run_of(other.parent / "reports" / "b", other, {"rfm": {}}),
    ]
    with pytest.raises(SettingsError, match="2 clients"):
        of_runs.opened(runs)


def test_a_run_without_methods_is_refused(opened):
    empty = run_of(opened.folder / "reports" / "none", opened.folder / "client.yml", {})
    with pytest.raises(ParameterError, match="no method in these runs"):
        of_runs.opened([empty])


def test_a_client_stands_for_all_it_can_carry(opened):
    client, wanted = of_runs.opened([opened.folder / "client.yml"])
    assert client.folder == opened.folder
    assert wanted == {}


def test_the_reason_is_the_one_by_which_it_was_chosen(pages, opened):
    lang, made = pages
    card = made[SCORECARD].card
    said = {}
    for tied, verdicts in (
        ((True, True, True), ("as_good",) * 3),
        ((True, True, True), ("better", "worse", "worse")),
        ((True, False, False), ("worse",) * 3),
    ):
        chosen = replace(card, selection=card.selection.assign(tied=list(tied), verdict=list(verdicts)))
        said[len(said)] = str(ScorecardPage(opened, lang=lang, card=chosen).bottom_line()).splitlines()[1]
    assert len(set(said.values())) == 3
    assert ("no other method comes near" if lang == "en" else "没有别的方法接近它") in said[2]


def test_compare_shows_the_scorecard_on_the_screen(opened, tmp_path, capsys):
    from seglib.cli import prove

    run = run_of(opened.folder / "reports" / "two", opened.folder / "client.yml", {"rfm": {}, "value_tier": {}})
    prove.compare([run], draws=60, out=tmp_path / "tables", lang="en")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["Method", "Classes"]
    assert [line.split("   ")[0] for line in lines[1:3]] == ["RFM segments", "Customer value tiers"]
    assert "known buyers spend in the next period" in lines[3]
    assert (tmp_path / "tables" / "scores.csv").is_file()


def test_pages_of_proof_are_made_in_kernels(opened, tmp_path):
    from seglib.report.proofs import pages

    wanted = ["scorecard", "stability", "worth"]
    assert set(wanted) <= set(pages.names())
    assert pages.title("worth", "zh") == "这套分类值多少"
    given = {"method": "rfm", "methods": "rfm, value_tier", "draws": 50}
    found = pages.run(wanted, opened.folder, lang="zh", out=tmp_path, params=given, jobs=2)
    assert found == [tmp_path / "proofs" / "zh" / f"{name}.html" for name in wanted]
    for path, word, table in zip(found, ("老客户", "可重现", "按消费额排名"), ("scores", "words", "against"), strict=True):
        assert word in path.read_text(encoding="utf-8")
        assert (tmp_path / "proofs" / "zh" / "tables" / path.stem / f"{table}.csv").is_file()


def test_pages_and_parameters_nobody_knows_are_refused(opened):
    from seglib.report.proofs import pages

    with pytest.raises(ParameterError, match="no page 'luck'"):
        pages.run(["luck"], opened.folder)
    with pytest.raises(ParameterError, match="has a parameter 'colour'"):
        pages.run(["worth"], opened.folder, params={"colour": 1})


def test_a_page_that_stops_says_why(opened, tmp_path):
    from seglib.errors import DataError
    from seglib.report.proofs import pages

    with pytest.raises(DataError, match="not every page ran to its end: worth"):
        pages.run(["worth"], opened.folder, lang="en", out=tmp_path, params={"split": "2001-01-01"})


def test_parameters_of_the_method_reach_the_pages(opened):
    own = {"method", "draws", "params"}
    assert _params.packed({"tiers": "quantile:4", "draws": 50}, own) == {"draws": 50, "params": "tiers=quantile:4"}
    assert _params.packed({"method": "rfm", "rfm.classes": "Best: 2/2; Rest: 1/*", "f_tiers": "quantile:2"}, own) == {
        "method": "rfm", "params": "classes=Best: 2/2; Rest: 1/*; f_tiers=quantile:2",
    }  # fmt: skip
    assert _params.read("classes=Best: 2/2; Rest: 1/*; f_tiers=quantile:2", "rfm") == {
        "classes": "Best: 2/2; Rest: 1/*", "f_tiers": "quantile:2",
    }  # fmt: skip
    assert _params.packed({"colour": "red"}, own) == {"colour": "red"}  # which nobody knows, and the series refuses
    with pytest.raises(ParameterError, match="has no parameter 'tears'; did you mean 'tiers'"):
        _params.read("tears=quantile:4", "value_tier")
    page = MigrationPage(opened, params="tiers=quantile:4", draws=0)
    assert len(page.result.scheme.classes) == 4


def test_where_nobody_is_in_a_class_there_is_nothing_to_prove() -> None:
    days = pd.date_range("2024-01-05", "2025-12-05", freq="MS")
    orders = pd.DataFrame({"customer_id": "a", "ordered_at": days, "amount": -5.0})
    client = seglib.open_frames(orders=orders)
    for page in (StabilityPage, MigrationPage):
        with pytest.raises(DataError, match="nothing to prove"):
            page(client, "value_tier", window_days=182)
