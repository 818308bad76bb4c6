"""client.yml from disk: faults come as sentences with the line they stand on and the name that was probably meant."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from seglib.errors import SettingsError
from seglib.language import marked
from seglib.settings.models import ClientSettings, name_faults, near_name

Where = tuple[str | int, ...]
_EXPECTED = {
    "string_type": marked("text"),
    "int_type": marked("a whole number"),
    "int_parsing": marked("a whole number"),
    "list_type": marked("a list"),
    "dict_type": marked("keys and values"),
    "model_type": marked("keys and values"),
    "model_attributes_type": marked("keys and values"),
    "bool_parsing": marked("true or false"),
    "date_parsing": marked("a date such as 2025-09-30"),
    "date_from_datetime_parsing": marked("a date such as 2025-09-30"),
    "date_from_datetime_inexact": marked("a date such as 2025-09-30"),
    "date_type": marked("a date such as 2025-09-30"),
    "string_pattern_mismatch": marked("text of another form"),
}


class _Constructor(RoundTripConstructor):
    """Dates stay text until our own models read them: 2025-09-31 then is a fault with a line, not an exception of the parser."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_scalar)


class SettingsFaultsError(SettingsError):
    """All faults of one client.yml: one sentence each, a line each."""

    def __init__(self, faults: list[SettingsError]) -> None:
        super().__init__("{faults}", faults="\n".join(map(str, faults)))
        self.faults = faults

    def text(self, lang: str = "en") -> str:
        """The sentences in ``lang``, a line each."""
        return "\n".join(fault.text(lang) for fault in self.faults)


def load(path: str | Path) -> ClientSettings:
    """Read client.yml.

    Args:
        path: The file, or the project folder in which client.yml stands.

    Returns:
        The settings; relative paths in them start at the file's folder.

    Raises:
        SettingsError: All faults at once, one sentence each, with line number and the name that was probably meant.
    """
    path = Path(path)
    path = path / "client.yml" if path.is_dir() else path
    tree = _tree(path)
    data = _plain(tree)
    try:
        settings = ClientSettings.model_validate(data)
    except ValidationError as error:
        raise SettingsFaultsError(_sentences(error, path, tree, data)) from None
    if settings.currency is None:
        raise SettingsError("{file}: currency is missing; add a line such as currency: CNY", file=path.name)
    settings._path = path.resolve()
    settings._lines = dict(_lines(tree, ()))
    return settings


def keys_and_lines(path: Path) -> tuple[Any, dict[Where, int]]:
    """A YAML file that somebody edited: its content in plain Python, and the line on which each key stands.

    Raises:
        SettingsError: The file cannot be read; the sentence names the line.
    """
    tree = _parsed(path)[0]
    return _plain(tree), dict(_lines(tree, ()))


def _parsed(path: Path) -> tuple[Any, str]:
    """What a YAML file says, with the positions of its keys, and its text."""
    from seglib.settings.encoding import decode

    text = decode(path.read_bytes())
    yaml = YAML()
    yaml.Constructor = _Constructor
    try:
        return yaml.load(text), text
    except MarkedYAMLError as error:
        raise _unreadable(path, text, error) from None
    except YAMLError as error:
        raise SettingsError("{file} cannot be read as YAML: {problem}", file=path.name, problem=str(error).split("\n")[0]) from None


def _tree(path: Path) -> CommentedMap:
    """The file's keys and values with their positions."""
    if not path.is_file():
        raise SettingsError("{file} is not there. seglib init DIR FILE… writes one from your files.", file=str(path))
    tree, text = _parsed(path)
    wide = next((number for number, line in enumerate(text.splitlines(), 1) if "：" in line), 0)
    if not isinstance(tree, CommentedMap) and wide:
        raise SettingsError(
            "{file} line {line}: ： is a full-width colon; write a plain : with a space after it.", file=path.name, line=wide
        )
    if not isinstance(tree, CommentedMap):
        raise SettingsError("{file} has no keys such as project: and tables:. seglib init DIR FILE… writes one.", file=path.name)
    return tree


def _unreadable(path: Path, text: str, error: MarkedYAMLError) -> SettingsError:
    """What stands on the line at which YAML gave up, said for someone who does not know YAML."""
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    lines = text.splitlines()
    around = lines[max(0, number - 2) : number]
    problem = error.problem or ""
    values: dict[str, object] = {"file": path.name, "line": number}
    if "\t" in "".join(around) and "\\t" in problem:
        return SettingsError("{file} line {line}: a tab stands where YAML wants spaces; indent with spaces.", **values)
    if any("：" in item for item in around):
        return SettingsError("{file} line {line}: ： is a full-width colon; write a plain : with a space after it.", **values)
    if "escape" in problem:
        return SettingsError(
            "{file} line {line}: a backslash in double quotes is a command to YAML; write data/file.xlsx or use single quotes.", **values
        )
    if "duplicate key" in problem:
        key = problem.split('"')[1] if '"' in problem else ""
        return SettingsError("{file} line {line}: the key {key} stands twice; keep one of them.", key=key, **values)
    if any("*" in item for item in around) and "alias" in f"{error.context or ''} {problem}":
        return SettingsError('{file} line {line}: a value that begins with * needs quotes, like "*测试*".', **values)
    return SettingsError("{file} line {line} cannot be read: {problem}. Look at indentation, colons and quotes.", problem=problem, **values)


def _plain(node: Any) -> Any:
    """Plain dicts and lists; keys are text."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _lines(node: Any, where: Where) -> Iterator[tuple[Where, int]]:
    if isinstance(node, CommentedMap):
        for key, value in node.items():
            yield (*where, str(key)), node.lc.key(key)[0] + 1
            yield from _lines(value, (*where, str(key)))
    elif isinstance(node, CommentedSeq):
        for index, value in enumerate(node):
            yield (*where, index), node.lc.item(index)[0] + 1
            yield from _lines(value, (*where, index))


def _locate(tree: Any, where: Where) -> tuple[int, Any, Where]:
    """Line and value of the deepest key of ``where`` that stands in the file, and the path that was followed.

    Steps that pydantic adds (an index for a single part, the name of a union's branch) are passed over.
    """
    node, line = tree, 1
    followed: Where = ()
    for step in where:
        if isinstance(node, CommentedMap):
            key = next((key for key in node if str(key) == str(step)), None)
            if key is None:
                continue
            line, node = node.lc.key(key)[0] + 1, node[key]
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line, node = node.lc.item(step)[0] + 1, node[step]
        else:
            continue
        followed = (*followed, step)
    return line, node, followed


def _sentences(error: ValidationError, path: Path, tree: CommentedMap, data: Mapping[str, Any]) -> list[SettingsError]:
    """One sentence for each fault, in the order of the file's lines."""
    found: dict[tuple[int, str], SettingsError] = {}
    for item in error.errors():
        context = item.get("ctx", {})
        where: Where = item["loc"]
        if item["type"] == "seglib":
            for template, values, place in context.get("faults", [(context.get("template", ""), context, where)]):
                _add(found, path, tree, place, template, {key: value for key, value in values.items() if key != "template"})
        elif item["type"] == "extra_forbidden":
            known = _fields(where[:-1])
            near = near_name(str(where[-1]), known)
            key = str(where[-1])
            if near:
                _add(found, path, tree, where, marked("{key} is not known; do you mean {near}?"), {"key": key, "near": near})
            else:
                _add(
                    found, path, tree, where, marked("{key} is not known here; there are {known}"), {"key": key, "known": ", ".join(known)}
                )
        elif item["type"] == "missing":
            _add(found, path, tree, where, marked("{key} is missing"), {"key": str(where[-1])})
        elif item["type"] == "literal_error":
            value, expected = str(item["input"]), str(context["expected"]).replace("'", "")
            key = str(_locate(tree, where)[2][-1])
            _add(found, path, tree, where, marked("{key} can be {known}; found {value}"), {"key": key, "known": expected, "value": value})
        else:
            expected = _EXPECTED.get(item["type"], marked("something else"))
            key = str((_locate(tree, where)[2] or ("",))[-1])
            values = {"key": key, "expected": expected, "value": str(item["input"])[:60]}
            _add(found, path, tree, where, marked("{key} should be {expected}; found {value}"), values)
    for template, values, place in name_faults(tables if isinstance(tables := data.get("tables"), Mapping) else {}):
        _add(found, path, tree, place, template, values)
    return [found[place] for place in sorted(found)]


def _add(
    found: dict[tuple[int, str], SettingsError], path: Path, tree: CommentedMap, where: Where, template: str, values: Mapping[str, object]
) -> None:
    line = _locate(tree, where)[0]
    fault = SettingsLineError(path.name, line, template, values)
    found.setdefault((line, template), fault)


class SettingsLineError(SettingsError):
    """One fault of client.yml: file, line, and the sentence about it."""

    def __init__(self, file: str, line: int, template: str, values: Mapping[str, object]) -> None:
        self.inner = SettingsError(template, **values)
        super().__init__(marked("{file} line {line}: {problem}"), file=file, line=line, problem=str(self.inner))

    def text(self, lang: str = "en") -> str:
        """The sentence in ``lang``, with the inner one translated too."""
        from seglib.language import translate

        inner = dict(self.inner.values)
        if "expected" in inner:
            inner["expected"] = translate(str(inner["expected"]), lang)
        return translate(self.template, lang, **{**self.values, "problem": translate(self.inner.template, lang, **inner)})


def _fields(where: Where) -> list[str]:
    """The keys that may stand at ``where``, followed through the models."""
    model: type[BaseModel] | None = ClientSettings
    for step in where:
        if model is None:
            break
        field = next((item for name, item in model.model_fields.items() if step in (name, item.alias)), None)
        if field is not None:
            model = _model_in(field.annotation)
    return [] if model is None else [item.alias or name for name, item in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The settings model somewhere inside a type such as ``dict[str, list[TableSettings]]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (types.UnionType, typing.Union, list, dict, typing.Annotated):
        return next((found for part in typing.get_args(annotation) if (found := _model_in(part))), None)
    return None
