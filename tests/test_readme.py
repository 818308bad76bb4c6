"""What the README promises: its commands exist with these options, its Python runs, its pictures are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from seglib.cli import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every seglib command line in a block or between backticks."""
    lines = [line.partition("#")[0].strip() for language, block in BLOCKS if language in ("sh", "bat") for line in block.splitlines()]
    return [line for line in (*lines, *re.findall(r"`(seglib \w[^`]*)`", README)) if re.match(r"(\S+[/\\])?seglib ", line)]


def test_there_are_commands_to_try():
    assert len(commands()) >= 9


@pytest.mark.parametrize("line", commands())
def test_every_command_is_understood(line: str):
    _, name, *arguments = shlex.split(line.replace("\\", "/"))
    known = typer.main.get_command(app)
    if name == "--help":
        return
    command = known.commands[name]  # type: ignore[attr-defined]
    if arguments != ["--help"]:
        command.make_context(name, list(arguments))


@pytest.mark.parametrize("target", [*re.findall(r"`make (\w+)`", README), "report"])
def test_every_make_target_is_there(target: str):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_the_python_block_runs():
    (block,) = [block for language, block in BLOCKS if language == "python"]
    names: dict[str, object] = {}
    exec(block, names)
    assert names["result"].assignments["customer_id"].is_unique  # type: ignore[attr-defined]
    assert len(names["customers"]) == 2469  # type: ignore[arg-type]


def test_links_and_pictures_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README)
    assert targets
    assert [one or two for one, two in targets if not (ROOT / (one or two)).exists()] == []
