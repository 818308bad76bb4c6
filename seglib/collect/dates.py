"""Dates and times as people and programs write them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from seglib.collect.months import MONTH_NAMES
from seglib.errors import TableError

_MONTHS = {name: number for number, names in MONTH_NAMES.items() for name in names}
_WEEKDAY = re.compile(
    r"[(]?(?:星期|周|礼拜)[一二三四五六日天][)]?|\b(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b[,.]?"
)
_CHINESE_CLOCK = re.compile(r"(上午|下午|晚上|中午|早上|凌晨)\s*(\d{1,2}(?::\d{1,2}){0,2})")
_CLOCK = r"(?P<h>\d{1,2})(?::(?P<mi>\d{1,2})(?::(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?)?)?\s*(?P<half>am|pm)?"
_ZONE = r"(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)?"
_TIME = rf"(?:(?:\s*[t,]\s*|\s+)(?:at )?{_CLOCK}\s*{_ZONE})?"
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[-/. ](?P<m>\d{1,2})[-/. ](?P<d>\d{1,2})" + _TIME)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<sep>[-/. ])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{4}|\d{2})" + _TIME)
_YEAR_MONTH = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})")
_DAY_NAME = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[-\s./]*(?:de |of )?(?P<name>[^\W\d_]{3,12})\.?[-\s./,]*(?:de )?(?P<y>\d{4}|\d{2})" + _TIME
)
_NAME_DAY = re.compile(r"(?P<name>[^\W\d_]{3,12})\.?\s*(?P<d>\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(?P<y>\d{4})" + _TIME)
_YEAR_NAME = re.compile(r"(?P<y>\d{4})[-\s./](?P<name>[^\W\d_]{3,12})[-\s./](?P<d>\d{1,2})" + _TIME)
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_EPOCH = re.compile(r"\d{10}|\d{13}|\d{16}")
_DAY_ZERO = dt.datetime(1899, 12, 30)
Zone = ZoneInfo | None


def spelled_plainly(text: str) -> str:
    """One spelling for the many: half width, lower case, 年月日时分秒 as signs, no weekday."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if not plain.isascii():
        plain = re.sub(r"(\d)\s*[年月]\s*(?=\d)", r"\1-", plain)
        plain = re.sub(r"(\d)\s*[时点時]\s*(?=\d)", r"\1:", plain)
        plain = re.sub(r"(\d)\s*分\s*(?=\d)", r"\1:", plain)
        plain = re.sub(r"(\d)\s*[日号](?=\S)", r"\1 ", plain)
        plain = re.sub(r"(?<=\d)\s*[年月日号秒分点时]", "", plain)
        plain = _CHINESE_CLOCK.sub(_western_clock, plain)
    plain = _WEEKDAY.sub(" ", plain)
    plain = plain.replace("a.m.", "am").replace("p.m.", "pm")
    return re.sub(r"\s+", " ", plain).strip(" ,")


def _western_clock(found: re.Match[str]) -> str:
    half, clock = found[1], found[2] if ":" in found[2] else f"{found[2]}:00"
    hour = int(clock.split(":")[0])
    if half in ("下午", "晚上"):
        return f"{clock} {'pm' if hour <= 12 else ''}".strip()
    if half == "中午":
        return f"{clock} {'pm' if hour in (12, 1, 2) else 'am'}"
    return f"{clock} {'am' if hour <= 12 else ''}".strip()


def read_date(text: str, order: str = "", zone: Zone = None, source_zone: Zone = None) -> dt.datetime | None:
    """The local time that ``text`` writes, without zone, or None.

    Args:
        text: As it stands in the file.
        order: dmy, mdy or ymd for dates in numbers whose year comes last or has two digits; "" where the column has none.
        zone: The client's zone: times that carry a zone of their own, and seconds since 1970, are turned into it.
        source_zone: Zone of times that carry none; None where they are local already.

    >>> [str(read_date(text, "dmy")) for text in ("2025年1月3日", "Oct 7, 2025 6:55 PM", "3.1.2025", "45660")]
    ['2025-01-03 00:00:00', '2025-10-07 18:55:00', '2025-01-03 00:00:00', '2025-01-03 00:00:00']
    """
    plain = spelled_plainly(text)
    try:
        for shape in (_YEAR_FIRST, _YEAR_LAST, _DAY_NAME, _NAME_DAY, _YEAR_NAME):
            if found := shape.fullmatch(plain):
                day = _day(found, order)
                return _at_time(day, found, zone, source_zone) if day else None
        if found := _YEAR_MONTH.fullmatch(plain):
            return dt.datetime(int(found["y"]), int(found["m"]), 1)
        return _numeric(plain, zone)
    except (ValueError, OverflowError):
        return None


def _day(found: re.Match[str], order: str) -> dt.date | None:
    parts = found.groupdict()
    if "a" in parts:
        a, b, c = int(parts["a"]), int(parts["b"]), int(parts["c"])
        if order == "ymd" and len(parts["c"]) == 2:
            return dt.date(_full_year(a), b, c)
        day, month = (b, a) if order == "mdy" else (a, b)
        return dt.date(_full_year(c) if len(parts["c"]) == 2 else c, month, day) if order in ("dmy", "mdy") else None
    named = _MONTHS.get(parts["name"].rstrip(".")) if "name" in parts else int(parts["m"])
    if named is None:
        return None
    month = named
    year = int(parts["y"])
    return dt.date(_full_year(year) if len(parts["y"]) == 2 else year, month, int(parts["d"]))


def _full_year(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < 70 else 1900)


def _at_time(day: dt.date, found: re.Match[str], zone: Zone, source_zone: Zone) -> dt.datetime:
    if found["h"] is None:
        return dt.datetime.combine(day, dt.time())
    if found["mi"] is None and found["half"] is None:
        raise ValueError(found[0])  # a lone number after a date is no time
    hour = int(found["h"])
    if found["half"] == "pm" and hour < 12:
        hour += 12
    elif found["half"] == "am" and hour == 12:
        hour = 0
    if hour == 24:
        day, hour = day + dt.timedelta(days=1), 0
    fraction = int((found["f"] or "0").ljust(6, "0")[:6])
    moment = dt.datetime.combine(day, dt.time(hour, int(found["mi"] or 0), int(found["s"] or 0), fraction))
    if found["zone"]:
        return _localised(moment.replace(tzinfo=_offset(found["zone"])), zone)
    return _localised(moment.replace(tzinfo=source_zone), zone) if source_zone and zone else moment


def _offset(written: str) -> dt.timezone:
    found = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", written)
    if not found:
        return dt.UTC
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return dt.timezone(dt.timedelta(minutes=-minutes if found[1] == "-" else minutes))


def _localised(moment: dt.datetime, zone: Zone) -> dt.datetime:
    return (moment.astimezone(zone) if zone else moment).replace(tzinfo=None)


def _numeric(plain: str, zone: Zone) -> dt.datetime | None:
    if found := _COMPACT.fullmatch(plain):
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        if 1 <= month <= 12 and 1 <= day <= 31:
            return dt.datetime(year, month, day, hour, minute, second)
    if _SERIAL.fullmatch(plain):
        return _DAY_ZERO + dt.timedelta(seconds=round(float(plain) * 86400))
    if _EPOCH.fullmatch(plain):
        seconds = int(plain) / 10 ** (len(plain) - 10)
        return _localised(dt.datetime.fromtimestamp(seconds, dt.UTC), zone)
    return None


def carries_zone(text: str) -> bool:
    """True where the value itself says in which zone it is (an offset, Z, or seconds since 1970)."""
    plain = spelled_plainly(text)
    found = _YEAR_FIRST.fullmatch(plain) or _YEAR_LAST.fullmatch(plain) or _NAME_DAY.fullmatch(plain) or _DAY_NAME.fullmatch(plain)
    return bool(found and found["zone"]) or bool(_EPOCH.fullmatch(plain))


def date_order(values: Iterable[tuple[str, int, str]], given: str | None, column: str) -> str:
    """In which order a column writes day, month and year where it writes all three as numbers and not the year first.

    Args:
        values: Distinct texts, each with a line and a file where it stands.
        given: What client.yml says, or None.
        column: For the sentence.

    Returns:
        dmy, mdy, ymd, or "" where no value needs it.

    Raises:
        TableError: Day-first and month-first are mixed, or nothing tells which it is.
    """
    seen: list[tuple[int, int, int, bool, str, tuple[str, int, str]]] = []
    for value in values:
        found = _YEAR_LAST.fullmatch(spelled_plainly(value[0]))
        if found:
            seen.append((int(found["a"]), int(found["b"]), int(found["c"]), len(found["c"]) == 2, found["sep"], value))
    if not seen or given:
        return given or ""
    day_first = next((item for item in seen if item[0] > 12 and item[1] <= 12 and not (item[3] and _may_be_year_first(item))), None)
    month_first = next((item for item in seen if item[1] > 12 and item[0] <= 12), None)
    if day_first and month_first:
        one, two = day_first[5], month_first[5]
        raise TableError(
            "{column} mixes day-first and month-first dates: {first} ({file} line {line}) and {second} ({file2} line {line2}). "
            "Export it in one form, or read the files apart, each with layout: {{date_order: …}}.",
            column=column, first=one[0], line=one[1], file=one[2], second=two[0], line2=two[1], file2=two[2],
        )  # fmt: skip
    if any(item[3] for item in seen):
        return _short_years(seen, column)
    if day_first or month_first:
        return "dmy" if day_first else "mdy"
    return _undecided(seen, column)


def _may_be_year_first(item: tuple[int, int, int, bool, str, tuple[str, int, str]]) -> bool:
    return item[1] <= 12 and 1 <= item[2] <= 31


def _short_years(seen: list[tuple[int, int, int, bool, str, tuple[str, int, str]]], column: str) -> str:
    """The order of dates with two-digit years: the only one that makes a date of every value."""
    fits = {
        "dmy": all(item[0] <= 31 and item[1] <= 12 for item in seen),
        "mdy": all(item[0] <= 12 and item[1] <= 31 for item in seen),
        "ymd": all(item[3] and item[1] <= 12 and 1 <= item[2] <= 31 for item in seen),
    }
    orders = [order for order, fit in fits.items() if fit]
    if len(orders) == 1:
        return orders[0]
    if "dmy" in orders and all(item[4] == "." for item in seen):
        return "dmy"
    if len(orders) > 1:  # the year is the part that hardly changes
        kinds = [len({item[at] for item in seen}) for at in (0, 2)]
        if "ymd" in orders and kinds[0] * 3 < kinds[1]:
            return "ymd"
        if kinds[1] * 3 < kinds[0] and len(orders := [order for order in orders if order != "ymd"]) == 1:
            return orders[0]
    raise _ambiguous(seen[0][5], column)


def _undecided(seen: list[tuple[int, int, int, bool, str, tuple[str, int, str]]], column: str) -> str:
    """Every value could be either: dots are day-first by custom, and a part that is always 1 is the day of monthly data."""
    if all(item[4] == "." for item in seen):
        return "dmy"
    first, second = {item[0] for item in seen}, {item[1] for item in seen}
    if len(seen) >= 2 and first == {1} and len(second) > 1:
        return "dmy"
    if len(seen) >= 2 and second == {1} and len(first) > 1:
        return "mdy"
    if all(item[0] == item[1] for item in seen):
        return "dmy"
    raise _ambiguous(seen[0][5], column)


def _ambiguous(example: tuple[str, int, str], column: str) -> TableError:
    return TableError(
        "{column}: is {first} ({file} line {line}) day first or month first? Nothing in the column tells. "
        "Write layout: {{date_order: dmy}}, mdy or ymd.",
        column=column, first=example[0], line=example[1], file=example[2],
    )  # fmt: skip
