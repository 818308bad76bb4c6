"""How a command ends: 0 done, 1 some page failed and the others are there, 2 something to change; progress with and without a terminal."""

from __future__ import annotations

import errno
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

import seglib.report
from seglib.cli import app, screen
from seglib.errors import DataError
from seglib.report.runner import Event
from seglib.report.runs import RunResult


def result(folder: Path, *statuses: str) -> RunResult:
    pages = [{"lang": "en", "method": f"m{number}", "status": status} for number, status in enumerate(statuses)]
    good = "ok" in statuses
    return RunResult(
        all(s == "ok" for s in statuses), folder, folder / "en" / "index.html" if good else None, folder.parent / "index.html", pages
    )


def run(monkeypatch: pytest.MonkeyPatch, outcome: RunResult | Exception, *arguments: str):
    def made(*given: object, **named: object) -> RunResult:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(seglib.report, "build", made, raising=False)
    return CliRunner().invoke(app, ["report", "--lang", "en", *arguments])


def test_the_last_line_is_the_page_to_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    done = run(monkeypatch, result(tmp_path / "2025", "ok", "ok"))
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == str(tmp_path / "2025" / "en" / "index.html")


def test_a_failed_page_is_1_and_the_others_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    done = run(monkeypatch, result(tmp_path / "2025", "ok", "killed", "failed"))
    assert done.exit_code == 1
    assert "2 of 3 pages could not be made; the others are there." in done.stderr
    assert done.stdout.splitlines()[-1] == str(tmp_path / "2025" / "en" / "index.html")


def test_without_any_page_the_shelf_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    done = run(monkeypatch, result(tmp_path / "2025", "killed"))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == str(tmp_path / "index.html")


def test_what_the_caller_must_change_is_2_and_in_the_screens_language(monkeypatch: pytest.MonkeyPatch):
    fault = DataError("There are no orders to take a last day from; say which day the data stand on with as_of.")
    done = run(monkeypatch, fault, "--lang", "zh")
    assert done.exit_code == 2
    assert done.stderr.strip() == fault.text("zh")
    assert done.stderr.strip() != fault.text("en")


def test_open_shows_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    run(monkeypatch, result(tmp_path / "2025", "ok"), "--open")
    assert opened == [(tmp_path / "2025" / "en" / "index.html").as_uri()]


EVENTS = [
    Event("rfm", "en", "started", 0, 2),
    Event("rfm", "en", "ok", 1, 2, seconds=3.21),
    Event("value_tier", "en", "killed", 2, 2, message="DeadKernelError: the kernel died"),
]


def test_progress_is_a_line_a_page_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]):
    with screen.progress() as show:
        for event in EVENTS:
            show(event)
    assert capsys.readouterr().out.splitlines() == [
        "  1/2  rfm (en)  3.2 s",
        "  2/2  value_tier (en)  NOT DONE: killed DeadKernelError: the kernel died",
    ]


def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdout", terminal := Terminal())
    with screen.progress() as show:
        for event in EVENTS:
            show(event)
    assert "2/2" in terminal.getvalue()
    assert "NOT DONE: killed" in terminal.getvalue()


def test_a_file_that_is_locked_is_a_sentence(monkeypatch: pytest.MonkeyPatch):
    done = run(monkeypatch, PermissionError(errno.EACCES, "Permission denied", "reports/index.html"))
    assert done.exit_code == 2
    assert done.stderr.strip() == f"{Path('reports/index.html')}: Permission denied."


def test_a_reader_who_has_seen_enough_is_told_nothing(monkeypatch: pytest.MonkeyPatch):
    done = run(monkeypatch, BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert done.exit_code == 1
    assert done.stderr == ""
