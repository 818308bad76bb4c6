"""The thirteen parts of a document, each a function from its matter; one module a group of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seglib.report.documents.parts import acting, cards, classes, closing, moving, opening, proving, trust

if TYPE_CHECKING:
    from seglib.report.documents.matter import Matter
    from seglib.report.documents.model import Part

#: Key of a part -> what makes it, in the document's order; see ``model.KEYS``.
MAKERS: dict[str, Callable[[Matter], Part]] = {
    "answer": opening.answer,
    "scope": opening.scope,
    "data": opening.data,
    "method": classes.method,
    "sizes": classes.sizes,
    "cards": cards.cards,
    "movement": moving.movement,
    "money": acting.money,
    "playbook": acting.playbook,
    "sizing": proving.sizing,
    "validity": trust.validity,
    "limits": trust.limits,
    "appendix": closing.appendix,
}
#: What a brief document holds: at most four pages.
BRIEF = ("answer", "sizes", "playbook", "limits")
