"""A fault is a sentence, in both languages, and tells what was found."""

from __future__ import annotations

import pickle

import pytest

from seglib import errors
from seglib.errors import SeglibError, TableError

KINDS = (errors.SettingsError, errors.TableError, errors.DataError, errors.SchemeError, errors.ParameterError, errors.MissingPartError)


def test_the_values_stand_in_the_sentence() -> None:
    fault = TableError("{table}: {n} rows share a {key} ({examples}); keep one row each.", table="orders", n=2, key="id", examples="7, 9")
    assert str(fault) == "orders: 2 rows share a id (7, 9); keep one row each."
    assert fault.values == {"table": "orders", "n": 2, "key": "id", "examples": "7, 9"}


def test_a_sentence_without_values_may_hold_braces() -> None:
    assert str(SeglibError("write {name: value}")) == "write {name: value}"


def test_braces_in_a_value_are_left_alone() -> None:
    assert str(SeglibError("found {value}", value="{x}")) == "found {x}"


def test_a_value_may_have_any_name() -> None:
    fault = SeglibError("{template} {message} {lang} {self}", template=1, message=2, lang=3, self=4)
    assert str(fault) == fault.text("zh") == "1 2 3 4"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_caught_as_one_and_as_a_value_error(kind: type[SeglibError]) -> None:
    with pytest.raises(SeglibError) as caught:
        raise kind("{n} of them", n=3)
    assert isinstance(caught.value, ValueError)
    assert caught.value.text() == caught.value.text("en") == "3 of them"


def test_a_translation_is_looked_up_by_the_template_not_by_the_filled_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from seglib import language

    monkeypatch.setattr(language, "catalogue", lambda lang: {"{n} of them": "共 {n} 个"} if lang == "zh" else {})
    fault = SeglibError("{n} of them", n=3)
    assert (fault.text("zh"), fault.text("en"), str(fault)) == ("共 3 个", "3 of them", "3 of them")


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_passes_from_one_process_to_another(kind: type[SeglibError]) -> None:
    """Pages are made in worker processes: what goes wrong there must arrive whole."""
    sent = pickle.loads(pickle.dumps(kind("{n} of {all}", n=1, all=2)))
    assert type(sent) is kind
    assert (str(sent), sent.template, sent.values) == ("1 of 2", "{n} of {all}", {"n": 1, "all": 2})
