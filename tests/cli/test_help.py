"""``--help``: quick, in the order of use, and only what is built."""

from __future__ import annotations

import re
import subprocess
import sys

from typer.testing import CliRunner

from seglib.cli import EVERYDAY, NOW_AND_THEN, app

HEAVY = ("pandas", "ibis", "numpy", "duckdb", "pyarrow", "matplotlib", "papermill", "pydantic", "ruamel")


def test_the_everyday_commands_come_first_in_their_order():
    text = CliRunner().invoke(app, ["--help"]).output
    found = re.findall(r"^│ (\w+) {2,}", text, flags=re.MULTILINE)
    assert found == [command.__name__ for command in (*EVERYDAY, *NOW_AND_THEN)]
    assert found[:4] == ["demo", "init", "check", "report"]


def test_the_version_is_the_packages():
    from importlib.metadata import version

    import seglib

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

    import seglib

    with pytest.raises(AttributeError, match=r"has no attribute 'open_clint'; it has .*open_client"):
        seglib.open_clint  # noqa: B018


def test_every_public_name_is_there():
    import seglib

    assert set(seglib.__all__) <= set(dir(seglib))
    for name in seglib.__all__:
        assert getattr(seglib, name) is not None
