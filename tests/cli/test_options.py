"""What is typed, read: parameters, languages, methods and the project's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from seglib.cli import options, screen
from seglib.errors import ParameterError, SettingsError


def test_parameters_are_split_at_the_first_equals_sign():
    assert options.parameters(["rfm.tiers=quantile:4", "classes = Best: 5/5/5; otherwise: =rest"]) == {
        "rfm.tiers": "quantile:4",
        "classes": "Best: 5/5/5; otherwise: =rest",
    }
    assert options.parameters(None) == {}


@pytest.mark.parametrize("given", [["tiers"], ["=quantile:4"]])
def test_a_parameter_without_name_or_sign_is_refused(given: list[str]):
    with pytest.raises(ParameterError, match=r"is no parameter; write -p name=value\."):
        options.parameters(given)


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(ParameterError, match="-p tiers is given twice"):
        options.parameters(["tiers=mean", "tiers=median"])


def test_methods_and_file_are_told_apart_by_the_ending(tmp_path: Path):
    (tmp_path / "client.yml").touch()
    assert options.split(["rfm", "value_tier", "x/client.yml"]) == (["rfm", "value_tier"], Path("x/client.yml"))
    assert options.split(["rfm", str(tmp_path)]) == (["rfm"], tmp_path)
    assert options.split(["rfm"]) == (["rfm"], None)
    with pytest.raises(SettingsError, match=r"Give one CLIENT\.yml; found a\.yml, b\.yaml"):
        options.split(["a.yml", "b.yaml"])


def test_a_folder_stands_for_the_file_in_it(tmp_path: Path):
    (tmp_path / "client.yml").touch()
    assert options.client_path(tmp_path) == str(tmp_path / "client.yml")
    assert options.client_path(None) == ""
    with pytest.raises(SettingsError, match=r"There is no file .*absent\.yml\. Make one with: seglib init"):
        options.client_path(tmp_path / "absent.yml")


def test_the_screens_language_is_asked_for_or_the_systems(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SEGLIB_LANG", "zh_CN.UTF-8")
    screen.start(["check"])
    assert screen.Screen.lang == "zh"
    screen.start(["check", "--lang", "en"])
    assert screen.Screen.lang == "en"
    screen.start(["report", "--lang=zh,en"])
    assert screen.Screen.lang == "zh"
    assert options.language("en,zh") == "en"
    with pytest.raises(SettingsError, match="--lang fr is not known; there are en, zh"):
        options.language("fr")


def test_a_table_is_aligned_whatever_the_width_of_its_characters(capsys: pytest.CaptureFixture[str]):
    screen.table([["客户", "5"], ["ab", "1,000"]], head=["x", "n"], right=[1])
    assert capsys.readouterr().out == "x          n\n客户       5\nab     1,000\n"


def test_paths_below_here_are_shown_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert screen.shown(tmp_path / "reports" / "index.html") == str(Path("reports/index.html"))
    assert screen.shown(tmp_path.parent) == str(tmp_path.parent)
