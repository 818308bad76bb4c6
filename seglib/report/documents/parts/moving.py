"""Movement: who changed class since the window before, and how much of it would move with no change in behaviour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from seglib.language import marked
from seglib.report.documents import charts
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Bullets, Column, Kind, Part, Table, Text
from seglib.report.proofs.migration_page import LAWS, WAITING
from seglib.review.moves import UNIT, WINDOW
from seglib.scheme import RuleScheme

if TYPE_CHECKING:
    from seglib.review import Migration

WORST = 10  # customers whose fall is told
SHOWN = 8  # moves in the table, most customers first
MOVED_LINES = ("reindexed_in", "reindexed_out", "recut_in", "recut_out")  # what moves because the lines do
FORMER = 3  # classes that are named of those who stopped
SUMMARY = {
    "stays": "share of those who bought in both windows that kept their class",
    "moved": "1 − stays",
    "floor_moved": "the same where orders are drawn anew in the rhythm of every customer: what moves with no change in behaviour",
    "moved_beyond_floor": "moved − floor_moved",
    "both": "customers who bought in both windows",
    "new": "customers who bought in the later window, with no order known before",
    "lapsed": "customers who bought in the earlier window and not in the later",
}


def movement(matter: Matter) -> Part:
    """The two windows, what stayed, every class in customers and money, which moves stand out of the noise, and who fell."""
    title = matter.t("Movement since the window before")
    migration = matter.evidence.migration
    if migration is None:
        return matter.part("movement", title, Text(absent(matter)))
    enter(matter)
    blocks = [
        _windows(matter),
        _stayed(matter, migration),
        _classes(matter, migration),
        charts.transitions(matter, migration),
        _moves(matter, migration),
        Bullets(tuple(text for text in (_beyond(matter, migration), _fell(matter, migration)) if text)),
    ]
    return matter.part("movement", title, *blocks)


def absent(matter: Matter) -> str:
    """Why there is no movement to tell of."""
    if "orders" not in matter.client.tables:
        return matter.t("The data hold no orders by day, so nothing can be said about movement between two windows.")
    error = matter.evidence.absent.get("migration")
    reason = matter.reason(error)
    return matter.t("Movement between two windows was not computed. {reason}", reason=reason).strip()


def enter(matter: Matter) -> None:
    """Enter the facts of the movement; those that are counts and sums of the two tables with their query."""
    migration, book = matter.evidence.migration, matter.book
    if migration is None or "move.before" in book.facts:
        return
    how = "seglib.review.migration"
    book.enter("move.before", migration.before, "date", "day", "last day of the earlier window", expression=how)
    book.enter("move.after", migration.after, "date", "day", "last day of the later window", expression=how)
    book.enter("move.days", migration.window_days, "days", "days", "length of either window", expression=how)
    for measure, formula in SUMMARY.items():
        value = migration.value(measure)
        count = measure in ("both", "new", "lapsed")
        book.enter(
            f"move.{measure}",
            int(value) if count and not math.isnan(value) else value,
            "count" if count else "share",
            "customers" if count else "share",
            formula,
            expression=f"{how}: summary, {measure}",
        )
    laws = "customers who bought in both windows {} / all of them"
    for law, share, words in zip(
        ("regular", "calendar", "neither"),
        migration.floor.laws,
        ("at regular intervals", "by a calendar", "neither at regular intervals nor by a calendar"),
        strict=True,
    ):
        book.enter(f"move.{law}", share, "share", "share", laws.format(words), expression=f"{how}: floor, laws")
    _enter_lapsed(matter, migration)
    _enter_classes(matter, migration)
    _enter_whole(matter, migration)
    _enter_moves(matter, migration)
    _enter_former(matter, migration)
    _enter_falls(matter, migration)


def rebuildable(matter: Matter) -> bool:
    """Can plain SQL classify both windows: does the definition read nothing but what it rebuilds?"""
    from seglib.report.documents.keeping import further

    moved = matter.evidence.moved
    return moved is not None and isinstance(moved.scheme, RuleScheme) and not further(moved)


def _enter_lapsed(matter: Matter, migration: Migration) -> None:
    """What those who did not buy again had spent in the earlier window."""
    if not book_has_money(matter):
        return
    gone = migration.people[migration.people["population"] == "lapsed"]
    sql = (
        "SELECT CAST(coalesce(sum(b.spend), 0) AS DOUBLE) FROM classified_before AS b JOIN classified_after AS a USING (customer_id) "
        "WHERE b.orders > 0 AND a.orders = 0"
    )
    matter.book.enter(
        "move.lapsed_money",
        int(gone["m0"].sum()) / UNIT,
        "money",
        matter.book.currency,
        "net sales in the earlier window of those who bought in it and not in the later",
        sql=sql if rebuildable(matter) else "",
        expression="" if rebuildable(matter) else "seglib.review.migration: people",
    )


def former(migration: Migration) -> pd.DataFrame:
    """The classes before of those who ordered nothing in the later window, most money of the earlier one first."""
    found = migration.moves[(migration.moves["kind"] == "lapsed") & (migration.moves["customers"] > 0)]
    found = found.assign(money_before=found["money_before"].astype(float))
    return found.sort_values(["money_before", "customers", "before"], ascending=[False, False, True], kind="stable").head(FORMER)


def _enter_former(matter: Matter, migration: Migration) -> None:
    """Who stopped, by the class they were in: customers, and what they had spent in the earlier window."""
    book, able, has_money = matter.book, rebuildable(matter), book_has_money(matter)
    joined = "FROM classified_before AS b JOIN classified_after AS a USING (customer_id)"
    for row in former(migration).to_dict("records"):
        name = f"move.{row['before']}.{WINDOW}"
        where = f"{joined} WHERE b.segment = '{row['before']}' AND a.segment = '{WINDOW}'"
        told: list[tuple[str, Any, Kind, str, str]] = [
            ("customers", int(row["customers"]), "count", "customers of the class before without an order in the later window", "count(*)")
        ]
        if has_money:
            sums = "CAST(coalesce(sum(b.spend), 0) AS DOUBLE)"
            told.append(("money_before", row["money_before"], "money", "their net sales in the earlier window", sums))
        for figure, value, kind, formula, select in told:
            book.enter(
                f"{name}.{figure}",
                value,
                kind,
                book.currency if kind == "money" else "customers",
                formula,
                sql=f"SELECT {select} {where}" if able else "",
                expression="" if able else "seglib.review.migration: moves",
            )
    if has_money and book.knows("move.lapsed_money", "move.spend_before") and book.value("move.spend_before") > 0:
        share = book.value("move.lapsed_money") / book.value("move.spend_before")
        how = "move.lapsed_money / move.spend_before"
        book.enter("move.lapsed_share", share, "share", "share", "their share of the sales of the earlier window", expression=how)


def book_has_money(matter: Matter) -> bool:
    """Are the moves weighed in money?"""
    migration = matter.evidence.migration
    return matter.view.has_money and migration is not None and "m0" in migration.people.columns


def stopped(matter: Matter) -> bool:
    """Is anybody known to have bought in the window before this one and to have stopped since?"""
    if matter.evidence.migration is None or matter.evidence.moved is not matter.view.result or WINDOW not in matter.outside_keys:
        return False
    enter(matter)
    return matter.book.knows("move.lapsed") and matter.book.value("move.lapsed") > 0


def who_stopped(matter: Matter) -> list[Text]:
    """How many stopped, what they had spent in the window before, and the classes they were in."""
    book, migration = matter.book, matter.evidence.migration
    if migration is None or not stopped(matter):
        return []
    facts = {"n": "move.lapsed", "days": "move.days", "before": "move.before"}
    money = book.knows("move.lapsed_money", "move.lapsed_share")
    told = [
        matter.say(
            "{n} of them bought in the {days} up to {before}, for {money}, {share} of the sales of that window, and not since.",
            money="move.lapsed_money",
            share="move.lapsed_share",
            **facts,
        )
        if money
        else matter.say("{n} of them bought in the {days} up to {before}, and not since.", **facts)
    ]
    names = [(matter.view.label(key), f"move.{key}.{WINDOW}") for key in former(migration)["before"]]
    parts = [
        matter.say("{label} ({n} customers, {money})", label=label, n=f"{name}.customers", money=f"{name}.money_before")
        if money
        else matter.say("{label} ({n} customers)", label=label, n=f"{name}.customers")
        for label, name in names
    ]
    classes = Text(book.listed([one.text for one in parts]), tuple(fact for one in parts for fact in one.facts))
    return [book.joined(*told), classes]


def _enter_classes(matter: Matter, migration: Migration) -> None:
    book, able = matter.book, rebuildable(matter)
    for row in migration.classes.to_dict("records"):
        money = row["measure"] == "money"
        for when, value in (("before", row["before"]), ("after", _under_these_cuts(row))):
            sql = "CAST(coalesce(sum(spend), 0) AS DOUBLE)" if money else "count(*)"
            book.enter(
                f"move.class.{row['segment']}.{row['measure']}_{when}",
                float(value) if money else int(value),
                "money" if money else "count",
                book.currency if money else "customers",
                f"{'net sales' if money else 'customers'} of the class in the {'earlier' if when == 'before' else 'later'} window",
                sql=f"SELECT {sql} FROM classified_{when} WHERE segment = '{row['segment']}'" if able else "",
                expression="" if able else "seglib.review.migration: classes",
            )


def _under_these_cuts(row: Any) -> Any:
    """A class in the later window by the definition of this report, which the class table has too; lines drawn anew come after."""
    return row["after"] - sum(row[name] for name in MOVED_LINES)


def _enter_whole(matter: Matter, migration: Migration) -> None:
    """Sales of everybody in both windows, and the change."""
    book, money = matter.book, migration.classes[migration.classes["measure"] == "money"]
    if not matter.view.has_money or money.empty:
        return
    for when in ("before", "after"):
        book.enter(
            f"move.spend_{when}",
            math.fsum(float(value) for value in money[when]),
            "money",
            book.currency,
            f"net sales to all known customers in the {'earlier' if when == 'before' else 'later'} window",
            sql=f"SELECT CAST(sum(spend) AS DOUBLE) FROM classified_{when}" if rebuildable(matter) else "",
            expression="" if rebuildable(matter) else "seglib.review.migration: classes",
        )
    before, after = book.value("move.spend_before"), book.value("move.spend_after")
    change = after / before - 1 if before > 0 else math.nan
    book.enter("move.spend_change", change, "share", "share", "later / earlier − 1", expression="move.spend_after / move.spend_before - 1")
    book.enter("move.spend_change_size", abs(change), "share", "share", "its size", expression="abs(move.spend_change)")


def _enter_moves(matter: Matter, migration: Migration) -> None:
    book, able = matter.book, rebuildable(matter)
    for row in migration.moves.to_dict("records"):
        if row["kind"] != "behaviour" or not row["customers"]:
            continue
        sql = (
            "SELECT count(*) FROM classified_before AS b JOIN classified_after AS a USING (customer_id) "
            f"WHERE b.segment = '{row['before']}' AND a.segment = '{row['after']}'"
        )
        book.enter(
            f"move.{row['before']}.{row['after']}.customers",
            int(row["customers"]),
            "count",
            "customers",
            "customers in the one class in the earlier window and in the other in the later",
            sql=sql if able else "",
            expression="" if able else "seglib.review.migration: moves",
        )


def _enter_falls(matter: Matter, migration: Migration) -> None:
    book, how = matter.book, "seglib.review.migration: falls"
    worst = migration.falls.head(WORST)
    if worst.empty:
        return
    beyond = math.fsum(float(value) for value in worst["beyond"])
    what = "customers who fell furthest beyond what customers of their class and level of spend do"
    book.enter("move.falls.customers", len(worst), "count", "customers", what, expression=how)
    book.enter("move.falls.money", -beyond, "money", book.currency, "their loss beyond that expectation", expression=how)
    standing = int(migration.falls["stands_out"].sum())
    what = "customers who fell further than chance explains, its level shared among all customers looked at"
    book.enter("move.falls.beyond_chance", standing, "count", "customers", what, expression=how)


def _windows(matter: Matter) -> Text:
    migration = matter.evidence.migration
    if migration is None or not migration.waiting:
        return _lengths(matter)
    matter.book.enter("move.usual_gap", migration.usual_gap_days, "days", "days", "the trade's usual gap", expression="gap_75")
    return matter.book.joined(_lengths(matter), matter.say(WAITING, days="move.days", usual="move.usual_gap"))


def _lengths(matter: Matter) -> Text:
    days = {"days": "move.days", "before": "move.before", "after": "move.after"}
    if matter.evidence.moved is matter.view.result:
        return matter.say(
            "Two windows of {days} each are compared, up to {before} and up to {after}, both under the cuts of this report.", **days
        )
    text = matter.say("Two windows of {days} each are compared, up to {before} and up to {after}, under the same cuts.", **days)
    short = matter.say(
        "The history holds no two windows of {n}, so the classes of this part are those of the shorter window.", n="window.days"
    )
    return matter.book.joined(text, short)


def _stayed(matter: Matter, migration: Migration) -> Text:
    if not matter.book.value("move.both"):
        return matter.say("Nobody bought in both windows, so no move between classes can be told.")
    if matter.book.knows("move.floor_moved"):
        sentence = (
            marked(
                "{moved} of the {n} customers who bought in both windows changed class: fewer than chance alone moves ({floor}), so they "
                "were steadier than chance."
            )
            if migration.steadier
            else marked(
                "{moved} of the {n} customers who bought in both windows changed class; {floor} would have done so with no change in "
                "behaviour."
            )
        )
        text = matter.say(sentence, moved="move.moved", n="move.both", floor="move.floor_moved")
        if not matter.book.knows("move.regular"):
            return text
        laws = matter.say(LAWS, regular="move.regular", calendar="move.calendar", neither="move.neither")
        return matter.book.joined(text, laws)
    text = matter.say("{moved} of the {n} customers who bought in both windows changed class.", moved="move.moved", n="move.both")
    if not migration.floor.reason:
        return text
    return matter.book.joined(text, Text(matter.t(migration.floor.reason, **_printed(migration))))


def _printed(migration: Migration) -> dict[str, object]:
    """The values of the floor's reason as they are printed."""
    from seglib.report import numbers

    values = dict(migration.floor.values)
    return {key: numbers.share(value) if key == "share" and isinstance(value, float) else value for key, value in values.items()}


def _classes(matter: Matter, migration: Migration) -> Table:
    """Customers and money of every class in both windows, and what became of them."""
    view, lines = matter.view, migration.classes
    rows = []
    for key in dict.fromkeys(lines["segment"]):
        mine = lines[lines["segment"] == key].set_index("measure")
        people = mine.loc["customers"]
        row: dict[str, Any] = {
            "segment": view.label(key),
            "before": int(people["before"]),
            "came": int(people["behaviour_in"]),
            "went": int(people["behaviour_out"]),
            "other": int(sum(people[name] for name in ("new", "returning", "lapsed", "gone"))),
            "after": int(_under_these_cuts(people)),
            "recut": int(sum(people[name] for name in MOVED_LINES)),
        }
        if "money" in mine.index:
            was, now = float(mine.loc["money", "before"]), float(_under_these_cuts(mine.loc["money"]))
            row |= {"money_before": was, "money_after": now, "money_change": now - was}
        rows.append(row)
    frame = pd.DataFrame(rows)
    held = ((frame["before"] > 0) | (frame["after"] > 0)).to_numpy()
    frame, present = frame[held], [key for key, there in zip(dict.fromkeys(lines["segment"]), held, strict=True) if there]
    facts = tuple(name for key, row in zip(present, frame.to_dict("records"), strict=True) for name in _enter_row(matter, key, row))
    heads = [
        column(matter, "segment", "text"),
        Column("before", matter.t("Customers before"), "count"),
        Column("came", matter.t("Came"), "count"),
        Column("went", matter.t("Went"), "count"),
        Column("other", matter.t("New, returned, silent"), "count"),
        Column("after", matter.t("Customers now"), "count"),
        Column("recut", matter.t("With lines drawn anew"), "count"),
        Column("money_before", matter.t("Sales in the window before"), "money"),
        Column("money_after", matter.t("Sales now"), "money"),
        Column("money_change", matter.t("Change"), "money"),
    ]
    keys = list(dict.fromkeys(lines["segment"]))
    if not frame["recut"].any():
        frame = frame.drop(columns="recut")
    return matter.table(
        frame,
        [head for head in heads if head.key in frame],
        matter.t("Every class in both windows"),
        marks=matter.colours(keys),
        facts=facts,
    )


#: What became of a class: column of the table -> kind, formula.
BECAME: dict[str, tuple[Kind, str]] = {
    "came": ("count", "customers who came from another class"),
    "went": ("count", "customers who went to another class, as a number below nought"),
    "other": ("count", "customers who are new, returned, stopped or are not known any more, as a net number"),
    "recut": ("count", "customers more or fewer where the lines are drawn anew on the later window"),
    "money_change": ("money", "net sales later − earlier"),
}


def _enter_row(matter: Matter, key: str, row: dict[str, Any]) -> list[str]:
    """Enter what the table tells of a class beside its two sizes; names of all facts of the row."""
    book, name = matter.book, f"move.class.{key}"
    for figure, (kind, formula) in BECAME.items():
        if figure in row and f"{name}.{figure}" not in book.facts:
            unit = book.currency if kind == "money" else "net customers" if figure in ("other", "recut") else "customers"
            book.enter(f"{name}.{figure}", row[figure], kind, unit, formula, expression="seglib.review.migration: classes")
    return [fact for fact in book.facts if fact.startswith(f"{name}.")]


def _moves(matter: Matter, migration: Migration) -> Table | None:
    """The largest moves; those within chance are grey."""
    view = matter.view
    found = migration.moves[(migration.moves["kind"] == "behaviour") & (migration.moves["customers"] > 0)]
    found = found.sort_values(["customers", "before", "after"], ascending=[False, True, True]).head(SHOWN)
    if found.empty:
        return None
    noise = [bool(value) if pd.notna(value) else False for value in found["within_noise"]]
    frame = pd.DataFrame(
        {
            "from": [view.label(key) for key in found["before"]],
            "to": [view.label(key) for key in found["after"]],
            "customers": found["customers"].astype(float).to_numpy(),
            "row_share": found["row_share"].astype(float).to_numpy(),
            "floor_low": found["floor_low"].astype(float).to_numpy(),
            "floor_high": found["floor_high"].astype(float).to_numpy(),
            "chance": [matter.t("within chance") if one else matter.t("beyond chance") for one in noise],
        }
    )
    if matter.view.has_money:
        frame.insert(4, "change", found["change"].astype(float).to_numpy())
    facts = tuple(name for row in found.to_dict("records") for name in _enter_move(matter, row))
    heads = [
        Column("from", matter.t("From")),
        Column("to", matter.t("To")),
        column(matter, "customers", "count"),
        Column("row_share", matter.t("Share of the class before"), "share"),
        Column("change", matter.t("Change of their sales"), "money"),
        Column("floor_low", matter.t("By chance from"), "share"),
        Column("floor_high", matter.t("to"), "share"),
        Column("chance", matter.t("Verdict")),
    ]
    if not matter.book.knows("move.floor_moved"):
        heads = [head for head in heads if head.key not in ("floor_low", "floor_high", "chance")]
    caption = matter.t("The largest moves; grey: not to be told from chance")
    keys = list(dict.fromkeys([*found["before"], *found["after"]]))
    rows = tuple("outside" if one else "" for one in noise)
    return matter.table(frame, [head for head in heads if head.key in frame], caption, marks=matter.colours(keys), rows=rows, facts=facts)


def _enter_move(matter: Matter, row: dict[str, Any]) -> list[str]:
    """Enter what the table tells of a move beside its customers; names of all facts of the row."""
    book, name = matter.book, f"move.{row['before']}.{row['after']}"
    told: list[tuple[str, Any, Kind, str]] = [
        ("share", row["row_share"], "share", "customers of the move / customers of the class before"),
        ("chance_low", row["floor_low"], "share", "lower end of that share by chance alone"),
        ("chance_high", row["floor_high"], "share", "upper end of it"),
    ]
    if matter.view.has_money:
        told.append(("money_change", row["change"], "money", "net sales of these customers later − earlier"))
    for figure, value, kind, formula in told:
        number = math.nan if pd.isna(value) else float(value)
        unit = book.currency if kind == "money" else "share"
        book.enter(f"{name}.{figure}", number, kind, unit, formula, expression="seglib.review.migration: moves")
    return [f"{name}.customers", *(f"{name}.{figure}" for figure, *_ in told)]


def _beyond(matter: Matter, migration: Migration) -> Text | None:
    """How many of all possible moves stand out of the noise."""
    beyond, possible = migration.value("k_of"), migration.value("of_k")
    if math.isnan(beyond) or math.isnan(possible):
        return None
    how = "seglib.review.migration: summary"
    k = matter.book.enter("move.k", int(beyond), "count", "moves", "moves whose share lies outside the range of chance", expression=how)
    of = matter.book.enter("move.of", int(possible), "count", "moves", "moves that were looked at", expression=how)
    return matter.say("{k} of {of} moves lie outside the range of chance.", k=k, of=of)


def _fell(matter: Matter, migration: Migration) -> Text | None:
    if not matter.book.knows("move.falls.customers"):
        return None
    told = matter.say(
        "The {n} customers who fell furthest lost {money} beyond what was to be expected of their class and level of spend.",
        n="move.falls.customers",
        money="move.falls.money",
    )
    sure = (
        matter.say("{n} customers fell further than chance explains.", n="move.falls.beyond_chance")
        if matter.book.value("move.falls.beyond_chance")
        else matter.say("Nobody fell further than chance explains.")
    )
    return matter.book.joined(told, sure)


def change(matter: Matter, key: str) -> Text | None:
    """The class in both windows, in customers."""
    enter(matter)
    facts = {"before": f"move.class.{key}.customers_before", "after": f"move.class.{key}.customers_after"}
    return matter.say("{before} → {after}", **facts) if matter.book.knows(*facts.values()) else None


def flow(matter: Matter, key: str) -> Text | None:
    """From where most arrivals came, and where most who left went."""
    migration = matter.evidence.migration
    if migration is None:
        return None
    enter(matter)
    moves = migration.moves[(migration.moves["kind"] == "behaviour") & (migration.moves["customers"] > 0)]
    told = []
    came, went = moves[moves["after"] == key], moves[moves["before"] == key]
    if len(came):
        first = came.sort_values(["customers", "before"], ascending=[False, True]).iloc[0]
        fact = f"move.{first['before']}.{key}.customers"
        told.append(matter.say("Largest inflow: from {label} ({n}).", label=matter.view.label(first["before"]), n=fact))
    if len(went):
        first = went.sort_values(["customers", "after"], ascending=[False, True]).iloc[0]
        fact = f"move.{key}.{first['after']}.customers"
        told.append(matter.say("Largest outflow: to {label} ({n}).", label=matter.view.label(first["after"]), n=fact))
    return matter.book.joined(*told) if told else None
