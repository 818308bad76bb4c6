"""Parameters of the method that a page of proof looks at: on the command line as everywhere, in the notebook as one line of text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from seglib import methods
from seglib.report import parameters
from seglib.report.parameters import CellParameter
from seglib.report.proofs._base import MAIN

PARAMS = "params"  # the notebooks' parameter that holds them


def read(text: str, method: str) -> dict[str, object]:
    """Values by name, each in its type.

    Args:
        text: ``"tiers=quantile:4; basis=spend"``.
        method: The method.

    Raises:
        ParameterError: A name is unknown, or a value cannot be read in its type.
    """
    pairs = [part.partition("=") for part in re.split(r"[;；]\s*(?=\w+\s*=)", text) if part.strip()]
    known = [CellParameter(one.name, one.type.__name__, one.default, one.help) for one in methods.parameters(method)]
    return parameters.check(known, {name.strip(): value.strip() for name, _, value in pairs}, method)


def packed(given: Mapping[str, object], own: Collection[str]) -> dict[str, object]:
    """What the notebooks are given: the pages' own parameters as they are, those of the method in the one line of text.

    Args:
        given: Parameters by name; ``method`` among them where it is not the main one. ``rfm.tiers`` is the same as ``tiers``.
        own: Names of the pages' own parameters.

    Raises:
        ParameterError: A value cannot be read in its type. A name that neither the pages nor the method know is left as it is.
    """
    method = str(given.get("method") or MAIN)
    plain = {name.removeprefix(f"{method}."): value for name, value in given.items()}
    theirs = {one.name for one in methods.parameters(method)} if method in methods.names() and PARAMS in own else set()
    of_method = {name: value for name, value in plain.items() if name in theirs and name not in own}
    text = "; ".join(f"{name}={value}" for name, value in of_method.items())
    read(text, method if of_method else MAIN)
    rest = {name: value for name, value in plain.items() if name not in of_method}
    return {**rest, PARAMS: text} if of_method else rest
