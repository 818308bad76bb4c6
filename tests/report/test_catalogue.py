"""Every sentence a reader may see has its Chinese."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from seglib import language
from seglib.language import translate
from seglib.report import catalogue


def test_no_sentence_is_without_its_translation() -> None:
    assert catalogue.missing("zh") == []


def test_translations_have_the_same_braces() -> None:
    assert catalogue.unlike("zh") == []


def test_translations_are_chinese() -> None:
    entries = [entry for entry in polib.pofile(str(language.CATALOGUES / "zh.po")) if entry.msgstr]
    words = [e.msgid for e in entries if not any("一" <= letter <= "鿿" for letter in e.msgstr) and len(catalogue.fields(e.msgid)) == 0]
    assert [one for one in words if not one.isupper() and " " in one] == []


def test_the_catalogue_is_sorted_by_sentence() -> None:
    ids = [entry.msgid for entry in polib.pofile(str(language.CATALOGUES / "zh.po"))]
    assert ids == sorted(ids)


def test_sentences_are_found_in_code_templates_notebooks_and_tables() -> None:
    found = catalogue.messages()
    for sentence in (
        "{name} has no parameter '{wanted}'. It has: {names}.",
        "How the lines were drawn",
        "## The classes",
        "Sales per customer",
    ):
        assert sentence in found


def test_a_new_sentence_is_found_missing_and_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zh.po").write_text((language.CATALOGUES / "zh.po").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    monkeypatch.setattr(catalogue, "CATALOGUES", tmp_path)
    monkeypatch.setattr(catalogue, "messages", lambda: ["A brand new sentence about {n} things.", "How the lines were drawn"])
    try:
        assert catalogue.missing("zh") == ["A brand new sentence about {n} things."]
        assert catalogue.sync("zh") == ["A brand new sentence about {n} things."]
        assert catalogue.missing("zh") == ["A brand new sentence about {n} things."]
        assert catalogue.sync("zh") == []
        assert [entry.msgid for entry in polib.pofile(str(tmp_path / "zh.po"))] == catalogue.messages()
    finally:
        language.catalogue.cache_clear()


def test_a_translation_with_another_brace_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zh.po").write_text('msgid "{n} orders"\nmsgstr "{m} 单"\n', encoding="utf-8")
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language.catalogue.cache_clear()
    try:
        assert catalogue.unlike("zh") == ["{n} orders"]
    finally:
        language.catalogue.cache_clear()


def test_what_is_not_translated_stands_in_english() -> None:
    assert translate("nobody wrote this {n}", "zh", n=3) == "nobody wrote this 3"
