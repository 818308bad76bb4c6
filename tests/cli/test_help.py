"""``--help``: quick, in the order of use, and only what is built."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import seglib
from seglib.cli import EVERYDAY, NOW_AND_THEN, app

HEAVY = ("pandas", "ibis", "numpy", "duckdb", "pyarrow", "matplotlib", "papermill", "pydantic", "ruamel")


def test_the_everyday_commands_come_first_in_their_order():
    text = CliRunner().invoke(app, ["--help"]).output
    found = re.findall(r"^│ (\w+) {2,}", text, flags=re.MULTILINE)
    assert found == [command.__name__ for command in (*EVERYDAY, *NOW_AND_THEN)]
    assert found[:4] == ["demo", "init", "check", "report"]


def test_the_version_is_the_packages():
    from importlib.metadata import version

    assert CliRunner().invoke(app, ["--version"]).output == f"seglib {seglib.__version__}\n"
    assert version("seglib") == seglib.__version__


def test_every_command_says_what_it_does_and_has_help():
    for command, told in (EVERYDAY | NOW_AND_THEN).items():
        done = CliRunner().invoke(app, [command.__name__, "--help"])
        assert done.exit_code == 0
        assert told[:30] in " ".join(done.output.split())


def test_help_loads_nothing_heavy():
    script = (
        "import sys; sys.argv = ['seglib', '--help']\nfrom seglib.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_a_package_import_loads_nothing_heavy():
    script = f"import sys, seglib; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_an_unknown_public_name_lists_the_known_ones():
    import pytest

    with pytest.raises(AttributeError, match=r"has no attribute 'open_clint'; it has .*open_client"):
        seglib.open_clint  # noqa: B018


def test_every_public_name_is_there():

    assert set(seglib.__all__) <= set(dir(seglib))
    for name in seglib.__all__:
        assert getattr(seglib, name) is not None


def test_help_in_chinese_is_whole_and_has_chinese_titles():
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['seglib', 'init', '--help']; from seglib.cli import main; main()"],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "SEGLIB_LANG": "zh", "PYTHONUTF8": "1", "COLUMNS": "80"},
    )
    assert "…" not in done.stdout.replace("FILE...", "")
    for words in ("参数", "选项", "原件", "不改", "[必填]", "显示本说明后退出"):
        assert words in done.stdout


def test_ctrl_c_leaves_one_line_and_its_own_exit_code(monkeypatch: pytest.MonkeyPatch):
    import seglib.report.plan

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(seglib, "open_client", interrupted)
    monkeypatch.setattr(seglib.report.plan, "settle", interrupted)
    report = CliRunner().invoke(app, ["report", "--lang", "en"])
    assert (report.exit_code, "--resume" in report.stderr) == (130, True)
    check = CliRunner().invoke(app, ["check", "--lang", "en"])
    assert (check.exit_code, check.stderr) == (130, "Stopped.\n")
