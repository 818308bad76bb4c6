"""The questions of `seglib init`: at most five, each with a proposal that Enter accepts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from seglib.collect.dates import date_order
from seglib.collect.propose import Part, Proposal
from seglib.collect.workspace import Note
from seglib.errors import TableError

MOST = 5


@dataclass
class Question:
    """One question: what is asked, the choices, which one is proposed, and what an answer does.

    Attributes:
        key: Which question it is: amount, date_order, match, keep, currency, audience, language.
        asked: Template and values.
        choices: One a line; their number is the answer.
        default: Index of the proposed choice.
        apply: Takes the index of the answer and changes the proposal.
    """

    key: str
    asked: Note
    choices: list[Note]
    default: int
    apply: Callable[[int], None] = field(repr=False)


def questions(proposal: Proposal) -> list[Question]:
    """What is worth asking of this proposal, the most important first, five at most."""
    found = [
        *(_amount(proposal, part) for part in proposal.of("orders")),
        *(_order(proposal, part) for part in proposal.parts),
        _match(proposal),
        *(_keep(part) for part in proposal.of("orders")),
        _currency(proposal),
        _audience(proposal),
        _language(proposal),
    ]
    return [question for question in found if question is not None][:MOST]


def _amount(proposal: Proposal, part: Part) -> Question | None:
    if part.crm or "amount" in part.formulas:
        return None
    headers = part.alternatives("amount")
    if len(headers) < 2:
        return None
    chosen = part.columns["amount"]
    headers = [chosen, *(header for header in headers if header != chosen)][:4]
    part.unsure.add("amount")

    def apply(answer: int) -> None:
        part.columns["amount"] = headers[answer]
        for name in [name for name, header in part.columns.items() if header == headers[answer] and name != "amount"]:
            del part.columns[name]
        part.unsure.discard("amount")

    files = ", ".join(path.name for path in part.files[:2])
    choices = [Note("{header} ({example}, …)", {"header": header, "example": ", ".join(part.named(header).said[:2])}) for header in headers]
    return Question("amount", Note("Which column is the money of a line? ({files})", {"files": files}), choices, 0, apply)


def _order(proposal: Proposal, part: Part) -> Question | None:
    for column in ("ordered_at", "registered_at", "happened_at", "visited_at"):
        values = part.values(column)
        if values is None:
            continue
        try:
            date_order([(text, 0, "") for text in values.kinds], None, values.name)
        except TableError as fault:
            if "first" not in fault.values or "second" in fault.values:
                continue  # a mixture: no answer can mend it, check says where

            def apply(answer: int) -> None:
                part.layout["date_order"] = ("dmy", "mdy")[answer]
                part.unsure.discard("date_order")

            american = proposal.currency == "USD"
            part.layout["date_order"] = "mdy" if american else "dmy"
            part.unsure.add("date_order")
            asked = Note("Is {example} in {column} day first or month first?", {"example": fault.values["first"], "column": values.name})
            return Question("date_order", asked, [Note("day first"), Note("month first")], int(american), apply)
    return None


def _match(proposal: Proposal) -> Question | None:
    if proposal.match_rate[1] == 0:
        return None

    def apply(answer: int) -> None:
        proposal.match = answer == 0
        proposal.unsure.discard("match")
        for part in proposal.of("orders") if answer == 1 else ():
            part.columns = {"customer_id" if name == "customer_name" else name: header for name, header in part.columns.items()}

    asked = Note(
        "Orders have no customer id. Bring them to the customers by name? ({hits} of {names} names of the sample found)",
        {"hits": proposal.match_rate[0], "names": proposal.match_rate[1]},
    )
    return Question("match", asked, [Note("yes"), Note("no, the name is the customer")], 0 if proposal.match else 1, apply)


def _keep(part: Part) -> Question | None:
    if not part.keep:
        return None
    header, alive = next(iter(part.keep.items()))
    kinds = part.named(header).kinds
    counted = " · ".join(f"{kind} {number:,}" for kind, number in kinds.most_common(8))

    def apply(answer: int) -> None:
        if answer == 1:
            part.keep.pop(header)
        part.unsure.discard("keep")

    asked = Note(
        "{column} has {n} kinds in the sample: {counted}. Which ones count?", {"column": header, "n": len(kinds), "counted": counted}
    )
    return Question("keep", asked, [Note("only {kinds}", {"kinds": ", ".join(alive)}), Note("all of them")], 0, apply)


def _currency(proposal: Proposal) -> Question | None:
    if "currency" not in proposal.unsure:
        return None
    codes = list(dict.fromkeys([proposal.currency, "CNY", "USD", "EUR", "GBP"]))

    def apply(answer: int) -> None:
        proposal.currency = codes[answer]
        proposal.unsure.discard("currency")

    return Question("currency", Note("In which currency are the amounts?"), [Note("{code}", {"code": code}) for code in codes], 0, apply)


def _audience(proposal: Proposal) -> Question:
    def apply(answer: int) -> None:
        proposal.audience = ("client", "outside")[answer]

    choices = [Note("the client (customer ids are kept)"), Note("somebody outside (ids are replaced)")]
    return Question("audience", Note("For whom is the report?"), choices, 0, apply)


def _language(proposal: Proposal) -> Question:
    languages = [["zh"], ["en"], ["zh", "en"]]

    def apply(answer: int) -> None:
        proposal.language = languages[answer]

    default = 0 if proposal.language[0] == "zh" else 1
    return Question("language", Note("In which language is the report?"), [Note("中文"), Note("English"), Note("both")], default, apply)
