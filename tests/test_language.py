"""Two languages, one catalogue, and the language of the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from seglib import language

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\\\n"

msgid "{n} customers"
msgstr "{n} 户客户"

msgid "not yet translated"
msgstr ""
"""


@pytest.fixture
def own_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zh.po").write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language.catalogue.cache_clear()
    yield
    language.catalogue.cache_clear()


@pytest.mark.usefixtures("own_catalogue")
def test_a_sentence_is_translated_and_filled() -> None:
    assert language.translate("{n} customers", "zh", n=12) == "12 户客户"
    assert language.translate("{n} customers", "en", n=12) == "12 customers"


@pytest.mark.usefixtures("own_catalogue")
def test_english_stands_in_where_a_translation_is_missing_or_empty() -> None:
    assert language.translate("nobody wrote this down", "zh") == "nobody wrote this down"
    assert language.translate("not yet translated", "zh") == "not yet translated"


def test_english_needs_no_catalogue() -> None:
    assert language.catalogue("en") == {}
    assert language.translate("as it {is}") == "as it {is}"


def test_there_are_two_languages() -> None:
    assert language.LANGUAGES == ("en", "zh")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LC_ALL": "zh_TW", "LANG": "en_US"}, "zh"),
        ({"LC_MESSAGES": "en_US", "LANG": "zh_CN"}, "en"),
        ({"SEGLIB_LANG": "zh", "LC_ALL": "en_US.UTF-8"}, "zh"),
        ({"SEGLIB_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "Chinese (Simplified)_China.936"}, "zh"),
    ],
)
def test_the_screen_speaks_the_language_of_the_environment(names: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEGLIB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert language.system_language() == expected


def test_without_a_word_from_the_environment_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEGLIB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(language.locale, "getlocale", lambda: ("Chinese_China", "936"))
    assert language.system_language() == "zh"
    monkeypatch.setattr(language.locale, "getlocale", lambda: (None, None))
    assert language.system_language() == "en"


def test_a_figure_with_its_unit_stands_close_in_chinese() -> None:
    text = "Two windows of {days} each are compared, up to {before} and up to {after}, under the same cuts."
    assert language.translate(text, "zh", days="182 天", before="2025-01-01", after="2025-07-02").startswith("比较两个各 182 天的时期，")
    assert language.translate("{n} orders", "zh", n="5") == "5 单"


def test_one_is_not_told_as_many() -> None:
    told = {"n": "1", "label": "VIP", "customers": "2%", "sales": "3%", "money": "USD 4"}
    sentence = language.translate("{label}: {n} customers ({customers}) bring {sales} of sales, {money}.", **told)
    assert sentence == "VIP: 1 customer (2%) brings 3% of sales, USD 4."
    assert language.singular("21 customers have 1 orders, 0.1 days ago") == "21 customers have 1 order, 0.1 days ago"
