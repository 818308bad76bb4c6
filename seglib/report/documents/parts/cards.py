"""Half a page about each class, every item in the same place."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from seglib.language import marked
from seglib.report import labels, rules
from seglib.report.documents.figures import coloured
from seglib.report.documents.matter import Matter
from seglib.report.documents.model import Card, Part, Text
from seglib.report.documents.parts import moving, proving, unaided
from seglib.review.moves import WINDOW

if TYPE_CHECKING:
    from seglib.methods._play import Play

Items = list[tuple[str, Text]]


def cards(matter: Matter) -> Part:
    """A card a class, every item in the same place."""
    proving.enter(matter)
    unaided.enter(matter)
    named: dict[str, list[str]] = {}
    for key in matter.keys:
        named.setdefault(matter.view.label(key), []).append(key)
    made = [card(matter, keys[0]) if len(keys) == 1 else shared_card(matter, keys) for keys in named.values()]
    made += [stopped_card(matter)] if WINDOW in matter.outside_keys else []
    return matter.part("cards", matter.t("The classes one by one"), *made)


def shared_card(matter: Matter, keys: list[str]) -> Card:
    """One card of classes that the data give one name, as their customers returned alike: figures of each, one play."""
    whole = [card(matter, key) for key in keys]
    rules_of = [rules.plain_rule(matter.view, key) for key in keys]
    figures = [(f"{head} · {rule}", text) for rule, each in zip(rules_of, whole, strict=True) for head, text in each.figures]
    once = {text for _, text in _play(matter, keys[0], matter.play(keys[0]))}
    lines = [
        (head if text in once else f"{head} · {rule}", text)
        for place, (rule, each) in enumerate(zip(rules_of, whole, strict=True))
        for head, text in each.lines
        if place == 0 or text not in once
    ]
    return dataclasses.replace(whole[0], figures=tuple(figures), lines=tuple(lines))


def card(matter: Matter, key: str) -> Card:
    """Everything about one class."""
    view, play = matter.view, matter.play(key)
    why = rules.plain_rule(view, key) or matter.t("by the features of the class, see the method's page")
    found = [
        (matter.t("Who"), _who(matter, key)),
        (matter.t("Why here"), Text(why)),
        (matter.t("Buys more than others"), _goods(matter, key)),
        (matter.t("Stands out"), _trait(matter, key)),
        (matter.t("Would recommend"), _promoters(matter, key)),
        (matter.t("From and to"), matter.flow(key)),
        (matter.t("Business as usual"), as_usual(matter, key)),
    ]
    lines: Items = [(head, text) for head, text in found if text]
    lines += _play(matter, key, play)
    edge = _edge(matter, key)
    lines += [(matter.t("On the line"), edge)] if edge else []
    return Card(key, view.label(key), view.meaning(key), view.colour(key), tuple(_figures(matter, key)), tuple(lines), play.flag)


def stopped_card(matter: Matter) -> Card:
    """Those who ordered nothing in the window: how many, what they had spent in the window before, from which classes, and the play."""
    view, book, play = matter.view, matter.book, matter.play(WINDOW)
    name = f"class.{WINDOW}"
    figures: Items = [(matter.t("Customers"), matter.say("{n} ({share})", n=f"{name}.customers", share=f"{name}.customers_share"))]
    told = moving.who_stopped(matter)
    if told and book.knows("move.lapsed_money", "move.lapsed_share"):
        money = matter.say("{money} ({share})", money="move.lapsed_money", share="move.lapsed_share")
        figures.append((matter.t("Sales in the window before"), money))
    heads = (matter.t("Who"), matter.t("Were before"))
    lines: Items = [*zip(heads, told, strict=False), *_play(matter, WINDOW, play)]
    return Card(WINDOW, view.label(WINDOW), view.meaning(WINDOW), view.colour(WINDOW), tuple(figures), tuple(lines), play.flag)


def _figures(matter: Matter, key: str) -> Items:
    """Customers, sales, margin, sales per customer, and what the two windows say of the class."""
    name, book = f"class.{key}", matter.book
    found: Items = [(matter.t("Customers"), matter.say("{n} ({share})", n=f"{name}.customers", share=f"{name}.customers_share"))]
    if matter.view.has_money:
        found.append((matter.t("Sales"), matter.say("{money} ({share})", money=f"{name}.spend", share=f"{name}.spend_share")))
        if book.knows(f"{name}.margin", f"{name}.margin_share"):
            found.append((matter.t("Margin"), matter.say("{money} ({share})", money=f"{name}.margin", share=f"{name}.margin_share")))
        found.append((matter.t("Per customer"), matter.say("{each} (all {all})", each=f"{name}.mean_spend", all="inside.mean_spend")))
    moved = matter.moved(key)
    if moved:
        days = matter.book.shown("move.days")
        own = matter.evidence.moved is matter.view.result
        customers = marked("Customers, {days} before → now") if own else marked("Customers, in windows of {days}: before → now")
        sales = marked("Sales, {days} before → now") if own else marked("Sales, in windows of {days}: before → now")
        found.append((matter.t(customers, days=days), moved))
        money = {"before": f"move.class.{key}.money_before", "after": f"move.class.{key}.money_after"}
        if all(fact in book.facts for fact in money.values()):
            found.append((matter.t(sales, days=days), matter.say("{before} → {after}", **money)))
    return found


def _play(matter: Matter, key: str, play: Play) -> Items:
    """What to do, by whom, what is watched, from which difference on it counts, and when it ends."""
    target = aim(matter, key)
    return [
        (matter.t("Do"), _sentence(play.do)),
        (matter.t("Do not"), _sentence(play.dont)),
        (matter.t("Owner and channel"), _sentence(matter.t("{owner}; {channel}", owner=play.owner, channel=play.channel))),
        (matter.t("Measure"), _sentence(play.kpi)),
        *([(matter.t("Target"), target)] if target else []),
        (matter.t("Stop when"), _sentence(play.stop)),
    ]


def _sentence(text: str) -> Text:
    """A text of the playbook as it stands alone: its first letter large."""
    return Text(text[:1].upper() + text[1:])


def _who(matter: Matter, key: str) -> Text | None:
    """What a usual member looks like beside all who are classified."""
    name, book = f"class.{key}", matter.book
    if not book.knows(f"{name}.median_days", f"{name}.median_orders", "inside.median_days"):
        return None
    text = book.say(
        "The median customer has {orders} orders in the window (all: {all_orders}), the last of them {days} before the cut-off day "
        "(all: {all_days}).",
        days=f"{name}.median_days",
        all_days="inside.median_days",
        orders=f"{name}.median_orders",
        all_orders="inside.median_orders",
    )
    told = [text]
    if book.knows(f"{name}.median_spend", "inside.median_spend"):
        values = {"each": f"{name}.median_spend", "all": "inside.median_spend"}
        told.append(book.say("Half of them spent more than {each} (all: {all}).", **values))
    if book.knows(f"{name}.order_value", "inside.order_value"):
        told.append(book.say("An order is worth {value} (all: {all}).", value=f"{name}.order_value", all="inside.order_value"))
    if book.knows(f"{name}.median_tenure"):
        told.append(book.say("Half have been customers for at least {days}.", days=f"{name}.median_tenure"))
    return book.joined(*told)


def _goods(matter: Matter, key: str) -> Text | None:
    """The categories that stand out in the class, with their index."""
    names = [f"class.{key}.goods{place}" for place in ("", "_2", "_3")]
    told = [
        matter.say("{goods} (index {index})", goods=name, index=name.replace(".goods", ".goods_index"))
        for name in names
        if matter.book.knows(name)
    ]
    if not told:
        return None
    return Text(matter.book.listed([one.text for one in told]), tuple(fact for one in told for fact in one.facts))


def _trait(matter: Matter, key: str) -> Text | None:
    """Channel, place, industry or membership that stands out beyond chance."""
    fact = f"class.{key}.trait"
    if not matter.book.knows(fact):
        return None
    trait = labels.label(matter.book.facts[fact].unit, matter.book.lang)
    return matter.say("{trait}: {value} (index {index})", trait=trait, value=fact, index=f"class.{key}.trait_index")


def _promoters(matter: Matter, key: str) -> Text | None:
    """Net promoter score beside that of all."""
    if not matter.book.knows(f"class.{key}.nps", "inside.nps"):
        return None
    return matter.say(
        "Net promoter score {value} (all: {all}); {n} answered.",
        value=f"class.{key}.nps",
        all="inside.nps",
        n=f"class.{key}.nps_answers",
    )


def as_usual(matter: Matter, key: str) -> Text | None:
    """Who buys again with business as usual, what of the sales was made by those who do not, and whom the firm reached meanwhile."""
    book, name = matter.book, f"anyway.{key}"
    if not book.knows(f"{name}.returned_share") or not book.knows("worth.days"):
        return None
    facts = {"share": f"{name}.returned_share", "days": "worth.days"}
    told: list[Text | None] = []
    if book.value(f"{name}.returned_share") >= 1:
        told.append(book.say("With business as usual, all customers of such a class bought again within {days}.", days="worth.days"))
    else:
        told.append(book.say("With business as usual, {share} of such customers bought again within {days}.", **facts))
        told.append(unaided.absent(matter, name))
    if book.knows(f"{name}.reached"):
        told.append(book.say("Offers or contacts reached {share} of such customers in that time.", share=f"{name}.reached"))
    if key in coloured(matter.view, "slipping") and book.value(f"{name}.returned_share") >= unaided.ANYWAY:
        told.append(Text(matter.t("Approach only those who stay away longer: most come with business as usual.")))
    return book.joined(*(one for one in told if one is not None))


def aim(matter: Matter, key: str) -> Text | None:
    """The difference from which the action has shown something; it comes from what a test of the class can see."""
    if "size.lever" not in matter.book.facts or f"size.{key}.gain" not in matter.book.facts:
        return None
    least = proving.smallest(matter, key)
    if math.isnan(least) and not proving.dated(matter):
        return None
    if math.isnan(least):
        return Text(matter.t("With so few customers count each one; shares say nothing."))
    way = min(("detectable", "adjusted"), key=lambda one: proving.known(matter, f"size.{key}.{one}"))
    values = {"least": f"size.{key}.{way}"}
    if least <= proving.LEVER:
        return matter.say(
            "Net sales per customer {lever} above the half left alone; a test sees a rise from {least}.", lever="size.lever", **values
        )
    return matter.say("Judged together with other classes: a test of this one sees a rise only from {least}.", **values)


def _edge(matter: Matter, key: str) -> Text | None:
    fact = f"near.{key}.customers"
    if not matter.book.knows(fact):
        return None
    if not matter.book.value(fact):
        return matter.say("Nobody stands within {limit} of a cut.", limit="near.limit")
    return matter.say(
        "{n} customers stand within {limit} of a cut; a small change moves them to another class.", n=fact, limit="near.limit"
    )
