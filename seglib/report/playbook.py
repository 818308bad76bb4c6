"""The playbook of one client: the default of the words files, and over it what the client's own playbook.yml says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seglib import methods
from seglib.errors import SettingsError
from seglib.language import LANGUAGES, marked
from seglib.methods._play import FIELDS, Play, kinds, reason
from seglib.methods._words import Words
from seglib.settings.models import near_name
from seglib.settings.reading import SettingsFaultsError, SettingsLineError, keys_and_lines

#: What an entry of playbook.yml may hold: the fields of a play, the kinds of its flag, and the written reason of a flagged action.
OWN = (*FIELDS, "flag", "why")
#: Kinds that need a written reason where a method divides people by something sensitive.
JUSTIFIED = ("price", "credit", "payment")
Where = tuple[str | int, ...]
Own = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Playbook:
    """What to do with every class of every method.

    Attributes:
        own: Method -> key of a class -> field -> its text by language (``flag``: its kinds), where the client says something else.
    """

    own: Own

    def play(self, method: str, segment: str, lang: str, variant: str = "", words: Words | None = None) -> Play:
        """The play of a class: the client's own texts over the default ones.

        An action of the client's own that speaks of price, credit, payment terms or service is flagged, whether it says so or not.

        Args:
            method: The method.
            segment: Key of the class.
            lang: Language of the texts.
            variant: What the data make of the class, as for its label.
            words: The method's words where they know the names of classes that the data name.
        """
        words = words or methods.words(method)
        default = words.playbook(
            segment, lang, variant, lambda other, key: self.play(other, key, lang, words.variants.get(f"{other}.{key}", ""))
        )
        own = self.own.get(method, {}).get(segment, {})
        if not own:
            return default
        texts = {field: own[field][lang] for field in (*FIELDS, "why") if field in own}
        found = tuple(dict.fromkeys([*([] if "do" in own else default.flags), *_flags(own)]))
        return replace(default, **texts, flags=found, flag=reason(found, words.content["playbook"], lang, words.content.get("sensitive")))


def of(client: Any) -> Playbook:
    """The playbook of an open client.

    Raises:
        SettingsError: The file that client.yml names as ``playbook`` is not there or says something unknown; the sentence names the line
            and what was probably meant.
    """
    settings = getattr(client, "settings", None)
    if settings is None or not settings.playbook:
        return Playbook({})
    name = settings.playbook
    path = settings.folder / name
    if not path.is_file():
        raise SettingsError("playbook: {file} is not there. Write the file, or leave the line out: there is a default playbook.", file=name)
    return Playbook(read(path, settings.methods))


def read(path: Path, parameters: Mapping[str, Mapping[str, Any]] | None = None) -> Own:
    """A playbook.yml: method, class (its key or its name), and the fields that differ from the default.

    Args:
        path: The file.
        parameters: Parameters by method, as client.yml has them: classes of the client's own are named there.

    Raises:
        SettingsError: All faults at once, a sentence each, with the line and the near name.
    """
    content, lines = keys_and_lines(path)
    faults: list[SettingsError] = []

    def fault(where: Where, template: str, **values: object) -> None:
        faults.append(SettingsLineError(path.name, lines.get(where, 1), template, values))

    own: dict[str, dict[str, Mapping[str, Any]]] = {}
    for method, classes in _mapping(content or {}, (), fault):
        if method not in methods.names():
            _unknown(fault, (method,), method, methods.names())
            continue
        named = _names(method)
        rules = " ".join(map(str, (parameters or {}).get(method, {}).values()))
        for name, entry in _mapping(classes, (method,), fault):
            key = _class(method, name, named, rules)
            if key is None:
                _unknown(fault, (method, name), name, [*named])
                continue
            own.setdefault(method, {})[key] = dict(_fields(method, entry, (method, name), fault))
    if faults:
        raise SettingsFaultsError(faults)
    return own


def _mapping(node: Any, where: Where, fault: Any) -> Iterator[tuple[str, Any]]:
    """Keys and values; a fault where the file has something else."""
    if isinstance(node, Mapping):
        yield from node.items()
    else:
        template = marked("method, class, field is the order of a playbook, such as rfm: / loyal: / owner: …; found {value}")
        fault(where, template, value=str(node)[:60])


def _unknown(fault: Any, where: Where, name: str, known: list[str]) -> None:
    near = near_name(name, known)
    if near:
        fault(where, marked("{key} is not known; do you mean {near}?"), key=name, near=near)
    else:
        fault(where, marked("{key} is not known here; there are {known}"), key=name, known=", ".join(dict.fromkeys(known)))


def _names(method: str) -> dict[str, str]:
    """Keys by key, and by name in either language."""
    words = methods.words(method)
    keys = [key for key in words.class_keys() if not set("*#") & set(key)]
    return {words.label(key, lang): key for key in keys for lang in LANGUAGES} | {key: key for key in keys}


def _class(method: str, name: str, named: Mapping[str, str], rules: str) -> str | None:
    """The key of a class that a client's file names; None where there is no such class."""
    words = methods.words(method)
    if name in named:
        return named[name]
    if words.knows(name) or name in rules:
        return name
    return name if words.open_ended and near_name(name, list(named), 0.8) is None else None


def _fields(method: str, entry: Any, where: Where, fault: Any) -> Iterator[tuple[str, Any]]:
    """The fields of one class, each text in both languages."""
    told: dict[str, Any] = {}
    for field, value in _mapping(entry, where, fault):
        place = (*where, field)
        if field not in OWN:
            _unknown(fault, place, field, list(OWN))
        elif field == "flag":
            known = list(methods.words(method).content["playbook"]["flag"])
            told[field] = [str(one) for one in (value if isinstance(value, list) else [value])]
            for one in [one for one in told[field] if one not in known]:
                _unknown(fault, place, one, known)
        elif isinstance(value, Mapping):
            if set(value) != set(LANGUAGES):
                fault(place, marked("{key}: give one text, or one for zh and one for en"), key=field)
            told[field] = {lang: str(text) for lang, text in value.items()}
        else:
            told[field] = dict.fromkeys(LANGUAGES, str(value))
    sensitive = methods.words(method).content.get("sensitive")
    if sensitive and "why" not in told and "do" in told and {*JUSTIFIED} & {*_flags(told)}:
        template = marked("{method} divides by something sensitive: price, credit or payment terms by it need a written reason, under why:")
        fault((*where, "do"), template, method=method)
    yield from told.items()


def _flags(own: Mapping[str, Any]) -> tuple[str, ...]:
    """Kinds that an entry of the client's own states, and those that its action speaks of."""
    spoken = " ".join(own["do"].values()) if "do" in own else ""
    return tuple(dict.fromkeys([*own.get("flag", []), *kinds(spoken)]))
