"""The parameters of a notebook, read with ast and checked by name and type before any kernel starts."""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seglib.errors import ParameterError

TAG = "parameters"
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_WORDS_FOR_BOOL = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class CellParameter:
    """One line ``name: type = literal  # help`` of the parameters cell.

    Attributes:
        name: As it is given with ``-p name=value``.
        type: ``str``, ``int``, ``float`` or ``bool``.
        default: The literal on the line.
        help: The comment behind it, without ``#``.
    """

    name: str
    type: str
    default: object
    help: str


def read(notebook: Mapping, name: str = "notebook") -> list[CellParameter]:
    """The parameters of a notebook, in their order.

    Args:
        notebook: A notebook (nbformat version 4) as a mapping.
        name: What the notebook is called in an error's sentence.

    Raises:
        ParameterError: There is not exactly one cell tagged ``parameters``, or a line of it is no parameter.
    """
    cells = [cell for cell in notebook["cells"] if TAG in cell.get("metadata", {}).get("tags", [])]
    if len(cells) != 1:
        raise ParameterError(
            "{name}: {n} cells are tagged 'parameters'; tag exactly one, so that values reach the notebook.",
            name=name,
            n=len(cells),
        )
    source = cells[0]["source"]
    text = source if isinstance(source, str) else "".join(source)
    comments = _comments(text)
    return [_parameter(node, comments.get(node.lineno, ""), name) for node in ast.parse(text).body]


def _comments(text: str) -> dict[int, str]:
    """Line number -> comment; tokenize knows a ``#`` inside a string from a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def _parameter(node: ast.stmt, comment: str, name: str) -> CellParameter:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        kind = ast.unparse(node.annotation)
        try:
            default = ast.literal_eval(node.value)
        except ValueError:
            default = None
        if kind in _TYPES and isinstance(default, _TYPES[kind] if kind != "float" else (int, float)):
            return CellParameter(node.target.id, kind, default, comment)
    raise ParameterError(
        "{name}: the parameters cell says {line!r}; write name: type = literal, with type str, int, float or bool.",
        name=name,
        line=ast.unparse(node),
    )


def check(parameters: Iterable[CellParameter], given: Mapping[str, object], name: str) -> dict[str, object]:
    """``given`` with every value in its parameter's type.

    Args:
        parameters: What the notebook knows.
        given: Values by name; text (as a command line gives it) is read in the parameter's type.
        name: The method's or notebook's name, for the sentence.

    Raises:
        ParameterError: A name is unknown (the near one is proposed), or a value cannot be read in its type.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for wanted in given:
        if wanted not in known:
            raise unknown(wanted, known, name)
    return {key: _typed(known[key], value, name) for key, value in given.items()}


def unknown(wanted: str, known: Iterable[str], name: str) -> ParameterError:
    """The sentence for a parameter nobody knows: the near name where there is one, and all names."""
    names = sorted(known)
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.6)
    if near:
        return ParameterError(
            "{name} has no parameter '{wanted}'; did you mean '{near}'? It has: {names}.",
            name=name,
            wanted=wanted,
            near=near[0],
            names=", ".join(names),
        )
    return ParameterError("{name} has no parameter '{wanted}'. It has: {names}.", name=name, wanted=wanted, names=", ".join(names))


def _typed(parameter: CellParameter, value: object, name: str) -> object:
    """``value`` in the parameter's type; never a silent cut, as int("2.5") or a number for a text would be."""
    kind = _TYPES[parameter.type]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is kind:
        return value
    if isinstance(value, str):
        try:
            return _WORDS_FOR_BOOL[value.strip().lower()] if kind is bool else kind(value.strip())
        except (ValueError, KeyError):
            pass
    raise ParameterError(
        "{name}: {parameter} is {value!r}, but must be of type {type} (its default is {default!r}).",
        name=name,
        parameter=parameter.name,
        value=value,
        type=parameter.type,
        default=parameter.default,
    )


def share_out(given: Mapping[str, object], known: Mapping[str, Iterable[str]]) -> dict[str, dict[str, object]]:
    """Values by method, from names that may carry the method in front (``rfm.tiers``).

    Args:
        given: Values by name. A plain name goes to every method that has it.
        known: Method -> the names of its parameters.

    Raises:
        ParameterError: The method in front is not among those that run, or no method has the name.
    """
    shared: dict[str, dict[str, object]] = {method: {} for method in known}
    everything = {name for names in known.values() for name in names}
    for full, value in given.items():
        method, dot, name = full.partition(".")
        if dot and method not in known:
            near = difflib.get_close_matches(method, list(known), n=1)
            raise ParameterError(
                "'{full}' is for the method '{method}', which does not run here; these run: {names}.{hint}",
                full=full,
                method=method,
                names=", ".join(known),
                hint=f" ({near[0]}?)" if near else "",
            )
        targets = [method] if dot else [each for each, names in known.items() if full in set(names)]
        if not targets:
            raise unknown(full, everything, ", ".join(known))
        for target in targets:
            shared[target][name if dot else full] = value
    return shared


def literal(value: object) -> str:
    """``value`` as it is written in a parameters cell."""
    return repr(value) if not isinstance(value, str) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
