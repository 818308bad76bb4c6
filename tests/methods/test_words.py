"""The words files: everything a method says stands there in both languages, and nothing else does."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterable, Iterator

import pytest
from contract import STEADY, result_of

from seglib import methods
from seglib.language import LANGUAGES
from seglib.methods._words import SHORT
from seglib.report import palette

OPENING = ("title", "question", "decides", "not_for", "how")
every_method = pytest.mark.parametrize("name", methods.names())


def texts(content: object, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text of a words file with its place: a mapping of languages."""
    if isinstance(content, dict) and content and set(content) <= {*LANGUAGES}:
        yield path, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from texts(value, f"{path}/{key}")


def said(name: str, call: str) -> dict[str, set[str]]:
    """Keys a module hands to ``warn`` or ``gate``, with the names of the values it gives: what stands in the code, run or not."""
    calls = [
        node
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == call
    ]
    return {
        node.args[0].value: {word.arg for word in node.keywords} for node in calls if node.args and isinstance(node.args[0], ast.Constant)
    }


def tree_of(name: str) -> ast.Module:
    return ast.parse((methods.FOLDER / f"{name}.py").read_text(encoding="utf-8"))


def helpers(name: str) -> list[str]:
    """Private modules of the room that a method takes something from, the drafting ones aside, which all share."""
    imports = [node for node in ast.walk(tree_of(name)) if isinstance(node, ast.ImportFrom) and node.module]
    named = [alias.name for node in imports if node.module == "seglib.methods" for alias in node.names]
    named += [node.module.rpartition(".")[2] for node in imports if str(node.module).startswith("seglib.methods.")]
    return [one for one in dict.fromkeys(named) if one.startswith("_") and one not in ("_draft", "_signed")]


def said_beside(name: str, keys: Iterable[str]) -> dict[str, set[str]]:
    """Which of these keys stand in a method's helpers, with every name that the helper gives to a value."""
    found: dict[str, set[str]] = {}
    for helper in helpers(name):
        nodes = list(ast.walk(tree_of(helper)))
        given = {word.arg for node in nodes if isinstance(node, ast.Call) for word in node.keywords if word.arg}
        given |= {key.value for node in nodes if isinstance(node, ast.Dict) for key in node.keys if isinstance(key, ast.Constant)}
        found |= {key: given for key in keys if any(isinstance(node, ast.Constant) and node.value == key for node in nodes)}
    return found


def braces(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def own(name: str) -> dict[str, object]:
    import yaml

    return yaml.safe_load((methods.FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


@every_method
def test_every_text_is_in_both_languages_with_the_same_values(name):
    found = dict(texts(methods.words(name).content))
    assert {f"/{key}" for key in OPENING} <= set(found)
    for path, text in found.items():
        assert set(text) == {*LANGUAGES}, path
        assert all(str(value).strip() for value in text.values()), path
        assert len({frozenset(braces(str(value))) for value in text.values()}) == 1, path


@every_method
def test_every_class_has_a_name_a_meaning_a_short_form_and_a_colour(name):
    words = methods.words(name)
    for key in words.class_keys():
        entry = words.content["classes"][key]
        assert {"label", "meaning", "colour"} <= set(entry), key
        assert entry["colour"] in palette.COLOURS, key
        for variant in ("", *entry.get("variants", {})):
            for lang in LANGUAGES:
                assert 0 < len(words.short(key, lang, variant)) <= SHORT, (key, lang, variant)


@every_method
def test_no_two_classes_bear_one_name(name):
    words = methods.words(name)
    for lang in LANGUAGES:
        for say in (words.label, words.short):
            named = [say(key, lang) for key in words.class_keys()]
            assert len(set(named)) == len(named), lang


@every_method
def test_every_parameter_is_explained_and_no_other(name):
    assert list(own(name)["parameters"]) == [parameter.name for parameter in methods.parameters(name)]
    for parameter in methods.parameters(name):
        assert parameter.help
        assert parameter.type in (str, int, float, bool)


@every_method
@pytest.mark.parametrize(("call", "block"), [("warn", "warnings"), ("gate", "gates")])
def test_every_warning_and_gate_has_its_sentence_and_no_other(name, call, block):
    entries = methods.words(name).content[block]
    keys = said_beside(name, entries) | said(name, call)
    shared = said("_draft", call)
    assert {*keys, *shared} == set(entries)
    for key, given in {**keys, **shared}.items():
        needed = {field for text in entries[key].values() for field in braces(str(text))}
        assert needed <= (given if call == "warn" else {"found", "needed", "more"}), key


@every_method
def test_what_the_code_names_a_class_is_in_the_words(name):
    tree = ast.parse((methods.FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    rules = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Rule"]
    for rule in rules:
        if isinstance(rule.args[0], ast.Constant):
            assert rule.args[0].value in methods.words(name).class_keys()


@every_method
def test_axes_are_the_shown_scores(name):
    result = result_of(name, STEADY)
    shown = {score.name for score in result.scheme.scores if not score.hidden}
    assert shown <= set(own(name)["axes"])
    words = methods.words(name)
    for segment in (*result.scheme.classes, *result.scheme.outside):
        assert all(words.label(segment, lang) != segment or segment in "ABC" for lang in LANGUAGES), segment


def test_named_sets_of_rfm_are_all_in_the_words():
    from seglib.methods import rfm

    keys = methods.words("rfm").class_keys()
    assert {*rfm.RF_GRID, *rfm.RFM125, *rfm.CN8} <= set(keys)


def test_numbered_and_unknown_classes_are_described_once():
    words = methods.words("value_tier")
    assert words.label("tier_3", "zh") == "第 3 档"
    assert words.label("tier_12", "en") == "Tier 12"
    assert words.label("unknown_margin", "en") == "Unknown (margin)"
    assert words.short("unknown_margin", "zh") == "资料缺失"
    assert words.label("Own name", "zh") == "Own name"
    assert words.colour("Own name") == "middle"


def test_a_warning_speaks_of_classes_by_their_names():
    words = methods.words("rfm")
    assert words.warning("small_class", "en", classes=["cant_lose", "new"], needed=30).startswith("Cannot lose, Recent low frequency: ")
    assert words.warning("small_class", "zh", classes=["cant_lose", "new"], needed=30).startswith("不能失去、新近低频：")


def test_a_variant_and_a_rule_in_words():
    words = methods.words("lifecycle")
    assert words.label("churned", "zh") == "流失客户"
    assert words.label("churned", "zh", "long_silent") == "长期沉默"
    assert words.rule("active", "en", active_days=48.0, churn_days=105.0) == "last order at most 48 days ago"
    assert words.rule("too_few_gaps", "en") == ""
