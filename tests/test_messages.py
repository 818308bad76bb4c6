"""Every sentence in which the core refuses something is held by a test: words of it stand in the tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = ("binning", "formula", "learned", "rules", "scheme", "segmentation", "soundness", "sql", "methods/__init__", "methods/_draft")


def words(text: str) -> list[str]:
    return re.sub(r"[^\w ]+", " ", text).split()


def templates(path: Path) -> Iterator[str]:
    """The literal sentences of a module's errors, and of its upper-case constants."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        raised = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error")
        if raised and node.args and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            yield from (text.value for text in ast.walk(node.value) if isinstance(text, ast.Constant) and str(text.value).count("{") > 0)


def runs(template: str) -> set[str]:
    """Three words that stand together in a sentence, between its values."""
    parts = [words(part) for part in re.split(r"\{[^}]*\}", template)]
    return {" ".join(part[start : start + 3]) for part in parts for start in range(len(part) - 2)}


@pytest.fixture(scope="module")
def tested(root: Path) -> str:
    files = [file for file in sorted((root / "tests").rglob("test_*.py")) if file != Path(__file__)]
    return " ".join(words(" ".join(file.read_text(encoding="utf-8") for file in files).replace('"\n', "")))


@pytest.mark.parametrize("module", CORE)
def test_every_message_has_a_test(module: str, root: Path, tested: str) -> None:
    found = list(templates(root / "seglib" / f"{module}.py"))
    untested = [template for template in found if not any(run in tested for run in runs(template))]
    assert untested == []
    assert found or module == "soundness"
