"""The answer: which fact heads the document, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.language import marked
from seglib.report.documents.figures import coloured
from seglib.report.documents.model import Text
from seglib.report.facts import LARGE, share_of
from seglib.review.moves import WINDOW

if TYPE_CHECKING:
    from seglib.report.documents.matter import Matter

WORTH_A_WORD = 0.05  # of all sales: a second finding below it stays out of the title
WORTH_A_LINE = 0.01  # below it stays off the first page
A_YEAR = 364  # days, in whole weeks, from which two windows hold the same seasons
STEADY = 0.02  # a change smaller than this is no change


SHARES = {"customers": "customers_share", "buyers": "buyers_share", "known": "customers_share"}
BRING = {
    "customers": marked("{customers} of customers bring {sales} of sales"),
    "buyers": marked("{customers} of the buyers bring {sales} of sales"),
    "known": marked("{customers} of all known customers bring {sales} of sales"),
}
TOP = {
    "customers": marked("{label}: {n} customers ({customers}) bring {sales} of sales, {each} each."),
    "buyers": marked("{label}: {n} customers ({customers} of the buyers) bring {sales} of sales, {each} each."),
    "known": marked("{label}: {n} customers ({customers} of all known customers) bring {sales} of sales, {each} each."),
}


@dataclass(frozen=True)
class Finding:
    """A candidate for the head of the document: the fact that weighs it, a headline, a sentence with its figures."""

    fact: str
    money: float
    headline: Text
    sentence: Text


def menu(matter: Matter) -> list[Finding]:
    """The findings that the data carry, most money first; the menu is fixed, so that nobody picks what sounds best."""
    if not matter.view.has_money or matter.book.value("all.spend") <= 0 or not matter.keys:
        return []
    found = [_top(matter), _sliding(matter), _largest(matter), _within_reach(matter), _moved(matter), _unattributed(matter)]
    return sorted((one for one in found if one is not None), key=lambda one: -one.money)


def top_key(matter: Matter) -> str:
    """The best class where the method orders its classes, else the one with most sales."""
    if matter.view.result.ordered:
        return matter.keys[0]
    lead, money = _class_of_the_largest(matter), matter.book
    own = {key: money.value(f"class.{key}.spend") - (money.value("largest.spend") if key == lead else 0.0) for key in matter.keys}
    return max(matter.keys, key=lambda key: own[key])


def _class_of_the_largest(matter: Matter) -> str:
    """The class of a customer who alone holds much of the sales: his money is told as his, not as the class's; "" where there is none."""
    people, spend = matter.view.result.assignments, matter.view.customers
    if largest(matter) is None or people is None or "spend" not in spend.columns:
        return ""
    return str(people["segment"].iloc[int(spend["spend"].astype(float).to_numpy().argmax())])


def _top(matter: Matter) -> Finding | None:
    if len(matter.keys) < 2:
        return None
    key = top_key(matter)
    name = f"class.{key}"
    base = _base(matter, key)
    facts = {"customers": f"{name}.{SHARES[base]}", "sales": f"{name}.spend_share"}
    return Finding(
        f"{name}.spend",
        matter.book.value(f"{name}.spend"),
        matter.say(BRING[base], **facts),
        matter.say(
            TOP[base],
            label=matter.view.label(key),
            n=f"{name}.customers",
            each=f"{name}.mean_spend",
            **facts,
        ),
    )


def _base(matter: Matter, key: str) -> str:
    """What the class's share of customers is a share of; a share of the buyers is entered."""
    if matter.view.result.assignments is None:
        return "customers"
    base, share = share_of(matter.view, key)
    if base == "buyers":
        sql = f"SELECT count(*) FILTER (segment = '{key}') / count(*) FILTER (orders > 0) FROM classified"
        formula = "customers in the class, all of them buyers of the window / buyers of the window"
        matter.book.enter(f"class.{key}.buyers_share", share, "share", "share", formula, sql=sql)
    return base


def _sliding(matter: Matter) -> Finding | None:
    from seglib.report.documents.parts import unaided

    keys = coloured(matter.view, "slipping")
    if not keys or matter.book.value("slipping.spend") <= 0:
        return None
    headline = matter.say("customers who are slipping away hold {sales} of sales", sales="slipping.spend_share")
    facts = {"n": "slipping.customers", "money": "slipping.spend", "sales": "slipping.spend_share"}
    facts["labels"] = matter.book.listed([matter.view.label(key) for key in keys])
    sentence = matter.say("Slipping away: {n} customers ({labels}) who spent {money} in the window, {sales} of sales.", **facts)
    if unaided.enter_slipping(matter):
        back = {"back": "slipping.returned_share", "days": "worth.days"}
        if matter.book.value("slipping.returned_share") >= unaided.ANYWAY:
            headline = matter.say(
                "of those who seem to be slipping away ({sales} of sales) {back} come back with business as usual",
                sales="slipping.spend_share",
                back="slipping.returned_share",
            )
            sentence = matter.say(
                "Seem to be slipping away: {n} customers ({labels}) who spent {money} in the window, {sales} of sales.", **facts
            )
        told = matter.say("Of such customers {back} bought again within {days} with business as usual.", **back)
        sentence = matter.book.joined(sentence, told)
    return Finding("slipping.spend", matter.book.value("slipping.spend"), headline, sentence)


def largest(matter: Matter) -> Text | None:
    """That one customer holds much of the sales, without saying who; None where nobody does."""
    if not matter.book.knows("largest.spend_share") or matter.book.value("largest.spend_share") < LARGE:
        return None
    facts = {"sales": "largest.spend_share", "money": "largest.spend"}
    return matter.say("One customer accounts for {sales} of sales, {money}; averages lean on it.", **facts)


def _largest(matter: Matter) -> Finding | None:
    sentence = largest(matter)
    if sentence is None:
        return None
    return Finding(
        "largest.spend",
        matter.book.value("largest.spend"),
        matter.say("one customer accounts for {sales} of sales", sales="largest.spend_share"),
        sentence,
    )


def _within_reach(matter: Matter) -> Finding | None:
    if not matter.book.knows("reach.spend") or not matter.book.value("reach.customers"):
        return None
    label = matter.view.label(matter.keys[0])
    return Finding(
        "reach.spend",
        matter.book.value("reach.spend"),
        matter.say("{n} customers stand just below the best class", n="reach.customers"),
        matter.say(
            "Within reach of {label}: {n} customers, at most {limit} below its cut ({cut}), who spent {money}.",
            n="reach.customers",
            money="reach.spend",
            label=label,
            cut="reach.cut",
            limit="reach.limit",
        ),
    )


def _moved(matter: Matter) -> Finding | None:
    """Money that went with those who bought in the window before and not in this one."""
    if not matter.book.knows("move.lapsed_money", "move.lapsed") or matter.book.value("move.lapsed_money") <= 0:
        return None
    facts = {"n": "move.lapsed", "money": "move.lapsed_money", "days": "move.days", "before": "move.before"}
    return Finding(
        "move.lapsed_money",
        matter.book.value("move.lapsed_money"),
        matter.say("{n} customers have gone silent", n="move.lapsed"),
        matter.say(
            "Gone silent: {n} customers who had bought for {money} in the {days} up to {before} and not at all in the {days} since.",
            **facts,
        ),
    )


def _unattributed(matter: Matter) -> Finding | None:
    if not matter.book.knows("unattributed.spend") or matter.book.value("unattributed.spend") <= 0:
        return None
    facts = {"sales": "unattributed.share", "money": "unattributed.spend"}
    return Finding(
        "unattributed.spend",
        matter.book.value("unattributed.spend"),
        matter.say("{sales} of sales belong to no known customer", sales="unattributed.share"),
        matter.say("Sales of {money} ({sales}) belong to no known customer.", **facts),
    )


def headline(matter: Matter, found: list[Finding]) -> str:
    """The title of the document: the finding with most money, and the next where it weighs enough, as one conclusion."""
    if not found and not matter.keys:
        return matter.t("Customers by {title}", title=matter.view.words.text("title", matter.book.lang))
    if not found:
        key = max(matter.keys, key=lambda key: matter.book.value(f"class.{key}.customers"))
        facts = {"n": f"class.{key}.customers", "customers": f"class.{key}.customers_share"}
        return matter.say("The largest class is {label}: {n} customers ({customers}).", label=matter.view.label(key), **facts).text.rstrip(
            ".。"
        )
    second = [one for one in found[1:2] if one.money >= WORTH_A_WORD * matter.book.value("all.spend")]
    text = ("；" if matter.book.lang == "zh" else "; ").join(one.headline.text for one in [found[0], *second])
    return text[0].upper() + text[1:]


def first_keys(matter: Matter) -> list[str]:
    """The three classes to act on first: the two slipping classes with most sales, where something is to be lost in them; then by sales.

    Who ordered nothing in the window stands where the sales of the window before place those who bought in it. Something is to be lost
    where the slipping are worth a word, and where what would not come back as usual is worth a line.
    """
    slipping = matter.by_money(coloured(matter.view, "slipping"))[:2]
    if matter.view.has_money and slipping and not _worth_acting(matter):
        slipping = []
    lost = coloured(matter.view, "lost")  # nobody begins with those who are gone
    others = [key for key in matter.by_money(matter.keys) if key not in slipping]
    if _stopped(matter):
        money = matter.book.value("move.lapsed_money")
        place = next((nth for nth, key in enumerate(others) if matter.book.value(f"class.{key}.spend") < money), len(others))
        others.insert(place, WINDOW)
    others.sort(key=lambda key: key in lost)
    return [*slipping, *others][:3]


def _stopped(matter: Matter) -> bool:
    """Did those who left the window take money with them that is known?"""
    from seglib.report.documents.parts import moving

    return matter.view.has_money and moving.stopped(matter) and matter.book.knows("move.lapsed_money")


def to_act_on(matter: Matter, key: str) -> str:
    """The fact that counts whom an action is for: of those without an order, the ones who bought in the window before."""
    return "move.lapsed" if key == WINDOW else f"class.{key}.customers"


def _worth_acting(matter: Matter) -> bool:
    """Do the slipping classes hold enough sales, and enough that would not come back as usual?"""
    from seglib.report.documents.parts import unaided

    whole = matter.book.value("all.spend")
    if matter.book.value("slipping.spend") < WORTH_A_WORD * whole:
        return False
    return (
        not unaided.enter_slipping(matter)
        or not matter.book.knows("slipping.at_risk")
        or matter.book.value("slipping.at_risk") >= WORTH_A_LINE * whole
    )


def trend(matter: Matter) -> Text | None:
    """Did sales change? Against the window before where the history holds it, else within the window: more, less, or the same."""
    whole = _since_the_window_before(matter)
    if whole is not None or not matter.book.knows("half.change"):
        return whole
    change = matter.book.value("half.change")
    facts = {"last": "half.spend_last_half", "before": "half.spend_previous_half", "change": "half.change_size"}
    if abs(change) < STEADY:
        return matter.say(
            "Sales held steady: {last} in the last half of the window, {before} in the half before.",
            last=facts["last"],
            before=facts["before"],
        )
    facts["season"] = matter.t("One window cannot tell a trend from a season.")
    if change > 0:
        return matter.say(
            "Sales rose within the window: {last} in its last half, {change} more than in the half before ({before}). {season}", **facts
        )
    return matter.say(
        "Sales fell within the window: {last} in its last half, {change} less than in the half before ({before}). {season}", **facts
    )


def _since_the_window_before(matter: Matter) -> Text | None:
    """Sales of both windows of the movement; with windows of a year no season stands between them, with shorter ones that is said."""
    if matter.evidence.moved is not matter.view.result:
        return None
    matter.enter_movement()
    if not matter.book.knows("move.spend_before", "move.spend_after", "move.spend_change_size"):
        return None
    facts = {"now": "move.spend_after", "before": "move.spend_before"}
    change = matter.book.value("move.spend_change")
    if abs(change) < STEADY:
        return matter.say("Sales held steady: {now} in the window, {before} in the window before.", **facts)
    facts["change"] = "move.spend_change_size"
    if change > 0:
        text = matter.say("Sales are growing: {now} in the window, {change} more than in the window before ({before}).", **facts)
    else:
        text = matter.say("Sales are shrinking: {now} in the window, {change} less than in the window before ({before}).", **facts)
    if matter.view.result.window_days >= A_YEAR:
        return text
    return matter.book.joined(text, Text(matter.t("The windows are shorter than a year: another season is part of the change.")))
