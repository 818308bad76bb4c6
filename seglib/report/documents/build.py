"""A document put together: facts first, then evidence, then its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from seglib.errors import ParameterError
from seglib.language import LANGUAGES
from seglib.report import privacy
from seglib.report.documents import evidence as evidences
from seglib.report.documents import figures, goods, traits
from seglib.report.documents.book import Book
from seglib.report.documents.keeping import further, statements
from seglib.report.documents.matter import Matter
from seglib.report.documents.model import Document
from seglib.report.documents.parts import BRIEF, MAKERS, moving, unaided
from seglib.report.view import View
from seglib.report.why import listed
from seglib.scheme import RuleScheme

if TYPE_CHECKING:
    from seglib.segmentation import Segmentation

DEPTHS = ("full", "brief")


def make(
    client: Any,
    result: Segmentation,
    *,
    lang: str,
    depth: Literal["full", "brief"],
    customers: pd.DataFrame | None,
    evidence: evidences.Evidence | None,
    why: str,
    lacking: tuple[str, ...],
) -> Document:
    """What :func:`seglib.report.document` does; see there."""
    if lang not in LANGUAGES or depth not in DEPTHS:
        raise ParameterError(
            "document: lang is {lang!r} and depth {depth!r}; lang is en or zh, depth full or brief.", lang=lang, depth=depth
        )
    table = _table(client, result) if customers is None else customers
    settings = client.settings
    currency = str(settings.currency or "")
    view = View(result, table, lang, currency, dict((settings.labels or {}).get(result.method, {})))
    book = Book(lang, currency)
    figures.gather(view, book)
    if depth == "full":
        goods.gather(client, view, book)
    found = evidences.collect(client, result, table, depth=depth) if evidence is None else evidence
    matter = Matter(client, view, book, found, depth, why, lacking)
    if depth == "full":
        traits.gather(matter)
    keys = BRIEF if depth == "brief" else tuple(MAKERS)
    made = {key: MAKERS[key](matter) for key in sorted(MAKERS, key=lambda key: key in ("answer", "appendix"))}
    whole = Document(
        lang=lang,
        title=made["answer"].title,
        subtitle=_subtitle(matter),
        as_of=result.as_of,
        currency=currency,
        depth=depth,
        parts=tuple(replace(made[key], number=place + 1) for place, key in enumerate(key for key in MAKERS if key in keys)),
        facts=dict(sorted(book.facts.items())),
        customers=_customer_list(matter),
        method=result.method,
        views=tuple(_views(client, matter)),
    )
    return privacy.masked(whole, view) if settings.report.audience == "outside" else privacy.announced(whole)


def _table(client: Any, result: Segmentation) -> pd.DataFrame:
    """The customer table that the result was made on, in the order of its assignments."""
    from seglib import methods

    asked = methods.asks(result.method, **result.params)
    table: pd.DataFrame = client.customers(as_of=result.as_of, window_days=result.window_days, **asked)
    return table


def _views(client: Any, matter: Matter) -> list[str]:
    """The statements behind the facts' queries: the tables of the document's window, and those of the two windows of the movement."""
    if "orders" not in client.tables:
        return []
    result = matter.view.result
    made = statements(client, result)
    if any(name.endswith(".goods") for name in matter.book.facts):
        made.append(goods.statement(client, matter.view))
    moved, migration = matter.evidence.moved, matter.evidence.migration
    if moved is not None and migration is not None and moving.rebuildable(matter):
        for day, suffix in ((migration.before, "_before"), (migration.after, "_after")):
            made += statements(client, moved, as_of=day, suffix=suffix)
    if matter.evidence.judged is not None and unaided.rebuildable(matter):
        made += statements(client, matter.evidence.judged, suffix="_split")
    return made


def _subtitle(matter: Matter) -> str:
    if "orders" not in matter.client.tables:
        return matter.say("As of {as_of} · {n} customers known", as_of="window.last", n="all.customers").text
    text = matter.say("As of {as_of} · last {days} · {n} customers known", as_of="window.last", days="window.days", n="all.customers")
    return text.text


def _customer_list(matter: Matter) -> pd.DataFrame:
    """One row a customer: id, class, its name, the scores, what they are read from, and whether they stand on the line."""
    view = matter.view
    frame = view.result.assignments.copy()
    frame.attrs = {}
    frame.insert(2, "label", [view.label(key) for key in frame["segment"]])
    wanted = [name for name in dict.fromkeys((*view.result.built_on, *further(view.result))) if name not in frame.columns]
    scheme = view.result.scheme
    derived = isinstance(scheme, RuleScheme) and set(wanted) - set(view.customers.columns)
    prepared = scheme.prepared(view.customers) if derived and isinstance(scheme, RuleScheme) else view.customers
    for name in wanted:
        if name in prepared.columns:
            frame[name] = prepared[name].to_numpy()
    near = figures.near_a_cut(view)
    if near is not None:
        frame["on_the_line"] = near & view.members.to_numpy()
    why = listed(view)
    frame["reason"], frame["next_class"] = why["reason"].to_numpy(), why["next_class"].to_numpy()
    stability, migration = matter.evidence.stability, matter.evidence.migration
    if stability is not None and len(stability.flips):
        frame = _beside(frame, stability.flips[["customer_id", "flip_rate"]])
    if migration is not None and matter.evidence.moved is view.result:
        previous = migration.previous[["customer_id", "previous_segment", "since"]]
        frame = _beside(frame, previous)
        falls = migration.falls[["customer_id", "change", "beyond"]].rename(columns={"change": "spend_change", "beyond": "beyond_class"})
        frame = _beside(frame, falls.astype({"spend_change": float, "beyond_class": float}))
    return frame


def _beside(frame: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Columns more for the customers who have them."""
    return frame.merge(more.astype({"customer_id": frame["customer_id"].dtype}), on="customer_id", how="left", validate="one_to_one")
