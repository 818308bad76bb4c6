"""Whole runs through real kernels on the made shop: pages, run.json, the same again, what is left when something dies."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from seglib import report
from seglib.errors import DataError, SettingsError
from seglib.report import manifest, notebooks
from seglib.report.runner import Event
from seglib.report.runs import RunResult

from . import shop

SHORT = "report: {main: rfm, also: [value_tier]}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = shop.write(tmp_path_factory.mktemp("run") / "示例 shop")
    path.write_text(path.read_text(encoding="utf-8") + SHORT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def built(project: Path) -> tuple[RunResult, list[Event]]:
    events: list[Event] = []
    return report.build(project, progress=events.append), events


def content(result: RunResult) -> dict:
    return json.loads((result.folder / "run.json").read_text(encoding="utf-8"))


def text_of(result: RunResult) -> dict[str, str]:
    return {str(path.relative_to(result.folder)): path.read_text(encoding="utf-8") for path in result.folder.rglob("*.html")}


def test_a_report_is_a_front_page_and_the_methods_in_every_language(built: tuple[RunResult, list[Event]], project: Path) -> None:
    result, events = built
    assert result.ok
    assert result.folder == project.parent / "reports" / "2025-12-30"
    names = ("index", "migration", "report", "rfm", "value_tier")
    assert sorted(text_of(result)) == [f"{lang}/{name}.html" for lang in ("en", "zh") for name in names]
    assert result.index == result.folder / "en" / "index.html"
    assert sorted((e.page, e.lang) for e in events if e.state == "ok") == [(m, lang) for m in names[1:] for lang in ("en", "zh")]


def test_where_history_holds_two_windows_a_page_says_who_moved(built: tuple[RunResult, list[Event]]) -> None:
    pages = text_of(built[0])
    for lang, words, title in (
        ("en", "Two windows of 365 days", "Who moved, and what it cost"),
        ("zh", "两个 365 天的分析期", "谁换了类，代价多少"),
    ):
        page, front = pages[f"{lang}/migration.html"], pages[f"{lang}/index.html"]
        assert words in page
        assert words in front
        assert f'href="migration.html">{title}' in front
        assert {path.name for path in (built[0].folder / lang / "tables/migration").iterdir()} >= {"moves.csv", "classes.csv", "falls.csv"}


def test_the_clients_document_comes_first_and_says_the_same_in_both_languages(built: tuple[RunResult, list[Event]]) -> None:
    saved = {lang: json.loads((built[0].folder / lang / "tables/report/facts.json").read_text(encoding="utf-8")) for lang in ("en", "zh")}
    assert saved["en"]["facts"] == saved["zh"]["facts"]
    for lang, content_ in saved.items():
        front = (built[0].folder / lang / "index.html").read_text(encoding="utf-8")
        assert front.index('href="report.html"') < front.index('href="rfm.html"')
        page = (built[0].folder / lang / "report.html").read_text(encoding="utf-8")
        assert content_["title"] in page
        assert page.count('<section class="part"') == 13


def test_run_json_lists_every_page_with_its_hash(built: tuple[RunResult, list[Event]]) -> None:
    found = content(built[0])
    assert found["status"] == "ok"
    assert len(found["pages"]) == 10
    for page in found["pages"]:
        assert manifest.file_digest(built[0].folder / page["path"]) == page["sha256"]
        assert page.get("stderr_lines", 0) == 0
    assert found["request"]["client"] == "../../client.yml"
    assert found["data"]["customers"] == 312


def test_nothing_names_a_folder_of_this_computer(built: tuple[RunResult, list[Event]], project: Path) -> None:
    private = [str(project.parent.parent), str(Path.home()), str(Path(__file__).parents[2])]
    for path in built[0].folder.rglob("*.*"):
        if path.suffix in (".html", ".json", ".log", ".csv"):
            written = path.read_text(encoding="utf-8")
            assert not [one for one in private if one in written], path.name


def test_pages_fetch_nothing_and_say_so(built: tuple[RunResult, list[Event]]) -> None:
    for name, page in text_of(built[0]).items():
        assert "default-src 'none'" in page, name
        assert "http://" not in page, name
        assert "https://" not in page, name
        script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        allowed = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
        assert len(script) == page.count("<script") == 1, name
        assert f"script-src 'sha256-{allowed}'" in page, "the browser runs this script and no other"
        assert not re.search(r"fetch|XMLHttp|import|src=|eval", script[0]), "and it asks for nothing"
        assert "No description has been provided" not in page, name
        assert f'<html lang="{"zh-Hans" if name.startswith("zh") else "en"}">' in page


def test_a_client_sees_no_code(built: tuple[RunResult, list[Event]]) -> None:
    for page in text_of(built[0]).values():
        assert "import seglib" not in page
        assert "page.bottom_line()" not in page


def test_results_json_holds_the_numbers_of_the_page(built: tuple[RunResult, list[Event]]) -> None:
    folder = built[0].folder / "en" / "tables" / "rfm"
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert sum(row["customers"] for row in found["profile"]) == found["customers"] == 312
    assert found["gates"]
    assert all(gate["passed"] for gate in found["gates"])
    page = text_of(built[0])["en/rfm.html"]
    assert all(line in page for line in found["narrative"])
    scheme = json.loads((folder / "scheme.json").read_text(encoding="utf-8"))
    assert scheme["hash"] == found["scheme_hash"]
    assert f"#{found['scheme_hash'][:8]}" in page


def test_the_front_page_carries_its_conclusion_and_its_reasons(built: tuple[RunResult, list[Event]]) -> None:
    pages = text_of(built[0])
    assert "of the buyers bring" in pages["en/index.html"].split("</h1>")[0]
    assert "的购买客户贡献了" in pages["zh/index.html"].split("</h1>")[0]
    for words in ("unsigned.", "This report is about RFM segments: as the project", "How the lines were drawn", "In the window", "Chinese"):
        assert (words in pages["en/index.html"]) == (words != "Chinese")


def test_the_same_run_again_gives_the_same_bytes_and_says_which_pages_differ(built: tuple[RunResult, list[Event]], tmp_path: Path) -> None:
    copied = tmp_path / "reports" / built[0].folder.name
    shutil.copytree(built[0].folder, copied)
    shutil.copy(built[0].folder.parents[1] / "client.yml", tmp_path)
    shutil.copytree(built[0].folder.parents[1] / "data", tmp_path / "data")
    found = content(built[0])
    next(page for page in found["pages"] if page["path"] == "zh/rfm.html")["sha256"] = "other"
    (copied / "run.json").write_text(json.dumps(found), encoding="utf-8")
    again = report.rerun(copied)
    assert again.folder.name == "2025-12-30_2"
    assert again.changed == ["zh/rfm.html"]
    assert text_of(again) == text_of(built[0])


def test_a_rerun_on_other_data_is_refused(built: tuple[RunResult, list[Event]], tmp_path: Path) -> None:
    copied = tmp_path / "reports" / "old"
    shutil.copytree(built[0].folder, copied)
    shop.write(tmp_path / "x", n=60)
    shutil.copytree(tmp_path / "x" / "data", tmp_path / "data")
    shutil.copy(tmp_path / "x" / "client.yml", tmp_path)
    with pytest.raises(DataError, match="The data are not those of the run any more"):
        report.rerun(copied)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    for path in (tmp_path, tmp_path / "run.json", tmp_path / "missing"):
        with pytest.raises(SettingsError, match=r"is not the run\.json of a run"):
            report.rerun(path)


def test_resume_makes_only_what_is_missing(project: Path, tmp_path: Path) -> None:
    first = report.run(["rfm", "value_tier"], project, out=tmp_path, lang="en")
    wanted = (first.folder / "en" / "rfm.html").read_bytes()
    (first.folder / "en" / "rfm.html").unlink()
    events: list[Event] = []
    second = report.run(["rfm", "value_tier"], project, out=tmp_path, lang="en", resume=True, progress=events.append)
    assert second.folder == first.folder
    assert {event.page for event in events} == {"rfm"}
    assert (first.folder / "en" / "rfm.html").read_bytes() == wanted
    assert second.ok


def test_resume_with_another_request_starts_anew(project: Path, tmp_path: Path) -> None:
    first = report.run(["value_tier"], project, out=tmp_path, lang="en")
    second = report.run(["value_tier"], project, out=tmp_path, lang="en", params={"tiers": "median"}, resume=True)
    assert second.folder != first.folder
    assert '"tiers": "median"' in (second.folder / "run.json").read_text(encoding="utf-8")


def broken(monkeypatch: pytest.MonkeyPatch, method: str, line: str) -> None:
    """The notebook of a method gets one more line in its last cell but one."""
    real = notebooks.read

    def read(name: str) -> dict:
        book = copy.deepcopy(real(name))
        if name == method:
            cell = [cell for cell in book["cells"] if cell["cell_type"] == "code"][-2]
            cell["source"] = notebooks.source(cell) + "\n" + line
        return book

    monkeypatch.setattr(notebooks, "read", read)


def test_a_dead_kernel_leaves_no_page_that_looks_finished(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "value_tier", "import os; os._exit(9)")
    result = report.build(project, out=tmp_path, lang="zh")
    assert not result.ok
    assert not (result.folder / "zh" / "value_tier.html").exists()
    assert "未完成：客户价值分层" in (result.folder / "zh" / "value_tier.failed.html").read_text(encoding="utf-8")
    front = (result.folder / "zh" / "index.html").read_text(encoding="utf-8")
    assert "本报告不完整。未完成：客户价值分层。" in front
    assert "value_tier.failed.html" in front
    assert (result.folder / "zh" / "rfm.html").exists()
    ended = {page["method"]: page["status"] for page in result.pages}
    assert ended == {"index": "ok", "migration": "ok", "report": "ok", "rfm": "ok", "value_tier": "killed"}
    assert "不完整" in result.shelf.read_text(encoding="utf-8")
    assert [page["method"] for page in result.failed] == ["value_tier"]


def test_a_report_without_its_main_page_claims_nothing(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "rfm", "raise KeyError('/opt/someone/private.csv')")
    result = report.build(project, out=tmp_path, lang="en")
    front = (result.folder / "en" / "index.html").read_text(encoding="utf-8")
    assert "Customer classification: 茶叶小店" in front
    assert "bring" not in front.split("<h1>")[1].split("</h1>")[0]
    failed = (result.folder / "en" / "rfm.failed.html").read_text(encoding="utf-8")
    assert "KeyError" in failed
    assert "/opt/someone" not in failed.replace("raise KeyError(&#39;/opt/someone/private.csv&#39;)", "")


@pytest.mark.parametrize("code", ["hide", "fold", "show"])
def test_code_is_hidden_folded_or_shown(project: Path, tmp_path: Path, code: str) -> None:
    result = report.run(["value_tier"], project, out=tmp_path, lang="zh", code=code, params={"tiers": "median"})
    page = (result.folder / "zh" / "value_tier.html").read_text(encoding="utf-8")
    assert ("page.bottom_line()" in page) == (code != "hide")
    assert ('<details class="code">' in page) == (code == "fold")
    if code != "hide":
        assert 'client: str = "client.yml"  # 项目的 client.yml' in page
        assert 'tiers: str = "median"  # 分档规则' in page
        assert str(tmp_path) not in page


def test_a_run_of_methods_has_no_front_page(project: Path, tmp_path: Path) -> None:
    result = report.run(["value_tier"], project, out=tmp_path, lang="en")
    assert result.index == result.folder / "en" / "value_tier.html"
    assert not (result.folder / "en" / "index.html").exists()
    assert "en/value_tier.html" in result.shelf.read_text(encoding="utf-8")
