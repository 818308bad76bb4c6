"""Notebooks stay thin: few cells, few lines, no outputs, no numbers of one run in the prose."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(path for path in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
CELLS, LINES, LINES_A_CELL = 24, 80, 6
BANNED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda)
# a share or a sum of money belongs to one run: it is computed, never typed
RESULT = re.compile(r"\d[\d.,]*\s*(%|％|元|万|USD|EUR|CNY|€|\$|¥)|[$€¥]\s*\d")

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(FOLDER).as_posix())


def cells(path: Path, kind: str) -> list[dict]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def code(path: Path) -> list[str]:
    """Sources of the code cells; the parameters cell, whose length the method decides, left out."""
    return [source(cell) for cell in cells(path, "code") if "parameters" not in cell["metadata"].get("tags", [])]


def test_there_are_notebooks_to_look_at():
    assert len(NOTEBOOKS) >= 6


@each
def test_it_is_thin(path: Path):
    lines = [len([line for line in text.splitlines() if line.strip()]) for text in code(path)]
    assert len(lines) <= CELLS
    assert sum(lines) <= LINES
    assert max(lines) <= LINES_A_CELL


@each
def test_it_only_calls(path: Path):
    for text in code(path):
        assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, BANNED)]
        assert "sys.path" not in text


@each
def test_it_has_one_parameters_cell_and_no_outputs(path: Path):
    tagged = [cell for cell in cells(path, "code") if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    assert [cell for cell in cells(path, "code") if cell["outputs"] or cell["execution_count"] is not None] == []


@each
def test_no_result_is_typed_into_the_prose(path: Path):
    # a method's own words may name the constants of its rule (80 and 95 per cent); they come from the words file, as a test holds
    frame = [cell for cell in cells(path, "markdown") if not {"words-how", "words-opening"} & set(cell["metadata"].get("tags", []))]
    assert [found.group() for cell in frame for found in RESULT.finditer(source(cell))] == []


@each
def test_its_kernel_is_everybodys(path: Path):
    assert json.loads(path.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"] == "python3"
