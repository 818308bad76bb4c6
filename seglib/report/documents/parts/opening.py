"""The first parts: the answer in one page, question and scope, the data that were used and those that were not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from seglib.report import ladder, rules
from seglib.report.documents import findings
from seglib.report.documents.charts import class_bars
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Bullets, Callout, Column, Part, Table, Text

if TYPE_CHECKING:
    from seglib.collect.workspace import Note
    from seglib.report.documents.model import Block


def answer(matter: Matter) -> Part:
    """A conclusion as title, one number, what to do first, how the lines were drawn, how far to trust it."""
    found = findings.menu(matter)
    blocks: list[Block | None] = [_alarm(matter)]
    if found:
        blocks.append(Callout("number", matter.book.shown(found[0].fact), (found[0].sentence,)))
    blocks.append(matter.own_words("summary"))
    least = findings.WORTH_A_LINE * matter.book.value("all.spend") if found else 0.0
    also = tuple(one.sentence for one in found[1:4] if one.money >= least)
    turn = findings.trend(matter)
    blocks.append(Bullets(also + ((turn,) if turn else ())))
    blocks += [*_first(matter), _gain(matter)]
    if len(matter.keys) > 1:
        blocks.append(class_bars(matter))
    lines = [Text(line) for line in rules.drawn(matter.view)]
    if lines:
        blocks += [Text(matter.t("How the lines were drawn:"), style="lead"), Bullets(tuple(lines))]
    blocks.append(_trust(matter))
    return matter.part("answer", findings.headline(matter, found), *blocks)


def _alarm(matter: Matter) -> Callout | None:
    failed = matter.view.failed_gates()
    if not failed:
        return None
    text = matter.t("Do not decide anything with these classes yet: {reason}", reason=failed[0])
    return Callout("message", "", (Text(text),))


def _first(matter: Matter) -> list[Block | None]:
    """What to do first, from the playbook: class, action, who, and what is watched."""
    if matter.view.failed_gates():
        return []
    items = []
    for key in findings.first_keys(matter):
        play = matter.play(key)
        items.append(
            matter.say(
                "{label} ({n} customers): {do}. Owner: {owner}. Watch: {kpi}.",
                label=matter.view.label(key),
                n=findings.to_act_on(matter, key),
                do=play.do,
                owner=play.owner,
                kpi=play.kpi,
            )
        )
    return [Text(matter.t("Do first:"), style="lead"), Bullets(tuple(items), numbered=True)] if items else []


def _gain(matter: Matter) -> Text | None:
    from seglib.report.documents.parts.proving import first_gain

    return None if matter.view.failed_gates() else first_gain(matter)


def _trust(matter: Matter) -> Text | None:
    from seglib.report.documents.parts.trust import verdict

    return verdict(matter)


def scope(matter: Matter) -> Part:
    """The question, who decides with the answer, when not to use it, and the period, currency and population."""
    words, lang = matter.view.words, matter.book.lang
    question = Text(words.text("question", lang), style="lead")
    uses = Bullets(
        (
            Text(words.text("decides", lang)),
            Text(matter.t("Not for: {text}", text=words.text("not_for", lang))),
            *([Text(matter.why)] if matter.why else []),
        )
    )
    blocks = [question, uses, _period(matter), _population(matter)]
    return matter.part("scope", matter.t("Question and scope"), *blocks)


def _period(matter: Matter) -> Text:
    if "orders" not in matter.client.tables:
        text = matter.say(
            "Cut-off day: {last}. Sums are those the client recorded of each customer; which period they cover is for the client to say.",
            last="window.last",
        )
    else:
        text = matter.say("Window: {first} to {last}, {n}.", first="window.first", last="window.last", n="window.days")
    money = matter.say("Money is in {currency}.", currency=_currency(matter)) if matter.view.currency else None
    return matter.book.joined(text, money) if money else text


def _currency(matter: Matter) -> str:
    from seglib.report import numbers

    return numbers.currency_name(matter.view.currency, matter.book.lang)


def _population(matter: Matter) -> Table:
    """Everybody known, divided: in a class, and outside with the reason."""
    view, book = matter.view, matter.book
    names = [(matter.t("In a class"), "inside", "")]
    names += [(view.label(key), f"class.{key}", "outside") for key in matter.outside_keys]
    names.append((matter.t("All known customers"), "all", "total"))
    figures = ["customers", "customers_share"] + (["spend", "spend_share"] if view.has_money else [])
    rows = [{"group": name, **{figure: book.value(f"{fact}.{figure}") for figure in figures}} for name, fact, _ in names]
    heads = [Column("group", matter.t("Group")), column(matter, "customers", "count"), column(matter, "customers_share", "share")]
    heads += [column(matter, "spend", "money"), column(matter, "spend_share", "share")] if view.has_money else []
    return matter.table(
        pd.DataFrame(rows),
        heads,
        matter.t("Who went in, and who stayed outside"),
        rows=tuple(kind for _, _, kind in names),
        facts=tuple(f"{fact}.{figure}" for _, fact, _ in names for figure in figures),
    )


def data(matter: Matter) -> Part:
    """The ladder from the files to the window, what was not used, and what to know about the data."""
    blocks: list[Block | None] = [_ladder(matter), _reading(matter)]
    if matter.lacking:
        blocks += [
            Text(matter.t("Not used in this report:"), style="lead"),
            Bullets(tuple(Text(line) for line in matter.lacking)),
        ]
    notes = [Text(note.text(matter.book.lang)) for note in _notes(matter)]
    large = findings.largest(matter)
    if large or notes:
        blocks.append(Callout("message", "", (*((large,) if large else ()), *notes)))
    return matter.part("data", matter.t("Data used and data rejected"), *blocks)


def _ladder(matter: Matter) -> Table:
    view = matter.view
    frame = ladder.lines(matter.client, matter.book.lang, as_of=view.result.as_of, window_days=view.result.window_days)
    for row in frame.to_dict("records"):
        book_ladder_step(matter, row)
    heads = [column(matter, "step", "text"), column(matter, "rows", "count")]
    heads += [column(matter, "amount", "exact")] if "amount" in frame.columns and frame["amount"].notna().any() else []
    kinds = tuple("total" if total else "" for total in frame["total"])
    return matter.table(frame, heads, matter.t("From the files to the report: rows and money at every step"), rows=kinds)


def book_ladder_step(matter: Matter, row: dict[Any, Any]) -> None:
    """Enter rows and money of one step; what lies in the window is counted again from the lines."""
    result = matter.view.result
    name = f"data.{row['table']}.{row['key']}"
    inside = row["table"] == "orders" and row["key"] == "in_window"
    where = f"WHERE CAST(ordered_at AS DATE) BETWEEN DATE '{matter.book.facts['window.first'].value}' AND DATE '{result.as_of}'"
    how = "client.ladder()"
    matter.book.enter(
        f"{name}.rows",
        row["rows"],
        "count",
        "rows",
        f"rows of the table {row['table']}: {row['key']}",
        sql=f"SELECT count(*) FROM orders {where}" if inside else "",
        expression="" if inside else how,
    )
    if not pd.isna(row.get("amount", float("nan"))):
        matter.book.enter(
            f"{name}.amount",
            float(row["amount"]),
            "exact",
            matter.view.currency,
            f"money of the table {row['table']}: {row['key']}",
            sql=f"SELECT CAST(sum(amount) AS DOUBLE) FROM orders {where}" if inside else "",
            expression="" if inside else how,
        )


def _reading(matter: Matter) -> Text:
    """One sentence that reads the ladder."""
    book = matter.book
    if not book.knows("data.orders.in_window.rows"):
        return Text(matter.t("There are no order lines; the classes stand on what is recorded of each customer."))
    if book.knows("data.orders.in_window.amount"):
        return book.say(
            "{rows} order lines with {money} lie in the window. This is the sum to compare with the books.",
            rows="data.orders.in_window.rows",
            money="data.orders.in_window.amount",
        )
    return book.say("{rows} order lines lie in the window.", rows="data.orders.in_window.rows")


def _notes(matter: Matter) -> list[Note]:
    """What `seglib check` would say of these data and this window."""
    import datetime

    from seglib.collect.warnings import warnings

    as_of = matter.view.result.as_of
    day = datetime.date.fromisoformat(as_of) if as_of else None
    return [note for note in warnings(matter.client.collected, day, matter.view.result.window_days) if _readable(matter, note)]


def _readable(matter: Matter, note: Note) -> bool:
    """May a note stand on a page? None that names a customer may, and for readers outside none that counts very few."""
    from seglib.report.privacy import small

    if "customer" in note.values:
        return False  # how much the largest customer holds is told by facts, without the id
    counted = "buyers" in note.values and small(note.values.get("n"))
    return not (counted and matter.client.settings.report.audience == "outside")
