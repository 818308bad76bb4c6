from __future__ import annotations

import json
from pathlib import Path

from seglib.report import history, manifest, shelf


def run(home: Path, name: str, started: str, **more: object) -> None:
    page = {"lang": "zh", "method": "index", "status": "ok", "path": "zh/index.html"}
    content = {"format": 1, "request": {}, "pages": [page], "started": started, "status": "ok", "project": {"zh": "茶 <店>"}, **more}
    (home / name).mkdir(parents=True)
    (home / name / "run.json").write_text(json.dumps({"data": {"as_of": name[:10]}, **content}), encoding="utf-8")


def test_runs_are_listed_newest_first_and_the_newest_is_marked(tmp_path: Path) -> None:
    run(tmp_path, "2025-09-30", "2025-10-01T00:00:00Z", headline={"zh": "旧结论"})
    run(tmp_path, "2025-12-31", "2026-01-02T00:00:00Z", headline={"zh": "新结论"})
    run(tmp_path, "2025-09-30_2", "2025-10-02T00:00:00Z", status="running")
    page = shelf.write_shelf(tmp_path, "zh").read_text(encoding="utf-8")
    assert page.index("新结论") < page.index("2025-09-30_2") < page.rindex("旧结论")
    assert page.index("最新") < page.index("2025-09-30_2")
    assert 'href="2025-12-31/zh/index.html"' in page
    assert "中断" in page
    assert "茶 &lt;店&gt;" in page


def test_two_runs_in_one_second_are_ordered_by_their_number(tmp_path: Path) -> None:
    for name in ("2025-09-30", "2025-09-30_10", "2025-09-30_9"):
        run(tmp_path, name, "2025-10-01T00:00:00Z")
    assert [one.folder.name for one in manifest.all_runs(tmp_path)] == ["2025-09-30_10", "2025-09-30_9", "2025-09-30"]


def test_what_is_no_run_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text("not json", encoding="utf-8")
    assert manifest.all_runs(tmp_path) == []
    assert "There is no report here yet." in shelf.write_shelf(tmp_path, "en").read_text(encoding="utf-8")


def test_pages_of_a_run_without_a_front_page_are_linked_themselves(tmp_path: Path) -> None:
    pages = [
        {"lang": "en", "method": "rfm", "status": "ok", "path": "en/rfm.html"},
        {"lang": "en", "method": "value_tier", "status": "failed", "path": "x"},
    ]
    run(tmp_path, "2025-09-30", "2025-10-01T00:00:00Z", status="failed", pages=pages)
    page = shelf.write_shelf(tmp_path, "en").read_text(encoding="utf-8")
    assert 'href="2025-09-30/en/rfm.html" lang="en">RFM segments</a>' in page
    assert "not complete" in page
    assert "value_tier" in page


def test_no_folder_is_ever_used_twice(tmp_path: Path) -> None:
    assert [manifest.new_folder(tmp_path, "2025-09-30").name for _ in range(3)] == ["2025-09-30", "2025-09-30_2", "2025-09-30_3"]


def test_a_file_that_another_program_holds_for_a_moment_is_written_all_the_same(tmp_path: Path, monkeypatch: object) -> None:
    held = iter([True, True, False])
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if next(held, False):
            raise PermissionError
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(manifest, "_PAUSE", 0)
    manifest.write(tmp_path / "a" / "x.txt", "text\n")
    assert (tmp_path / "a" / "x.txt").read_text() == "text\n"


def test_the_shelf_says_what_changed_since_the_projects_run_before(tmp_path: Path) -> None:
    tea = {"client": "../../client.yml", "kind": "report", "parameters": {"rfm": {"classes": "cn8"}}}
    other = {"client": "../../../other/client.yml", "kind": "report"}
    first = {"as_of": "2025-09-30", "window_days": 365, "customers": 171, "fingerprint": "a"}
    second = {"as_of": "2025-12-31", "window_days": 365, "customers": 1178, "fingerprint": "b"}
    run(tmp_path, "2025-09-30", "2025-10-01T00:00:00Z", request=tea, data=first, main="rfm", seglib="1", headline={"en": "Old"})
    run(tmp_path, "2025-10-31", "2025-11-01T00:00:00Z", request=other, data={**first, "customers": 5})
    run(tmp_path, "2025-11-30", "2025-12-01T00:00:00Z", request=tea, data={**first, "customers": 9}, status="failed")
    newer = {**tea, "parameters": {"rfm": {"classes": "rf_grid"}}}
    run(tmp_path, "2025-12-31", "2026-01-02T00:00:00Z", request=newer, data=second, main="rfm", seglib="1", headline={"en": "New"})
    page = shelf.write_shelf(tmp_path, "en").read_text(encoding="utf-8")
    told = "cut-off day 2025-09-30 → 2025-12-31; customers 171 → 1,178; other data; rfm.classes cn8 → rf_grid; it said: Old"
    assert told in page, "compared with the last finished run of the same project, not with the one in between"
    assert page.count("the first run of the project here") == 2
    assert "window" not in page
    assert "截止日 2025-09-30 → 2025-12-31；客户 171 → 1,178 位；数据不同" in shelf.write_shelf(tmp_path, "zh").read_text(encoding="utf-8")


def test_the_same_run_again_says_that_nothing_changed(tmp_path: Path) -> None:
    run(tmp_path, "2025-09-30", "2025-10-01T00:00:00Z")
    run(tmp_path, "2025-09-30_2", "2025-10-02T00:00:00Z")
    page = shelf.write_shelf(tmp_path, "en").read_text(encoding="utf-8")
    assert page.count("nothing: the same request on the same data") == 1


def test_files_handed_over_are_linked_where_they_lie(tmp_path: Path) -> None:
    files = [{"lang": "zh", "format": "pdf", "path": "交付/a.pdf"}, {"lang": "zh", "format": "xlsx", "path": "交付/gone.xlsx"}]
    run(tmp_path, "2025-09-30", "2025-10-01T00:00:00Z", files=files)
    (tmp_path / "2025-09-30" / "交付").mkdir()
    (tmp_path / "2025-09-30" / "交付" / "a.pdf").write_bytes(b"x")
    page = shelf.write_shelf(tmp_path, "zh").read_text(encoding="utf-8")
    assert 'href="2025-09-30/交付/a.pdf"' in page
    assert "gone.xlsx" not in page


def test_what_was_asked_otherwise_is_said_and_what_lies_beside_client_yml(tmp_path: Path) -> None:
    asked = {"languages": ["zh"], "depth": "full", "formats": ["html"], "code": "hide"}
    first = {"request": asked, "run_id": "a", "data": {}}
    told = history.changes({**first, "request": asked | {"code": "show", "formats": ["html", "pdf"]}, "run_id": "b"}, first, "en")
    assert told == ["formats html → html/pdf", "code on the pages hide → show"]
    assert history.changes({**first, "run_id": "b"}, first, "en") == ["title, notes, labels, looks, playbook or templates"]
    assert history.changes(first, first, "zh") != history.changes({**first, "run_id": "b"}, first, "zh")
