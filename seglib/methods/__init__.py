"""The methods: one module and one words file each, found from this folder; a class for every customer."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import cast

from seglib.errors import ParameterError
from seglib.methods._words import Words, load_words

FOLDER = Path(__file__).parent
OR = " | "  # between columns of which a method needs one


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method: its name, its plain type (int, float, str or bool), its default and its help in English."""

    name: str
    type: type
    default: object
    help: str


def names() -> list[str]:
    """Every method, by its module's name, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def get(name: str) -> ModuleType:
    """The module of a method.

    Raises:
        ParameterError: There is no such method; the sentence proposes the nearest name.
    """
    return importlib.import_module(f"seglib.methods.{_known(name)}")


def _known(name: str) -> str:
    """The name of a method, refused where there is none of it."""
    if name in names():
        return name
    near = get_close_matches(name.lower(), names(), n=1, cutoff=0.5)
    known = ", ".join(names())
    if not near:
        raise ParameterError("there is no method {name!r}. There are: {names}.", name=name, names=known)
    raise ParameterError("there is no method {name!r}; did you mean {near!r}? There are: {names}.", name=name, near=near[0], names=known)


@cache
def words(name: str) -> Words:
    """All the words of a method, in both languages."""
    return load_words(FOLDER / f"{name}.yml", FOLDER / "_shared.yml")


def parameters(name: str) -> list[Parameter]:
    """The keyword parameters of a method's ``segment``, in their order."""
    signature = inspect.signature(get(name).segment)
    help_texts = words(name)
    return [
        Parameter(p.name, type(p.default), p.default, help_texts.parameter(p.name, "en"))
        for p in signature.parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
    ]


def lacking(name: str, columns: Iterable[str]) -> list[str]:
    """The columns of the customer table that a method needs and that are not there; [] where it can run.

    A need may name alternatives, "income | income_band": one of them is enough.
    """
    present = set(columns)
    return [need for need in cast("tuple[str, ...]", declared(name)["NEEDS"]) if present.isdisjoint(need.split(OR))]


def asks(name: str, **params: object) -> dict[str, tuple[str, ...]]:
    """What a method asks of ``client.customers``: columns and side frames; where its parameters name other methods, theirs too.

    Args:
        name: The method.
        params: Its parameters; ``methods`` names those that it crosses, with commas between.

    Returns:
        ``also`` and ``facts``, as ``client.customers`` and ``review.hold_out`` take them.
    """
    crossed = [one.strip() for one in str(params.get("methods", "")).split(",")]
    modules = [get(one) for one in dict.fromkeys((name, *crossed)) if one in names() or one == name]
    columns = dict.fromkeys(column for module in modules for need in (*module.NEEDS, *module.USES) for column in need.split(OR))
    return {"also": tuple(columns), "facts": tuple(dict.fromkeys(fact for module in modules for fact in module.FACTS))}


@cache
def declared(name: str) -> dict[str, object]:
    """The constants of a method's module and its first docstring line, read without importing it (for lists that must be quick)."""
    tree = ast.parse((FOLDER / f"{_known(name)}.py").read_text(encoding="utf-8"))
    constants = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in ("DIMENSIONS", "NEEDS", "USES", "FACTS", "CHARTS", "ORDERED")
    }
    return {**constants, "summary": (ast.get_docstring(tree) or "").splitlines()[0]}
