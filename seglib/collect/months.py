"""Months as headers, sheet names and file names write them."""

from __future__ import annotations

import re
import unicodedata

# names and short names of the months in English, German, French, Spanish, Italian, Portuguese and Dutch, lower case
MONTH_NAMES: dict[int, tuple[str, ...]] = {
    1: ("january", "jan", "januar", "janvier", "janv", "enero", "ene", "gennaio", "gen", "janeiro", "januari", "jänner"),
    2: ("february", "feb", "februar", "février", "févr", "fevrier", "febrero", "febbraio", "fevereiro", "fev", "februari"),
    3: ("march", "mar", "märz", "mrz", "mars", "marzo", "março", "maart", "mrt"),
    4: ("april", "apr", "avril", "avr", "abril", "abr", "aprile"),
    5: ("may", "mai", "mayo", "maggio", "mag", "maio", "mei"),
    6: ("june", "jun", "juni", "juin", "junio", "giugno", "giu", "junho"),
    7: ("july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho"),
    8: ("august", "aug", "août", "aout", "agosto", "ago", "augustus"),
    9: ("september", "sep", "sept", "septembre", "septiembre", "settembre", "set", "setembro"),
    10: ("october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out"),
    11: ("november", "nov", "novembre", "noviembre", "novembro"),
    12: ("december", "dec", "dezember", "dez", "décembre", "déc", "decembre", "diciembre", "dic", "dicembre", "dezembro"),
}
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CHINESE = {name: number for number, name in enumerate(["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], 1)}
_YEAR_MONTH = re.compile(r"((?:19|20)\d\d)\s*[-/.年 ]?\s*(\d{1,2})(?:\s*月)?(?:[-/.]0?1)?(?:日)?(?: 00:00:00)?$")
_MONTH_YEAR = re.compile(r"(\d{1,2})\s*[-/.]\s*((?:19|20)\d\d)$")
_NAME_YEAR = re.compile(r"([a-z]{3,9})\.?[-\s/']*((?:19|20)?\d\d)?$")


def year_in(text: str) -> int | None:
    """The year in a sheet's or file's name where there is exactly one."""
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d{3})", text))
    return int(years.pop()) if len(years) == 1 else None


def month_of(name: str, year: int | None = None) -> str | None:
    """The first day of the month that a header names, as ISO text, or None where it names none.

    Args:
        name: The header: 2024-01, 2024年1月, 202401, 1月, Jan 2024, 01/2024.
        year: Used where the header names no year.

    >>> month_of("2024年1月"), month_of("3月", 2025), month_of("Dec 2024"), month_of("合计")
    ('2024-01-01', '2025-03-01', '2024-12-01', None)
    """
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    if found := _YEAR_MONTH.match(text):
        return _day(int(found[1]), int(found[2]))
    if found := _MONTH_YEAR.match(text):
        return _day(int(found[2]), int(found[1]))
    if found := re.fullmatch(r"(\d{1,2}|[一二三四五六七八九十]{1,2})\s*月(?:份)?", text):
        return _day(year, _CHINESE.get(found[1]) or int(found[1])) if year else None
    if (found := _NAME_YEAR.match(text)) and found[1][:3] in _ENGLISH:
        own = int(found[2]) if found[2] else year
        return _day(own + 2000 if own and own < 100 else own, _ENGLISH.index(found[1][:3]) + 1) if own else None
    return None


def _day(year: int | None, month: int) -> str | None:
    return f"{year:04d}-{month:02d}-01" if year and 1 <= month <= 12 else None
