"""What classes of contacts must not pass over: events of kinds that nobody gave a meaning, and customers whom nobody addressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.customers.contacts import known_kinds, unknown_kinds
from seglib.errors import TableError
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    from seglib.methods._draft import Draft

LEAST_KNOWN = 0.5  # of the events: with fewer of a known kind, the classes tell of what happens to be named
NAMED = 6  # kinds that a sentence names, most frequent first
ADDRESSED = "times_contacted"


def tell_unknown_kinds(draft: Draft) -> None:
    """Say which kinds of events are left out, how often they happened, and where a meaning is given; a gate where they are the most.

    Reads the columns ``interactions`` and ``unknown_events``, and for the names of the kinds the side frame ``interactions_by_kind``.

    Raises:
        TableError: There are events, and none of them is of a known kind: there is nothing to class by.
    """
    if not {"interactions", "unknown_events"} <= set(draft.customers.columns):
        return
    events, unknown = int(draft.customers["interactions"].sum()), int(draft.customers["unknown_events"].sum())
    if not unknown:
        return
    names = _names(draft)
    said = ", ".join(f"{name} ({count:,})" for name, count in names[:NAMED]) + (", …" if len(names) > NAMED else "")
    example = names[0][0] if names else "page_view"
    if unknown == events:
        raise TableError(
            "{method}: none of the {n:,} events of the window is of a kind with a weight: {kinds}. Say in client.yml what they are, under "
            "tables: interactions: kinds: {{{example}: view}}. There are {known}; ignored leaves a kind out.",
            method=draft.method, n=events, kinds=said, example=example, known=", ".join(known_kinds()),
        )  # fmt: skip
    known = 1 - unknown / events
    draft.gate("known_events", passed=known >= LEAST_KNOWN, found=round(100 * known, 1), needed=100 * LEAST_KNOWN)
    draft.warn(
        "unknown_kinds", unknown=f"{unknown:,}", events=f"{events:,}", kinds=said or "–", example=example, known=", ".join(known_kinds())
    )


def _names(draft: Draft) -> list[tuple[str, int]]:
    """Kinds that nobody gave a meaning, with their events, most frequent first."""
    frame = draft.facts.get("interactions_by_kind")
    return [] if frame is None else unknown_kinds(frame[frame["customer_id"].isin(set(draft.customers["customer_id"]))])


def keeps_record(draft: Draft) -> bool:
    """Do the data tell of anybody that the firm addressed him or her? Where not, that nobody was is no finding."""
    return ADDRESSED in draft.customers.columns and bool((draft.customers[ADDRESSED] > 0).any())


def without_score(draft: Draft, column: str, quiet: str, unrecorded: str) -> None:
    """The classes of those who have nothing of a score, by what is known of them; nobody of them is fitted on.

    In this order: ``unknown_events`` (only events of unknown kinds), ``quiet`` (addressed, or with events that weigh nothing),
    ``not_contacted`` (the data keep a record of whom the firm addressed, and they are not in it), ``unrecorded`` (no such record).

    Args:
        draft: The classification.
        column: The score.
        quiet: Class of those who were addressed and did nothing that counts.
        unrecorded: Class of those without events where nothing tells whom the firm addressed.
    """
    nothing = {f"some_{column}": (0,)}
    draft.ladder_scores += (Score(f"some_{column}", column, (0.0,), (0, 1), hidden=True),)
    for name, segment in (("unknown_events", "unknown_events"), (ADDRESSED, quiet), ("interactions", quiet)):
        if name in draft.customers.columns:
            draft.ladder_scores += (Score(f"any_{name}", name, (0.0,), (0, 1), hidden=True),)
            draft.ladder_rules += (Rule(segment, {**nothing, f"any_{name}": (1,)}),)
    draft.ladder_rules += (Rule("not_contacted" if keeps_record(draft) else unrecorded, nothing),)
    draft.inside = draft._inside()
