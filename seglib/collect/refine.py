"""What the values of a proposed part tell beyond its names: computed amounts, returns, dead documents, test customers, units."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seglib.collect.crm import preset
from seglib.collect.currencies import is_currency
from seglib.collect.guess import SURE, guesses, words
from seglib.collect.numbers import currency_of
from seglib.collect.survey import questions_of

if TYPE_CHECKING:
    from seglib.collect.propose import Part, Proposal

PLACES = ("country", "province", "city", "region")

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def refine(part: Part) -> None:
    """What values tell beyond names: computed amounts, returns, dead documents, test customers, units."""
    if part.crm:
        part.source_timezone = "?" if preset(part.crm).get("source_timezone_needed") else ""
        return
    chosen = part.found[0].chosen
    if part.table == "orders":
        if "product_id" not in part.columns:
            name = next((guess.header for guess in guesses(part.found[0].columns) if guess.column == "product_name"), "")
            if name and name not in part.columns.values():
                part.columns["product_id"] = name  # a till without codes tells products by their names
        if "amount" not in part.columns and {"quantity", "unit_price"} <= chosen.keys():
            part.columns["amount"] = f"{_identifier(chosen['quantity'].header)} * {_identifier(chosen['unit_price'].header)}"
            part.formulas.add("amount")
        _propose_returns(part)
        _propose_keep(part)
        _propose_currency(part)
        amount = part.columns.get("amount", "")
        part.amount_unit = next((unit for unit in ("百万元", "万元", "千元", "亿元") if unit in amount), "")
    elif part.table == "customers" and "birth_date" in chosen and "birth_year" not in part.columns:
        part.columns["birth_year"] = f"year({_identifier(chosen['birth_date'].header)})"
        part.formulas.add("birth_year")
    elif part.table == "feedback" and "question" not in part.columns:
        _propose_questions(part)
    elif part.table == "opportunities":
        _propose_won(part)
    _propose_exclude(part)


def beside(proposal: Proposal) -> list[Part]:
    """The parts, with further tables that lie in the same files: orders in deals that were won, places of customers in lines of orders.

    Deals that carry a name alone are left out where the customers have ids of another kind: nothing would bring the two together.
    """
    deals = [part for part in proposal.of("opportunities") if not part.crm]
    orders = [] if proposal.of("orders") else [found for part in deals if (found := _won_deals(part)) is not None]
    numbered = [
        part for part in proposal.of("customers") if part.crm or part.columns.get("customer_id") != part.columns.get("customer_name")
    ]
    lost = [part for part in deals if numbered and part.by_name]
    proposal.others += [item for part in lost if not orders for item in part.found]
    parts = [part for part in [*orders, *proposal.parts] if part not in lost]
    if proposal.of("customers"):
        surveys = [] if proposal.of("feedback") else [found for part in proposal.of("customers") if (found := _survey(part)) is not None]
        return parts + surveys
    return parts + [found for part in proposal.of("orders")[:1] if (found := _places(part)) is not None]


def _won_deals(part: Part) -> Part | None:
    """Deals as orders: only those won, on the day they were closed; lost ones and open ones are no revenue."""
    from seglib.collect.propose import Part

    won = _stages(part, "won_stages")
    if not won or not {"amount", "closed_at", "customer_id"} <= part.columns.keys():
        return None
    found = Part("orders", part.found, layout=dict(part.layout), keep={part.columns["stage"]: won}, unsure={"ordered_at", "keep"})
    names = {"order_id": "opportunity_id", "customer_id": "customer_id", "ordered_at": "closed_at", "amount": "amount"}
    found.columns = {name: part.columns[source] for name, source in names.items() if source in part.columns}
    found.formulas = {name for name, source in names.items() if source in part.formulas}
    if part.by_name:
        found.columns["customer_name"] = found.columns.pop("customer_id")
    return found


def _survey(part: Part) -> Part | None:
    """Answers that stand in a list of customers, a column a question."""
    from seglib.collect.propose import Part

    asked = {} if part.crm else questions_of(part.found[0].columns, list(part.columns.values()))
    if not asked or "customer_id" not in part.columns:
        return None
    return Part("feedback", part.found, {"customer_id": part.columns["customer_id"]}, questions=asked, layout=dict(part.layout))


def _places(part: Part) -> Part | None:
    """Customers from the lines of orders that carry an address; the first line of each customer tells."""
    from seglib.collect.propose import Part

    header = part.columns.get("customer_id", "")
    taken = {*part.columns.values(), *part.keep}
    sure = {guess.column: guess.header for guess in reversed(guesses(part.found[0].columns)) if guess.confidence == SURE}
    places = {name: sure[name] for name in PLACES if sure.get(name, "") and sure[name] not in taken}
    if part.crm or not header or not places:
        return None
    found = Part("customers", part.found, {"customer_id": header, **places}, unsure=set(places), layout=dict(part.layout))
    if part.named(header).blank_share:
        found.exclude = {header: [""]}  # lines of nobody tell of no customer
    return found


def _propose_questions(part: Part) -> None:
    """A survey with a column a question; an answer whose question is not told would be taken for one about satisfaction."""
    taken = [header for name, header in part.columns.items() if name != "score"]
    part.questions = questions_of(part.found[0].columns, taken)
    if part.questions:
        part.columns.pop("score", None)


def _propose_won(part: Part) -> None:
    part.by_name = part.columns.pop("customer_name", "") == part.columns["customer_id"]
    won, lost = _stages(part, "won_stages"), _stages(part, "lost_stages")
    stage = _identifier(part.columns["stage"])
    if won:
        told = [
            f"WHEN {stage} IN ({', '.join(map(_text, kinds))}) THEN {said}" for kinds, said in ((won, "true"), (lost, "false")) if kinds
        ]
        part.columns["won"] = f"CASE {' '.join(told)} END"
        part.formulas.add("won")
        part.unsure.add("won")
    if "opportunity_id" not in part.columns:
        part.columns["opportunity_id"] = "'d' || _line"
        part.formulas.add("opportunity_id")
    chance = part.values("probability")
    if chance is not None and any(text.strip().isdigit() and int(text) > 1 for text in chance.said):
        part.columns["probability"] = f"{_identifier(chance.name)} / 100"
        part.formulas.add("probability")


def _stages(part: Part, kind: str) -> list[str]:
    """The stages of the part that say a deal was won, or lost."""
    known = [str(word).casefold() for word in words()[kind]]
    kinds = part.named(part.columns["stage"]).kinds
    return [
        name
        for name in kinds
        if any(
            word == name.casefold() or (len(word) > 3 and word in name.casefold()) or (not word.isascii() and word in name)
            for word in known
        )
    ]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _propose_currency(part: Part) -> None:
    """Where a column names two currencies, the one of most lines is kept; the other's amounts do not add up with it."""
    values = next((each for each in part.found[0].columns if is_currency(each.name)), None)
    kinds = part.named(values.name).kinds if values is not None else {}
    codes = {kind: code for kind in kinds if (code := currency_of(kind))}
    if values is None or not codes:
        return
    counted: dict[str, int] = {}
    for kind, code in codes.items():
        counted[code] = counted.get(code, 0) + kinds[kind]
    part.currency = max(counted, key=lambda code: counted[code])
    if len(counted) > 1:
        part.keep[values.name] = [kind for kind, code in codes.items() if code == part.currency]
        part.unsure.add("keep")


def _propose_exclude(part: Part) -> None:
    """Customers made for tests: a chinese word anywhere in the name, an english one as a word of its own."""
    names = part.values("customer_name")
    if names is None:
        return
    found = {
        word: [text for text in names.kinds if re.search(rf"\b{word}\b" if word.isascii() else word, text.casefold())]
        for word in words()["test_words"]
    }
    patterns = [item for word, texts in found.items() for item in ([f"*{word}*"] if not word.isascii() and texts else texts)]
    if patterns and len({text for texts in found.values() for text in texts}) <= 0.05 * len(names.kinds) + 3:
        part.exclude[names.name] = patterns
        part.unsure.add("exclude")


def _identifier(header: str) -> str:
    return header if _SIMPLE.fullmatch(header) else '"' + header.replace('"', '""') + '"'


def _propose_returns(part: Part) -> None:
    known = {str(word).casefold() for word in words()["return_words"]}
    guess = part.found[0].chosen.get("document_type") or part.found[0].chosen.get("status")
    if guess is not None:
        kinds = part.named(guess.header).kinds
        hits = [kind for kind in kinds if kind.casefold() in known or any(word in kind for word in ("退货", "退款", "红字", "红冲"))]
        if hits and len(hits) < len(kinds):
            part.returns[guess.header] = hits
            return
    orders, quantity = part.values("order_id"), part.values("quantity") or part.values("amount")
    if orders is None or quantity is None or len(orders.texts) != len(quantity.texts):
        return
    lettered = [
        (text[0], number) for text, number in zip(orders.texts, quantity.texts, strict=True) if text[:1].isalpha() and text[1:].isdigit()
    ]
    letters = {letter for letter, _ in lettered}
    for letter in sorted(letters):
        if len(lettered) < len(orders.texts) / 2 and all(
            number.strip().startswith(("-", "(")) for first, number in lettered if first == letter
        ):
            part.returns[orders.name] = [f"{letter}*"]


def _propose_keep(part: Part) -> None:
    status = part.values("status")
    if status is None:
        return
    dead = {str(word).casefold() for word in words()["dead_status"]}
    kinds = status.kinds
    returned = part.returns.get(status.name, [])
    alive = [kind for kind in kinds if kind.casefold() not in dead or kind in returned]
    if len(kinds) <= 30 and 0 < len(alive) < len(kinds):
        part.keep[status.name] = alive
        part.unsure.add("keep")
