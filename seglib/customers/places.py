"""Places of China by the names people write: province, region, side of the Qinling-Huai line, tier of the city. The facts: places.yml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from seglib.customers.stages import Stages

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENDINGS = re.compile(r"(特别行政区|(壮族|回族|维吾尔)?自治区|([\u4e00-\u9fff]{1,4}族)+自治州|自治州|地区|省|市|盟|州)$")
ENGLISH_ENDINGS = re.compile(r"( province| municipality| autonomous region| city| shi| sheng| sar)$")
LOWER_TIER = "lower_tier"


@dataclass(frozen=True)
class Province:
    """A province: short name, official ending, English name, key of its region, side (north or south) of the line."""

    name: str
    ending: str
    english: str
    region: str
    side: str

    @property
    def tier(self) -> str:
        """That of a municipality, which is a city as well; "" of any other province."""
        return places().cities[self.name].tier if self.ending == "市" else ""

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.name, self.name + self.ending, self.english, self.english.upper(), self.english.lower())


@dataclass(frozen=True)
class City:
    """A prefecture: short name, English name ("" where another has the same), province, side of the line, tier."""

    name: str
    english: str
    province: str
    side: str
    tier: str

    @property
    def region(self) -> str:
        return places().provinces[self.province].region

    @property
    def spellings(self) -> tuple[str, ...]:
        english = (self.english, self.english.upper(), self.english.lower()) if self.english else ()
        return (self.name, self.name + "市", *english)


@dataclass(frozen=True)
class Places:
    """The code tables.

    Attributes:
        as_of: Day of which the facts are; tiers_as_of: that of the tiers of cities, which are no official ones.
        regions: Key of a region -> (Chinese, English).
        provinces, cities: By short Chinese name.
        within: Town -> its prefecture.
        tiers: Keys of the tiers of cities, the first one first; cities of none of them are of the lower tier.
    """

    as_of: str
    tiers_as_of: str
    regions: Mapping[str, tuple[str, str]]
    provinces: Mapping[str, Province]
    cities: Mapping[str, City]
    within: Mapping[str, str]
    tiers: tuple[str, ...]

    def province_of(self, text: str) -> Province | None:
        """The province that a text names, however it is written; None where the table knows none."""
        return self.provinces.get(_found(text, self._province_names, self.provinces))

    def city_of(self, text: str) -> City | None:
        """The prefecture that a text names, or that the town it names lies in."""
        name = _found(text, self._city_names, {**self.cities, **self.within})
        return self.cities.get(self.within.get(name, name))

    def spelled_provinces(self, texts: Iterable[str]) -> dict[str, str]:
        """Spelling -> short name: the usual ones, and those among ``texts`` that name a province."""
        usual = {spelling: name for name, province in self.provinces.items() for spelling in province.spellings}
        return usual | {text: found.name for text in texts if (found := self.province_of(text))}

    def spelled_cities(self, texts: Iterable[str]) -> dict[str, str]:
        """The same of prefectures, and of towns that lie in them."""
        usual = {spelling: name for name, city in self.cities.items() for spelling in city.spellings}
        towns = {spelling: city for town, city in self.within.items() for spelling in (town, town + "市")}
        return usual | towns | {text: found.name for text in texts if (found := self.city_of(text))}

    @cached_property
    def _province_names(self) -> Mapping[str, str]:
        return {_plain(spelling): name for name, province in self.provinces.items() for spelling in province.spellings}

    @cached_property
    def _city_names(self) -> Mapping[str, str]:
        return {_plain(spelling): name for name, city in self.cities.items() for spelling in city.spellings}


@cache
def places() -> Places:
    """What places.yml says."""
    import yaml

    content = yaml.safe_load((Path(__file__).parent / "places.yml").read_text(encoding="utf-8"))
    tier = {city: key for key, names in content["tiers"].items() for city in names.split()}
    provinces, cities = {}, {}
    for name, ending, english, region, side, prefectures, across in content["provinces"]:
        provinces[name] = Province(name, ending, english, region, side)
        words = prefectures.split()
        other = {"north": "south", "south": "north"}[side]
        for city, called in zip(words[::2], words[1::2], strict=True):
            there = other if city in across.split() else side
            cities[city] = City(city, called.strip("-"), name, there, tier.get(city, LOWER_TIER))
    regions = {key: (zh, en) for key, (zh, en) in content["regions"].items()}
    return Places(content["as_of"], content["tiers_as_of"], regions, provinces, cities, content["within"], tuple(content["tiers"]))


def _plain(text: str) -> str:
    """Letters in lower case, no spaces, no apostrophes, no ``ü``."""
    return re.sub(r"[\s'’·.\-]+", "", text.strip().lower()).replace("ü", "v").replace("ê", "e")


def _found(text: str, plain: Mapping[str, str], names: Mapping[str, object]) -> str:
    """The short name that a text comes to, "" where none."""
    short = re.sub(r"\s+", "", text)
    trimmed = ENDINGS.sub("", short)
    without = ENGLISH_ENDINGS.sub("", text.strip().lower())
    known = next((one for one in (short, trimmed) if one in names), "")
    if not known and short.endswith("自治州"):  # named after several peoples
        known = next((one for one in names if short.startswith(one)), "")
    return known or plain.get(_plain(text), "") or plain.get(_plain(trimmed), "") or plain.get(_plain(without), "")


def addressed(s: Stages) -> ir.Table:
    """One row a customer with an address: the province and the prefecture that it names, by short Chinese name; missing where none."""
    import ibis

    rows = s.tables["customers"]
    rows = rows.filter(rows.address.notnull())
    address, known = rows.address.strip(), places()
    starts = [(address.startswith(p.name), ibis.literal(p.name)) for p in known.provinces.values()]
    inside = [(address.contains(p.name + p.ending) | address.contains(", " + p.english), p.name) for p in known.provinces.values()]
    province = ibis.cases(*starts, *((found, ibis.literal(name)) for found, name in inside), else_=ibis.null("string"))
    cities = [(_named(address, city), ibis.literal(city.name)) for city in known.cities.values()]
    city = ibis.cases(*cities, else_=ibis.null("string"))
    return rows.select("customer_id", address_province=province, address_city=city)


def _named(address: ir.Value, city: City) -> ir.Value:
    """Does an address name a prefecture? In Chinese with its ending, as districts bear the names of other towns."""
    chinese = address.contains(city.name + "市")
    return chinese | address.contains(", " + city.english + ",") if city.english else chinese
