"""``seglib doctor``: what is missing, and the one command."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from seglib.cli import app, health
from seglib.cli.health import Finding

THERE = Finding("package", "pandas", "3.1", vital=True)
NO_FONT = Finding("font", "font with Chinese characters", "", "Charts show boxes in place of Chinese characters.")
NO_PANGO = Finding("pango", "Pango, for PDF files", "")
NO_LAB = Finding("jupyterlab", "JupyterLab", "")
NO_KERNEL = Finding("kernel", "notebook kernel", "", vital=True)


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(health.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(health.sys, "executable", "python")


@pytest.mark.usefixtures("debian")
def test_nothing_missing_needs_no_command():
    assert health.repair([THERE]) == ""


@pytest.mark.usefixtures("debian")
def test_one_command_adds_everything_that_is_missing():
    assert health.repair([THERE, NO_PANGO, NO_FONT]) == (
        "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-wqy-microhei"
    )
    assert health.repair([NO_LAB, NO_FONT]) == "python -m pip install jupyterlab && sudo apt-get install fonts-wqy-microhei"


def test_root_needs_no_sudo_and_a_system_without_manager_gets_none(debian: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health.os, "geteuid", lambda: 0, raising=False)
    assert health.repair([NO_FONT]) == "apt-get install fonts-wqy-microhei"
    monkeypatch.setattr(health.shutil, "which", lambda name: None)
    assert health.repair([NO_FONT]) == ""
    assert health.repair([NO_FONT, NO_KERNEL]) == "python -m pip install ipykernel"


def test_this_computer_can_make_a_report():
    findings = health.examine()
    assert [each.what for each in findings if each.vital and not each.fine] == []
    assert {each.key for each in findings} == {"package", "python", "kernel", "pango", "font", "browser", "jupyterlab"}


def test_doctor_leaves_with_2_where_no_report_can_be_made(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "examine", lambda: [THERE, NO_FONT])
    fine = CliRunner().invoke(app, ["doctor", "--lang", "en"])
    assert fine.exit_code == 0
    assert "missing   font with Chinese characters" in fine.output
    assert "Charts show boxes" in fine.output
    monkeypatch.setattr(health, "examine", lambda: [THERE, NO_KERNEL])
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 2
