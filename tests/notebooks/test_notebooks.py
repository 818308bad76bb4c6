"""The method notebooks: in step with signature and words file, alike in their order, ready in Chinese."""

from __future__ import annotations

import json
import re

import pytest

from seglib import methods
from seglib.report import authoring, notebooks, parameters, plots

METHODS = methods.names()


def code(book: dict) -> list[dict]:
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_notebook_in_step_with_its_words_and_signature(method: str) -> None:
    book = notebooks.read(method)
    stale = [cell["id"] for cell, fresh in zip(book["cells"], authoring.refresh(method, book)["cells"], strict=True) if cell != fresh]
    assert not stale, f"run: python -m seglib.report.authoring {method}"


@pytest.mark.parametrize("method", METHODS)
def test_the_cell_passes_every_parameter_on(method: str) -> None:
    book = notebooks.read(method)
    call = next(text for text in map(notebooks.source, code(book)) if f"{method}.segment(" in text)
    assert [p.name for p in methods.parameters(method) if f"{p.name}={p.name}" not in call] == []


@pytest.mark.parametrize("method", METHODS)
def test_a_page_has_every_section_in_its_order(method: str) -> None:
    texts = [notebooks.source(cell).splitlines()[0] for cell in notebooks.read(method)["cells"] if cell["cell_type"] == "markdown"]
    heads = [text for text in texts if text.startswith("## ")]
    wanted = [
        f"## {name}"
        for name in ("The bottom line", "Who went in", "How the method decides", "The classes", "How far to trust it", "What to hand on")
    ]
    assert texts[0] == f"# {methods.words(method).text('title', 'en')}"
    assert [head for head in heads if head in wanted] == wanted


@pytest.mark.parametrize("method", METHODS)
def test_every_chart_of_the_method_is_drawn_and_known(method: str) -> None:
    book = notebooks.read(method)
    drawn = [kind for text in map(notebooks.source, code(book)) for kind in re.findall(r'page\.chart\("(\w+)"\)', text)]
    assert set(drawn) == set(methods.get(method).CHARTS)
    assert set(drawn) <= set(plots.kinds())


@pytest.mark.parametrize("method", METHODS)
def test_a_chinese_copy_has_no_english_prose_left(method: str) -> None:
    copied = notebooks.in_language(notebooks.read(method), method, "zh")
    prose = [notebooks.source(cell) for cell in copied["cells"] if cell["cell_type"] == "markdown"]
    assert all(re.search(r"[一-鿿]", text) for text in prose)
    cell = next(cell for cell in copied["cells"] if parameters.TAG in notebooks.tags(cell))
    help_texts = [p.help for p in parameters.read({"cells": [cell]})]
    assert all(re.search(r"[一-鿿]", text) for text in help_texts)
    assert [p.default for p in parameters.read({"cells": [cell]})] == [p.default for p in notebooks.cell_parameters(method)]


def test_translating_a_notebook_leaves_the_original_alone() -> None:
    book = notebooks.read("rfm")
    before = json.dumps(book)
    notebooks.in_language(book, "rfm", "zh")
    assert json.dumps(book) == before


def test_outputs_and_counts_do_not_change_the_hash_of_a_notebook() -> None:
    book, other = notebooks.read("rfm"), notebooks.read("rfm")
    other["cells"][1] |= {"execution_count": 3, "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]}
    assert notebooks.source_hash(book) == notebooks.source_hash(other)
    other["cells"][1]["source"] = "x: int = 1"
    assert notebooks.source_hash(book) != notebooks.source_hash(other)


def test_a_draft_for_a_method_is_a_valid_notebook_within_the_budget() -> None:
    import nbformat

    for method in METHODS:
        made = authoring.draft(method)
        nbformat.validate(nbformat.from_dict(made))
        assert authoring.refresh(method, made) == made
