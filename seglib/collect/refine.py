"""What the values of a proposed part tell beyond its names: computed amounts, returns, dead documents, test customers, units."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seglib.collect.crm import preset
from seglib.collect.guess import guesses, words

if TYPE_CHECKING:
    from seglib.collect.propose import Part

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
        amount = part.columns.get("amount", "")
        part.amount_unit = next((unit for unit in ("百万元", "万元", "千元", "亿元") if unit in amount), "")
    _propose_exclude(part)


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
