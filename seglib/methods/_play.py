"""What to do with a class: the play that a words file tells, its flags, and how plays of several parts make one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

FIELDS = ("do", "dont", "owner", "channel", "kpi", "stop")
#: What a text speaks of where it treats customers differently in what they pay or get.
SPEAKS_OF = {
    "price": r"折扣|优惠|促销|降价|满减|券|定价|低价|特价|让利|返现|赠品|打折"
    r"|discount|coupon|voucher|promotion|price (?:cut|offer)|pricing|rebate|gifts?\b|\boffers?\b(?! (?:goods|the|made|high))",
    "credit": r"信用额度|授信|赊销|credit (?:line|limit)",
    "payment": r"账期|付款条件|付款方式|分期|预付|payment terms|instal?ments|prepay",
    "service": r"专属|专人|一对一|优先|VIP|客户经理|加急|标准化服务|基本服务|自动客服|全程自助"
    r"|dedicated|named contact|account manager|priority|faster|first in line|standard service|basic service|self-service",
}


@dataclass(frozen=True)
class Play:
    """What to do with the customers of a class, and what not.

    Attributes:
        do, dont: The action, and what is to be left alone, in a sentence or two.
        owner, channel: Who does it, and by which ways.
        kpi, stop: What is watched, and when it ends.
        flag: Why the action must be justified in writing before it begins: it gives some customers another price, credit, payment terms
            or service than others. "" where it does not.
        flags: The kinds of the flag: price, credit, payment, service, loyal (less for those who would stay anyway).
        why: The written justification of a flagged action, from the client's own playbook; "" where nobody has written one.
        off: What the trade does with such a class and this playbook leaves switched off, with the reason; "" where there is no such thing.
    """

    do: str
    dont: str
    owner: str
    channel: str
    kpi: str
    stop: str
    flag: str = ""
    flags: tuple[str, ...] = ()
    off: str = ""
    why: str = ""


def kinds(text: str) -> tuple[str, ...]:
    """Which of price, credit, payment and service a text speaks of.

    >>> kinds("指定专属客户经理，发会员券"), kinds("a call to ask how the delivery went")
    (('price', 'service'), ())
    """
    return tuple(kind for kind, words in SPEAKS_OF.items() if re.search(words, text, re.IGNORECASE))


def read(
    entry: Mapping[str, Any],
    vocabulary: Mapping[str, Any],
    lang: str,
    fill: Callable[[str], str],
    sensitive: Mapping[str, str] | None = None,
) -> Play:
    """A play as a words file tells it.

    Args:
        entry: do, dont, owner, channel, kpi, stop; flag and switched_off where they are needed. A text is given in both languages, or as
            the key of one that many classes share, or as several keys.
        vocabulary: The shared texts: owner, channel, kpi, stop, flag, sensitive, between.
        lang: Language of the texts.
        fill: Puts names into the braces of a text.
        sensitive: What the method divides people by, where different treatment by it needs most care.
    """
    texts = {field: fill(_text(entry[field], vocabulary.get(field, {}), vocabulary, lang)) for field in FIELDS}
    found = _listed(entry.get("flag", []))
    off = fill(_text(entry["switched_off"], {}, vocabulary, lang)) if "switched_off" in entry else ""
    return Play(**texts, flag=reason(found, vocabulary, lang, sensitive), flags=tuple(found), off=off)


def reason(found: Sequence[str], vocabulary: Mapping[str, Any], lang: str, sensitive: Mapping[str, str] | None = None) -> str:
    """The sentence of a flag: one for each kind, and one more where the method divides people by something sensitive."""
    sentences = [str(vocabulary["flag"][kind][lang]) for kind in found]
    if found and sensitive:
        sentences.append(str(vocabulary["sensitive"][lang]).format(what=sensitive[lang]))
    return ("" if lang == "zh" else " ").join(sentences)


def together(
    plays: Sequence[Play], names: Sequence[str], vocabulary: Mapping[str, Any], lang: str, sensitive: Mapping[str, str] | None = None
) -> Play:
    """One play for a class made of several methods' classes.

    The first part (worth) decides at what effort: owner and channel are its own. The other parts (where the customer stands) decide what is
    done, what is watched and when it ends. What any part forbids is forbidden; what any part switches off stays off.
    """
    first, others = plays[0], plays[1:] or plays[:1]
    joined = partial(_joined, str(vocabulary["between"][lang]))
    effort = str(vocabulary["effort"][lang]).format(part=names[0], owner=first.owner, channel=first.channel)
    effort_kinds = [kind for kind in first.flags if kind == "service"]
    found = tuple(dict.fromkeys([*(kind for play in others for kind in play.flags), *effort_kinds]))
    return Play(
        do=joined([*(play.do for play in others), effort]),
        dont=joined([play.dont for play in plays]),
        owner=first.owner,
        channel=first.channel,
        kpi=joined([play.kpi for play in others]),
        stop=joined([play.stop for play in others]),
        flag=reason(found, vocabulary, lang, sensitive),
        flags=found,
        off=joined([play.off for play in plays]),
    )


def alongside(plays: Sequence[Play], vocabulary: Mapping[str, Any], lang: str, sensitive: Mapping[str, str] | None = None) -> Play:
    """One play for a class made of several features: what is done and left alone about each; the rest is that of the first."""
    joined = partial(_joined, str(vocabulary["between"][lang]))
    found = tuple(dict.fromkeys(kind for play in plays for kind in play.flags))
    do, dont = joined([play.do for play in plays]), joined([play.dont for play in plays])
    return replace(plays[0], do=do, dont=dont, flag=reason(found, vocabulary, lang, sensitive), flags=found)


def _joined(between: str, texts: Sequence[str]) -> str:
    """Texts one after the other, each once."""
    return between.join(dict.fromkeys(text for text in texts if text))


def _listed(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value] if isinstance(value, list) else []


def _text(value: Any, shared: Mapping[str, Any], vocabulary: Mapping[str, Any], lang: str) -> str:
    if isinstance(value, Mapping):
        return str(value[lang])
    return str(vocabulary["list"][lang]).join(str(shared[key][lang]) for key in _listed(value))
