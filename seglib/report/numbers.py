"""Numbers for people, formatted in one place by the column's name: money by size, shares, days, counts; three significant digits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MISSING = "–"
_CURRENCY_ZH = {
    "CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元", "HKD": "港元", "TWD": "新台币", "CAD": "加元", "AUD": "澳元",
    "NZD": "新西兰元", "SGD": "新加坡元", "CHF": "瑞士法郎", "KRW": "韩元", "INR": "印度卢比", "THB": "泰铢", "MYR": "马来西亚林吉特",
    "VND": "越南盾", "IDR": "印尼盾", "PHP": "菲律宾比索", "RUB": "俄罗斯卢布", "BRL": "巴西雷亚尔", "MXN": "墨西哥比索", "SEK": "瑞典克朗",
    "NOK": "挪威克朗", "DKK": "丹麦克朗", "PLN": "波兰兹罗提", "TRY": "土耳其里拉", "ZAR": "南非兰特",
    "AED": "阿联酋迪拉姆", "MOP": "澳门元",
}  # fmt: skip
_SCALES = {
    "en": ((1e9, "bn"), (1e6, "M"), (1e3, "K"), (1.0, "")),
    "zh": ((1e8, "亿"), (1e4, "万"), (1.0, "")),
}
_PLACES, _LEAST = 4, 0.00005  # decimals at most, and what is less than they can show
_IN_FULL = 1e6  # money of one customer and cuts below it are printed whole
_LONGEST = 1e5  # no sum of a table has more whole digits than five
#: Money of one customer or one order stays in plain units; only totals are scaled.
_EACH = ("mean_", "median_", "largest_", "average_", "per_")
_MONEY_WORDS = ("spend", "amount", "order_value", "money", "revenue", "sales")
_COUNT_WORDS = ("customers", "orders", "buying_days", "order_lines", "rows", "lines", "categories", "products", "gaps")


@dataclass(frozen=True)
class Scale:
    """A unit of money: how much one of it is, and its name ("K", "万", "")."""

    size: float
    name: str


def significant(value: float, digits: int = 3) -> str:
    """``value`` with ``digits`` significant digits, but never with a digit of the whole part cut: 1234.5 is "1,234"."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    if abs(value) < _LEAST:
        return ("−" if value < 0 else "") + "<0.0001"
    rounded = float(f"{abs(value):.{digits}g}") if abs(value) < 10 ** (digits - 1) else abs(value)
    places = min(_PLACES, max(0, digits - 1 - math.floor(math.log10(rounded))))
    return ("−" if value < 0 else "") + f"{abs(value):,.{places}f}"


def count(value: float) -> str:
    """A whole number with separators."""
    return MISSING if value is None or not math.isfinite(value) else f"{value:,.0f}".replace("-", "−")


def share(value: float) -> str:
    """A share of 0 to 1 as per cent: 0.6123 is "61.2%"; what is not zero is never printed as 0."""
    if value is None or not math.isfinite(value):
        return MISSING
    if 0 < abs(value) < 0.001:
        return "<0.1%" if value > 0 else ">−0.1%"
    points = value * 100
    whole = abs(points - round(points)) < 1e-9 or 99.95 <= abs(points) <= 100
    whole = whole or abs(points) >= 1000  # a multiple, whose decimals tell nothing
    return (f"{points:,.0f}" if whole else f"{points:.1f}").replace("-", "−") + "%"


def days(value: float, lang: str = "en") -> str:
    """A length of time: "21.8 days", "21.8 天"."""
    number = plain(value)
    if number == MISSING:
        return number
    if lang == "zh":
        return f"{number} 天"
    return f"{number} day" if number == "1" else f"{number} days"


def plain(value: float) -> str:
    """A number without a unit: whole where it is whole, else three significant digits."""
    if value is None or not math.isfinite(value):
        return MISSING
    return count(value) if float(value).is_integer() else significant(value)


def scale(values: Iterable[float], lang: str) -> Scale:
    """The one unit for these sums: the largest in which the least of them is still a tenth, unless the greatest would then run too long."""
    sizes = sorted(abs(value) for value in values if value is not None and math.isfinite(value) and value != 0)
    if not sizes:
        return Scale(1.0, "")
    if len(sizes) == 1:
        size, name = next(((size, name) for size, name in _SCALES[lang] if sizes[0] >= size), (1.0, ""))
        return Scale(size, name)
    fitting = [(size, name) for size, name in _SCALES[lang] if size <= max(sizes[-1], 1.0) and sizes[-1] < _LONGEST * size]
    fitting = fitting or [_SCALES[lang][0]]
    size, name = next(((size, name) for size, name in fitting if sizes[0] >= size / 10), fitting[-1])
    return Scale(size, name)


def each_scale(values: Iterable[float], lang: str) -> Scale:
    """The unit for money of one customer or order: plain units, but where a figure would run to seven digits."""
    held = [abs(value) for value in values if value is not None and math.isfinite(value)]
    return scale(held, lang) if max(held, default=0.0) >= _IN_FULL else Scale(1.0, "")


def currency_name(currency: str, lang: str) -> str:
    """The currency as the language writes it: "USD", "美元"; the code itself where we know no word."""
    return _CURRENCY_ZH.get(currency, currency) if lang == "zh" else currency


def money_unit(unit: Scale, currency: str, lang: str) -> str:
    """The unit for a column's head: "USD K", "万元"."""
    name = currency_name(currency, lang)
    if lang == "zh":
        gap = " " if unit.name and name.isascii() else ""
        return f"{unit.name}{gap}{name}"
    return f"{name} {unit.name}".strip()


def money(value: float, currency: str, lang: str, unit: Scale | None = None) -> str:
    """A sum of money with its unit: "USD 4.60 M", "460 万元"."""
    if value is None or not math.isfinite(value):
        return MISSING
    unit = unit or scale([value], lang)
    number = significant(value / unit.size)
    if lang == "zh":
        return f"{number} {money_unit(unit, currency, lang)}".strip()
    return f"{currency} {number} {unit.name}".strip()


def cut(value: float, currency: str, lang: str) -> str:
    """Money that decides a class or belongs to one customer: in full below a million, so that a list can be held against it.

    A round sum keeps its short form: 500,000 is "50.0 万元".
    """
    if value is None or not math.isfinite(value):
        return MISSING
    unit = scale([value], lang)
    short = float(f"{value / unit.size:.3g}") * unit.size
    if math.isclose(short, value, rel_tol=1e-9) and abs(value) >= _SCALES["zh"][1][0]:
        return money(value, currency, lang, unit)
    if abs(value) < _IN_FULL:
        return money(value, currency, lang, Scale(1.0, ""))
    number = significant(value / unit.size, 5)
    return f"{number} {money_unit(unit, currency, lang)}" if lang == "zh" else f"{currency} {number} {unit.name}".strip()


def kind(column: str) -> str:
    """What a column's name says it holds: share, index, days, money (totals), money_each, count, number or text.

    A table may ask for one more: exact, money to the cent, for sums that somebody else's books must confirm.
    """
    name = column.lower()
    if name == "share" or name.endswith(("_share", "_pct")) or name.startswith("share_"):
        return "share"
    if name.startswith("index_"):
        return "index"
    if name.startswith("days_") or ("_days" in name and "buying_days" not in name) or name.endswith("_day_gap"):
        return "days"
    if any(word in name for word in _MONEY_WORDS):
        return "money_each" if name.startswith(_EACH) or "order_value" in name else "money"
    if name.startswith(_EACH):
        return "number"
    if name in _COUNT_WORDS or name.endswith("_count"):
        return "count"
    return "number"


def _short(value: float) -> str:
    """Three significant digits but never more than two decimals, so that a column of sums stays readable."""
    if abs(value) >= 1 or value == 0:
        return significant(value)
    if abs(value) < 0.01:
        return "<0.01" if value > 0 else ">−0.01"
    return f"{value:.2f}".replace("-", "−")


def cell(value: object, what: str, lang: str, unit: Scale | None = None) -> str:
    """One cell of a table, of the kind :func:`kind` gave; money in the table's unit, whose name stands in the head."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool) or (not isinstance(value, (int, float)) and not hasattr(value, "dtype")):
        return str(value)
    number = float(value)  # type: ignore[arg-type]
    if what == "share":
        return share(number)
    if what == "index":
        return count(number)
    if what == "count":
        return count(number)
    if what == "exact":
        return f"{number:,.2f}".replace("-", "−")
    if what == "money":
        return _short(number / (unit.size if unit else 1.0))
    if what == "money_each":
        return significant(number / (unit.size if unit else 1.0))
    return plain(number)
