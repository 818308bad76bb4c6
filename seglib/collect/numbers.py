"""Numbers and money as people write them: signs, separators, brackets, 万元, percent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from seglib.errors import TableError
from seglib.language import marked

# what names a currency, and the currency it names; 元 and ¥ are one
_SYMBOLS = {
    "¥": "¥", "CN¥": "¥", "CNY": "¥", "RMB": "¥", "人民币": "¥", "元": "¥", "元整": "¥", "圆": "¥",
    "$": "$", "US$": "$", "USD": "$", "美元": "$", "€": "€", "EUR": "€", "欧元": "€", "£": "£", "GBP": "£", "英镑": "£",
    "HK$": "HK$", "HKD": "HK$", "港元": "HK$", "港币": "HK$", "JPY": "JPY", "日元": "JPY", "NT$": "NT$", "C$": "C$", "A$": "A$",
    "R$": "R$", "S$": "S$", "CHF": "CHF", "₹": "₹", "INR": "₹", "₩": "₩", "₽": "₽",
}  # fmt: skip
_UNITS = {"亿": Decimal(10**8), "百万": Decimal(10**6), "万": Decimal(10**4), "千": Decimal(10**3), "": Decimal(1)}
_SYMBOL = re.compile("|".join(re.escape(item) for item in sorted(_SYMBOLS, key=len, reverse=True)), re.IGNORECASE)
_SHAPE = re.compile(
    r"([-+]?)\s*(\(?)\s*([-+]?)\s*([\d][\d.,' ]*|[.,]\d+|\d+(?:\.\d+)?[eE][-+]?\d{1,3})\s*(亿|百万|万|千)?\s*(%?)\s*(\)?)\s*(-?)"
)
_TYPOGRAPHIC = str.maketrans({"−": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "`": "'"})
_POINT = (
    re.compile(r"\d+(\.\d*)?|\.\d+|\d+(\.\d+)?[eE][-+]?\d{1,3}"),
    re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?"),
    re.compile(r"\d{1,3}( \d{3})+(\.\d*)?"),
    re.compile(r"\d{1,3}('\d{3})+(\.\d*)?"),
)
_COMMA = (
    re.compile(r"\d+(,\d*)?|,\d+|\d+[eE][-+]?\d{1,3}"),
    re.compile(r"\d{1,3}(\.\d{3})+(,\d*)?"),
    re.compile(r"\d{1,3}( \d{3})+(,\d*)?"),
    re.compile(r"\d{1,3}('\d{3})+(,\d*)?"),
)
# what can only be written with a decimal point, and only with a decimal comma
_ONLY_POINT = re.compile(r"\d*\.(\d{1,2}|\d{4,})|\d{1,3}(?:[,' ]\d{3})+\.\d*|\d{1,3}(?:,\d{2,3})+,\d{3}|0\.\d+|\d{4,}\.\d+")
_ONLY_COMMA = re.compile(r"\d*,(\d{1,2}|\d{4,})|\d{1,3}(?:[.' ]\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,}|0,\d+|\d{4,},\d+")


def currency_of(text: str) -> str:
    """The currency that a sign, a code or a word names, "" where it names none; what is one currency is one answer.

    >>> currency_of("RMB"), currency_of("人民币"), currency_of("eur"), currency_of("SEK"), currency_of("paid")
    ('CNY', 'CNY', 'EUR', 'SEK', '')
    """
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    sign = _SYMBOLS.get(plain, plain)
    code = next((name for name, known in _SYMBOLS.items() if known == sign and re.fullmatch("[A-Z]{3}", name)), sign)
    return code if re.fullmatch("[A-Z]{3}", code) else ""


@dataclass(frozen=True)
class Written:
    """A number taken apart: digits with their separators, sign, factor of its unit, currency, percent."""

    digits: str
    negative: bool
    factor: Decimal
    currency: str
    percent: bool
    with_unit: bool


def take_apart(text: str) -> Written | None:
    """The parts of a written number, or None where it is none.

    >>> take_apart("（¥1,234.50）").negative, take_apart("12.5万元").factor, take_apart("about 5")
    (True, Decimal('10000'), None)
    """
    plain = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHIC).strip()
    symbols = {_SYMBOLS[item.upper()] for item in _SYMBOL.findall(plain)}
    bare = _SYMBOL.sub("", plain).strip()
    found = _SHAPE.fullmatch(bare)
    if not found or len(symbols) > 1 or bool(found[2]) != bool(found[7]):
        return None
    signs = [found[1], found[3], found[8]]
    if sum(map(bool, signs)) > 1:
        return None
    negative = "-" in signs or bool(found[2])
    unit = found[5] or ""
    return Written(found[4].strip(), negative, _UNITS[unit], next(iter(symbols), ""), bool(found[6]), bool(unit) or "元" in plain)


def read_number(text: str, decimal: str = ".") -> Decimal | None:
    """The number that ``text`` writes, or None.

    Args:
        text: As it stands in the file.
        decimal: The decimal sign of the column, "." or ",".

    >>> read_number("(1,234.50)"), read_number("1.234,50 €", ","), read_number("12.5万元"), read_number("15%")
    (Decimal('-1234.50'), Decimal('1234.50'), Decimal('125000.0'), Decimal('0.15'))
    """
    parts = take_apart(text)
    if parts is None:
        return None
    shapes = _COMMA if decimal == "," else _POINT
    if not any(shape.fullmatch(parts.digits) for shape in shapes):
        return None
    digits = parts.digits.replace(" ", "").replace("'", "")
    digits = digits.replace(".", "").replace(",", ".") if decimal == "," else digits.replace(",", "")
    try:
        value = Decimal(digits) * parts.factor / (100 if parts.percent else 1)
    except InvalidOperation:
        return None
    return -value if parts.negative else value


def read_answer(text: str, *, signed: bool = False) -> Decimal | None:
    """The one number at either end of an answer that bears words, or the number of its stars; None where that is not clear.

    Args:
        text: As it stands in the file.
        signed: Is a hyphen before the number its sign?

    >>> read_answer("I hate it!-5", signed=True), read_answer("very likely - 10"), read_answer("5 = 非常满意"), read_answer("★★★☆☆")
    (Decimal('-5'), Decimal('10'), Decimal('5'), Decimal('3'))
    >>> read_answer("between 3 and 5"), read_answer("likely")
    (None, None)
    """
    plain = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHIC).strip()
    if plain and set(plain) <= set("★⭐☆"):
        return Decimal(sum(star in "★⭐" for star in plain))
    numbers = re.findall(r"[-+]?\d+(?:\.\d+)?", plain)
    if len(numbers) != 1 or not (plain.startswith(numbers[0]) or plain.endswith(numbers[0])):
        return None
    return Decimal(numbers[0] if signed else numbers[0].lstrip("-+"))


def decimal_sign(values: Iterable[tuple[str, int, str]], given: str | None, column: str) -> str:
    """The decimal sign of a column.

    Args:
        values: Distinct texts, each with a line and a file where it stands.
        given: What client.yml says, or None.
        column: For the sentence.

    Returns:
        "." or ","; "." where nothing tells.

    Raises:
        TableError: Some values can only be read with a point and others only with a comma, or two currencies are mixed.
    """
    point = comma = None
    currencies: dict[str, tuple[str, int, str]] = {}
    for text, line, file in values:
        parts = take_apart(text)
        if parts is None:
            continue
        if parts.currency:
            currencies.setdefault(parts.currency, (text, line, file))
        point = point or ((text, line, file) if _ONLY_POINT.fullmatch(parts.digits) else None)
        comma = comma or ((text, line, file) if _ONLY_COMMA.fullmatch(parts.digits) else None)
    if len(currencies) > 1:
        template = marked(
            "{column} mixes currencies: {first} ({file} line {line}) and {second} ({file2} line {line2}). Convert it to one before."
        )
        raise _mixed(template, column, *list(currencies.values())[:2])
    if given:
        return given
    if point and comma:
        template = marked(
            "{column} mixes decimal point and decimal comma: {first} ({file} line {line}) and {second} ({file2} line {line2}). "
            "Export it in one form, or read the files apart, each with layout: {{decimal: …}}."
        )
        raise _mixed(template, column, point, comma)
    return "," if comma else "."


def _mixed(template: str, column: str, one: tuple[str, int, str], two: tuple[str, int, str]) -> TableError:
    return TableError(template, column=column, first=one[0], line=one[1], file=one[2], second=two[0], line2=two[1], file2=two[2])
