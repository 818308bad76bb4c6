"""Coverage and money, the playbook, and what an action could bring with its assumptions and its test."""

from __future__ import annotations

import math

import pandas as pd

from seglib.report.documents.figures import LEVER, POWER_Z
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Bullets, Callout, Column, Part, Table, Text

LEAST = 30  # customers below whom a class is too small to test anything on


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
    blocks = [_covered(matter), table, Bullets(tuple(_concentration(matter))), Text(_costs(matter)), Text(_universe(matter))]
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
        lines.append(book.say("The fifth of the customers who buy most hold {share} of sales.", share="best.spend_share"))
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
        else:
            lines.append(book.say("Every sale in the window belongs to a known customer."))
    return lines


def _costs(matter: Matter) -> str:
    if "costs" in matter.client.tables:
        return matter.t("The data hold costs, but this document does not set them against the classes: sales are not profit.")
    return matter.t(
        "The data hold no costs, so neither the profit of a class nor the return on an action can be told: sales are not profit."
    )


def _universe(matter: Matter) -> str:
    if "universe" in matter.client.tables:
        return matter.t("The data list possible customers; the method coverage_tier measures how many of them are reached.")
    return matter.t("The data hold no list of possible customers, so it cannot be told how much of the market these customers are.")


def playbook(matter: Matter) -> Part:
    """Action, owner, channel, measure and stop rule of every class; cautions where people would be treated unlike in price or terms."""
    plays = {key: matter.play(key) for key in matter.keys}
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
    table = matter.table(pd.DataFrame(rows), heads, matter.t("What to do with each class"), marks=matter.colours(matter.keys))
    lead = matter.t("These are the trade's usual actions, to be settled with whoever carries them out; no figure here promises an effect.")
    blocks = [Text(lead), table, _flags(matter, plays), matter.own_words("playbook")]
    return matter.part("playbook", matter.t("What to do with each class"), *blocks)


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


def sizing(matter: Matter) -> Part:
    """What ten per cent more orders would be in money, and whether a test could see it."""
    if not matter.view.has_money or "all.orders" not in matter.book.facts:
        text = matter.t("The data hold no sales, so nothing can be sized.")
        return matter.part("sizing", matter.t("What it could bring, and how to prove it"), Text(text))
    keys = [key for key in matter.keys if matter.book.value(f"class.{key}.spend") > 0]
    for key in keys:
        _enter(matter, key)
    lever = matter.book.enter("size.lever", LEVER, "share", "share", "assumed increase in orders", expression="assumption")
    blocks = [
        matter.say(
            "If the customers of a class placed {lever} more orders of the same value, sales would rise by the sums below. "
            "This is arithmetic on an assumption, not a forecast.",
            lever=lever,
        ),
        _table(matter, keys),
        *_reading(matter, keys, lever),
        Bullets(tuple(Text(line) for line in _plan(matter))),
    ]
    return matter.part("sizing", matter.t("What it could bring, and how to prove it"), *blocks)


def _enter(matter: Matter, key: str) -> None:
    """Gain of a class under the assumption, and the smallest difference a half-and-half test of it can detect."""
    book, where = matter.book, f"FROM classified WHERE segment = '{key}'"
    book.enter(
        f"size.{key}.gain",
        LEVER * book.value(f"class.{key}.spend"),
        "money",
        matter.view.currency,
        "10 % of the sales of the class",
        sql=f"SELECT {LEVER} * CAST(sum(spend) AS DOUBLE) {where}",
    )
    columns = matter.view.customers
    if not {"spend_last_half", "spend_previous_half"} <= set(columns.columns):
        return
    rows = columns[(matter.view.result.assignments["segment"] == key).to_numpy()]
    n, after, before = len(rows), rows["spend_last_half"].astype(float), rows["spend_previous_half"].astype(float)
    if n < LEAST or after.mean() <= 0 or after.std() == 0:
        return
    plain = 2 * POWER_Z * float(after.std()) / (math.sqrt(n) * float(after.mean()))
    sql = f"2 * {POWER_Z!r} * stddev_samp(CAST(spend_last_half AS DOUBLE)) / (sqrt(count(*)) * avg(CAST(spend_last_half AS DOUBLE)))"
    formula = "smallest difference of mean sales in half a window that a half-and-half test finds with 80 % power at 5 % error"
    book.enter(f"size.{key}.detectable", plain, "share", "share", formula, sql=f"SELECT {sql} {where}")
    if before.std() > 0:
        rho = float(after.corr(before))
        factor = "sqrt(1 - power(corr(CAST(spend_last_half AS DOUBLE), CAST(spend_previous_half AS DOUBLE)), 2))"
        book.enter(
            f"size.{key}.adjusted",
            plain * math.sqrt(max(0.0, 1 - rho * rho)),
            "share",
            "share",
            formula + ", each customer measured against the half window before",
            sql=f"SELECT {sql} * {factor} {where}",
        )


def smallest(matter: Matter, key: str) -> float:
    """The difference that the better of the two tests can detect; nan where the class is too small for one."""
    found = [matter.book.value(f"size.{key}.{way}") for way in ("detectable", "adjusted") if matter.book.knows(f"size.{key}.{way}")]
    return min(found, default=math.nan)


def _table(matter: Matter, keys: list[str]) -> Table:
    book = matter.book
    rows = [
        {
            "segment": matter.view.label(key),
            "customers": book.value(f"class.{key}.customers"),
            "spend": book.value(f"class.{key}.spend"),
            "gain": book.value(f"size.{key}.gain"),
            "detectable": book.value(f"size.{key}.detectable") if book.knows(f"size.{key}.detectable") else math.nan,
            "adjusted": book.value(f"size.{key}.adjusted") if book.knows(f"size.{key}.adjusted") else math.nan,
            "testable": _verdict(matter, key),
        }
        for key in keys
    ]
    heads = [
        column(matter, "segment", "text"),
        column(matter, "customers", "count"),
        column(matter, "spend", "money"),
        Column("gain", matter.t("{lever} more orders", lever=matter.book.shown("size.lever")), "money"),
        Column("detectable", matter.t("A test sees from"), "share"),
        Column("adjusted", matter.t("The same, against each customer's past"), "share"),
        Column("testable", matter.t("Testable alone?")),
    ]
    names = ("customers", "spend")
    facts = tuple(f"class.{key}.{name}" for key in keys for name in names)
    facts += tuple(
        name for key in keys for name in (f"size.{key}.gain", f"size.{key}.detectable", f"size.{key}.adjusted") if name in book.facts
    )
    caption = matter.t(
        "What {lever} more orders are worth, and the smallest difference that a half-and-half test of the class can see",
        lever=book.shown("size.lever"),
    )
    return matter.table(pd.DataFrame(rows), heads, caption, marks=matter.colours(keys), facts=facts)


def _verdict(matter: Matter, key: str) -> str:
    found = smallest(matter, key)
    if math.isnan(found):
        return matter.t("no: too few customers")
    return matter.t("yes") if found <= LEVER else matter.t("no: pool classes")


def _reading(matter: Matter, keys: list[str], lever: str) -> list[Text]:
    able = [matter.view.label(key) for key in keys if smallest(matter, key) <= LEVER]
    if able:
        return [
            matter.say(
                "A test within one class can see a rise of {lever} only here: {labels}.", lever=lever, labels=matter.book.listed(able)
            )
        ]
    return [matter.say("No single class is large enough for a test to see a rise of {lever}; pool classes, or test longer.", lever=lever)]


def _plan(matter: Matter) -> list[str]:
    """The hold-out test, in sentences that hold for any figures."""
    return [
        matter.t("Draw lots within the class: half is approached, half is not, and nobody changes sides."),
        matter.t(
            "One measure, settled before: net sales per customer over half a window, each customer set against their own half before."
        ),
        matter.t("Count only the difference between the halves: many of those who went silent would have come back by themselves."),
        matter.t("Stop at the settled day; where the difference is within chance, the action has not paid."),
    ]
