"""Coverage and money, and the playbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from seglib.report.documents.findings import first_keys
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Bullets, Callout, Column, Part, Table, Text
from seglib.report.documents.parts import measuring
from seglib.review.moves import WINDOW

if TYPE_CHECKING:
    from seglib.report.documents.model import Block


def money(matter: Matter) -> Part:
    """Which customers and which sales the classes cover, how concentrated sales are, and what cannot be told without costs."""
    book, view = matter.book, matter.view
    groups = [(matter.t("All known customers"), "all"), (matter.t("Bought in the window"), "buyers"), (matter.t("In a class"), "inside")]
    groups = [(name, fact) for name, fact in groups if f"{fact}.customers" in book.facts]
    figures = ["customers", "customers_share"] + (["spend", "spend_share"] if view.has_money else [])
    rows = [{"group": name, **{figure: book.value(f"{fact}.{figure}") for figure in figures}} for name, fact in groups]
    kinds = {"customers": "count", "customers_share": "share", "spend": "money", "spend_share": "share"}
    heads = [Column("group", matter.t("Group")), *(column(matter, figure, kinds[figure]) for figure in figures)]  # type: ignore[arg-type]
    table = matter.table(
        pd.DataFrame(rows),
        heads,
        matter.t("How far the classes reach"),
        facts=tuple(f"{fact}.{figure}" for _, fact in groups for figure in figures),
    )
    blocks: list[Block | None] = [_covered(matter), table, Bullets(tuple(_concentration(matter))), *measuring.state(matter)]
    blocks += [*measuring.by_class(matter), Text(_costs(matter)), Text(_universe(matter)), measuring.untold(matter)]
    return matter.part("money", matter.t("Coverage and money"), *blocks)


def _covered(matter: Matter) -> Text:
    facts = {"share": "inside.customers_share", "n": "inside.customers"}
    if not matter.book.knows("inside.spend_share"):
        return matter.say("{share} of the known customers ({n}) are in a class.", **facts)
    return matter.say(
        "{share} of the known customers ({n}) are in a class; they hold {sales} of the sales that belong to a customer.",
        sales="inside.spend_share",
        **facts,
    )


def _concentration(matter: Matter) -> list[Text]:
    book, lines = matter.book, []
    if book.knows("best.spend_share"):
        lines.append(book.say("The top fifth of customers by sales account for {share} of sales.", share="best.spend_share"))
        lines.append(book.say("The largest customer holds {share} of sales, {money}.", share="largest.spend_share", money="largest.spend"))
    if book.knows("unattributed.spend"):
        if book.value("unattributed.spend") > 0:
            lines.append(
                book.say(
                    "Sales of {money} ({share} of all) belong to no known customer and are in no class.",
                    money="unattributed.spend",
                    share="unattributed.share",
                )
            )
        elif "orders" in matter.client.tables:
            lines.append(book.say("Every sale in the window belongs to a known customer."))
    return lines


def _costs(matter: Matter) -> str:
    if matter.evidence.by_class is not None and "costs" in matter.client.tables:
        return matter.t("Sales are not profit: the margin of a class counts only after what was spent on it.")
    return matter.t(
        "The data hold no costs, so neither the profit of a class nor the return on an action can be told: sales are not profit."
    )


def _universe(matter: Matter) -> str:
    if "universe" in matter.client.tables:
        return matter.t("The data list possible customers; the method coverage_tier says which of them to visit, and how often.")
    return matter.t("The data hold no list of possible customers, so it cannot be told how much of the market these customers are.")


def playbook(matter: Matter) -> Part:
    """Action, owner, channel, measure and stop rule of every class; cautions where people would be treated unlike in price or terms."""
    keys = [*matter.keys, *(key for key in matter.outside_keys if key == WINDOW)]  # who left the window is somebody's as well
    plays = {key: matter.play(key) for key in keys}
    fields = {"do": "Do", "dont": "Do not", "owner": "Owner", "channel": "Channel", "kpi": "Measure", "stop": "Stop when"}
    shown = ["do", "owner", "kpi", "stop"] if matter.depth == "brief" else list(fields)
    rows = [{"segment": matter.view.label(key), **{name: getattr(play, name) for name in shown}} for key, play in plays.items()]
    names = {
        "do": matter.t("Do"),
        "dont": matter.t("Do not"),
        "owner": matter.t("Owner"),
        "channel": matter.t("Channel"),
        "kpi": matter.t("Measure"),
        "stop": matter.t("Stop when"),
    }
    heads = [column(matter, "segment", "text"), *(Column(name, names[name]) for name in shown)]
    frame = pd.DataFrame(rows, columns=["segment", *shown])
    table = matter.table(frame, heads, matter.t("What to do with each class"), marks=matter.colours(keys))
    lead = matter.t("These are the trade's usual actions, to be settled with whoever carries them out; no figure here promises an effect.")
    weeks = _weeks(matter) if matter.depth == "full" else None
    blocks = [Text(lead), table, _flags(matter, plays), weeks, matter.own_words("playbook")]
    return matter.part("playbook", matter.t("What to do with each class"), *blocks)


def _weeks(matter: Matter) -> Table | None:
    """The first thirteen weeks: what is settled, what begins, when it is read."""
    keys = first_keys(matter)
    if not keys or matter.view.failed_gates():
        return None
    names = [matter.view.label(key) for key in keys]
    quoted = [f"「{name}」" for name in names] if matter.book.lang == "zh" else names
    owners = list(dict.fromkeys(matter.play(key).owner for key in keys))
    rows = [
        (
            matter.t("Week 1"),
            matter.t("Settle measure, owner and stop rule of {labels}; write down the reasons where price, terms or service differ.",
                     labels=matter.book.listed(quoted)),
            matter.book.listed(owners),
        ),
        (
            matter.t("Week 2"),
            matter.t("Take the lists, leave out whoever refused, draw lots: half is approached, half is left alone."),
            matter.book.listed(owners),
        ),
        *(
            (
                matter.t("From week {n}", n=3 + 2 * place),
                matter.t("Begin with {label}; two weeks later check that nobody changed sides.", label=matter.view.label(key)),
                matter.play(key).owner,
            )
            for place, key in enumerate(keys)
        ),
        (
            matter.t("Week 13"),
            matter.t("Read the difference between the halves, keep or stop, and make this report again with the same definition."),
            matter.book.listed(owners),
        ),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["week", "what", "owner"])
    heads = [Column("week", matter.t("When")), Column("what", matter.t("What is done")), Column("owner", matter.t("Owner"))]
    return matter.table(frame, heads, matter.t("The first thirteen weeks"))


def _flags(matter: Matter, plays: dict) -> Callout | None:
    """Every caution once, with the classes it stands for."""
    reasons: dict[str, list[str]] = {}
    for key, play in plays.items():
        label = matter.view.label(key)
        if play.flag:
            why = matter.t("Written reason: {why}", why=play.why) if play.why else ""
            reasons.setdefault(" ".join(filter(None, [play.flag, why])), []).append(label)
        if play.off:
            reasons.setdefault(play.off, []).append(label)
    lines = tuple(
        Text(matter.t("{labels}: {reason}", labels=matter.book.listed(labels), reason=reason)) for reason, labels in reasons.items()
    )
    return Callout("message", matter.t("Justify in writing before you begin"), lines) if lines else None
