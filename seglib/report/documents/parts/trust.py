"""How far the classes can be trusted: conditions, cuts, stability, worth; and the limits of the whole, with privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from seglib.language import marked
from seglib.report import numbers, rules
from seglib.report.documents.matter import Matter
from seglib.report.documents.model import Bullets, Callout, Column, Part, Table, Text
from seglib.report.documents.parts import checklist, fairness, unaided
from seglib.report.proofs._base import OUTCOMES
from seglib.review.worth import TELLS, tells

if TYPE_CHECKING:
    from seglib.report.documents.model import Block

FOR_THE_CLIENT = marked(
    "Audience: the client itself. Customer ids stand in the customer list alone, never on a page; no name, phone number, "
    "e-mail or street address is in this document."
)
FOR_OUTSIDE = marked(
    "Audience: readers outside. Customers bear pseudonyms made with a key that stays with the client; no name, phone number, "
    "e-mail or street address is in this document."
)


def verdict(matter: Matter) -> Text | None:
    """How far to trust the classes, in one paragraph for the first page; a condition that is not met comes first."""
    found = (_lumped(matter), _keep(matter) or _edges(matter), _own_outcome(matter), _worth_sentence(matter))
    texts = [text for text in found if text]
    return matter.book.joined(*texts) if texts else None


def validity(matter: Matter) -> Part:
    """Conditions; three words (reproducible, separated, useful) with their figures; what other cuts and windows would change."""
    blocks: list[Block | None] = [_gates(matter), _edges(matter), _keep(matter), _separated(matter)]
    blocks += [_own_outcome(matter), _worth_sentence(matter), _worth_note(matter), checklist.table(matter), _sensitivity(matter)]
    return matter.part("validity", matter.t("How far to trust it"), *blocks)


def _gates(matter: Matter) -> Block:
    failed = [Text(line) for line in matter.view.failed_gates()]
    lumped = _lumped(matter)
    failed += [lumped] if lumped else []
    if failed:
        return Callout("message", "", tuple(failed))
    fact = matter.book.enter(
        "gates.met",
        len(matter.view.result.gates),
        "count",
        "conditions",
        "conditions of the method that are met",
        expression="len(result.gates)",
    )
    return matter.say("Every condition for these classes is met ({n}).", n=fact)


def _lumped(matter: Matter) -> Text | None:
    """That a cut runs through a value which many customers have; None where no cut does."""
    book = matter.book
    share = next((name for name in book.facts if name.startswith("on_cut.") and name != "on_cut.limit"), "")
    if not share or book.value(share) <= book.value("on_cut.limit"):
        return None
    cut = share.removeprefix("on_")
    return matter.say(
        "Not met: {share} of the classified customers stand exactly on a cut ({axis}: {cut}), {limit} at most may; one step more or less "
        "moves all of them, so do not act on single customers there.",
        share=share,
        axis=matter.view.axis(cut.split(".")[1]),
        cut=cut,
        limit="on_cut.limit",
    )


def _word(matter: Matter, word: str) -> dict[str, Any] | None:
    """What stability says under one of its words; None where it says nothing."""
    stability = matter.evidence.stability
    if stability is None:
        return None
    row: dict[str, Any] = stability.words.set_index("word").loc[word].to_dict()
    return None if row["answer"] == "unknown" or row["found"] != row["found"] else row


def _keep(matter: Matter) -> Text | None:
    """Would the same customers come out in the same classes again?"""
    row = _word(matter, "reproducible")
    if row is None:
        return None
    how = f"seglib.review.stability: {row['measure']}"
    fact = matter.book.enter(
        "stability.reproducible", row["found"], "share", "share", "share that comes out alike when drawn again", expression=how
    )
    if row["measure"] != "own_orders":
        return matter.say("When the customers are resampled, the groups agree to {share} (adjusted Rand index).", share=fact)
    sentences = {
        "yes": matter.say("When each customer's own orders are resampled, {share} keep their class: the classes are steady.", share=fact),
        "partly": matter.say(
            "When each customer's own orders are resampled, {share} keep their class: steady for most, not for all.", share=fact
        ),
        "no": matter.say(
            "When each customer's own orders are resampled, only {share} keep their class: do not act on single customers.", share=fact
        ),
    }
    return sentences.get(str(row["answer"]))


def _separated(matter: Matter) -> Text | None:
    """Are there gaps between the classes, or are they slices of one continuum?"""
    row = _word(matter, "separated")
    if row is None:
        return None
    told = {
        "yes": matter.t("There is a gap between the classes on every axis: they are groups of their own."),
        "partly": matter.t("There is a gap at some of the cuts and none at the others."),
        "no": matter.t("There is no gap between the classes: they are slices of one continuum, useful to work with, not natural segments."),
    }
    return Text(told[row["answer"]]) if row["answer"] in told else None


def _sensitivity(matter: Matter) -> Table | None:
    """What moves when a cut or the window is drawn a little elsewhere."""
    stability = matter.evidence.stability
    if stability is None or stability.sensitivity.empty:
        return None
    view = matter.view
    read = rules.decides(view)
    rows = [row for row in stability.sensitivity.to_dict("records") if not read or row["what"] == "window" or row["what"] in read]
    told = [
        {
            "what": matter.t("window") if row["what"] == "window" else view.axis(row["what"]),
            "change": float(row["change"]),
            "customers_share": float(row["customers_share"]),
            "spend_share": float(row["spend_share"]),
            "most": view.label(row["segment"]) if isinstance(row["segment"], str) and row["segment"] else numbers.MISSING,
            "index_before": float(row["index_before"]),
            "index_after": float(row["index_after"]),
        }
        for row in rows
    ]
    facts = tuple(
        matter.book.enter(f"sensitivity.{place}.{name}", row[name], kind, kind, formula, expression="seglib.review.stability: sensitivity")  # type: ignore[arg-type]
        for place, row in enumerate(told)
        for name, (kind, formula) in MOVED.items()
    )
    heads = [
        Column("what", matter.t("Moved")),
        Column("change", matter.t("by"), "share"),
        Column("customers_share", matter.t("Customers who change class"), "share"),
        Column("spend_share", matter.t("Sales that change class"), "share"),
        Column("most", matter.t("Most changed class")),
        Column("index_before", matter.t("its index"), "index"),
        Column("index_after", matter.t("then"), "index"),
    ]
    return matter.table(pd.DataFrame(told), heads, matter.t("What other cuts and other windows would change"), facts=facts)


#: Figures of a row on other cuts: name -> kind, formula.
MOVED = {
    "change": ("share", "by how much the cut or the window was moved"),
    "customers_share": ("share", "customers who change class / classified customers"),
    "spend_share": ("share", "sales of those who change class / sales of all classified"),
    "index_before": ("index", "spend per customer of the most changed class, everybody = 100"),
    "index_after": ("index", "the same after the change"),
}


def _edges(matter: Matter) -> Text | None:
    """How many stand close to a line that could as well have been drawn elsewhere."""
    if not matter.book.knows("near.inside.customers"):
        return None
    near, inside = matter.book.value("near.inside.customers"), matter.book.value("inside.customers")
    fact = matter.book.enter(
        "near.inside.share",
        near / inside if inside else float("nan"),
        "share",
        "share",
        "customers within 5 % of a cut / classified customers",
        expression="near.inside.customers / inside.customers",
    )
    return matter.say("{n} customers ({share}) stand within {limit} of a cut.", n="near.inside.customers", share=fact, limit="near.limit")


VERDICTS = {
    "as_good": marked(
        "For predicting the next period's spend the classes do as well as a plain ranking by past spend of the same sizes "
        "(R² {own} against {ranking}, difference {low} to {high})."
    ),
    "better": marked(
        "For predicting the next period's spend the classes do better than a plain ranking by past spend of the same sizes "
        "(R² {own} against {ranking}, difference {low} to {high})."
    ),
    "worse": marked(
        "For predicting the next period's spend a plain ranking by past spend of the same sizes does better "
        "(R² {ranking} against {own}, difference {low} to {high}): use the ranking for how much, the classes for what to say."
    ),
    "undecided": marked(
        "Whether the classes predict the next period's spend better than a plain ranking of the same sizes is undecided with so "
        "few customers (R² {own} against {ranking}, difference {low} to {high})."
    ),
}


NEITHER = marked(
    "Neither the classes nor a plain ranking by past spend of the same sizes tells the next period's spend: each explains less than "
    "{limit} of how customers differ in it (R²)."
)
SAME = marked("The classes are themselves a ranking by past spend: for predicting the next period's spend they say what that ranking says.")
#: What a method is meant to tell apart, against the same ranking.
OWN = {
    "as_good": marked(
        "On what this division is meant to tell apart ({outcome}) it does as well as a ranking by past spend ({low} to {high})."
    ),
    "better": marked(
        "On what this division is meant to tell apart ({outcome}) it does better than a ranking by past spend ({low} to {high})."
    ),
    "worse": marked("On what this division is meant to tell apart ({outcome}) a ranking by past spend does better ({low} to {high})."),
    "undecided": marked(
        "Whether this division does better than a ranking by past spend on what it is meant to tell apart ({outcome}) is undecided "
        "({low} to {high})."
    ),
}


OWN_NEITHER = marked(
    "On what this division is meant to tell apart ({outcome}) neither it nor a ranking by past spend tells the next period: each explains "
    "less than {limit} of how customers differ in it (R²)."
)


def _limit(matter: Matter) -> str:
    """The fact of the R² below which nothing is told."""
    how = "R² below which a prediction tells of nothing"
    return matter.book.enter("worth.limit", TELLS, "share", "R²", how, expression="seglib.review.worth.TELLS")


def _own_outcome(matter: Matter) -> Text | None:
    """The verdict on the method's own outcome, where its words file names one and the data record it."""
    worth = matter.evidence.worth
    if worth is None or not worth.own_verdict or worth.own.empty:
        return None
    table = worth.own.set_index("prediction")
    row = table.loc["size_matched_spend"]
    if not tells(*table.loc[[worth.method, "size_matched_spend"], "r2"]):
        return matter.say(OWN_NEITHER, outcome=matter.t(OUTCOMES[worth.outcome]), limit=_limit(matter))
    how = f"review.worth: own outcome, {worth.outcome}"
    names = {"low": "lower end of the 95% interval of the difference of R² on the own outcome", "high": "upper end of it"}
    facts = {
        key: matter.book.enter(f"own.{key}", round(float(row[f"difference_{key}"]), 4), "number", "R²", names[key], expression=how)
        for key in names
    }
    return matter.say(OWN[worth.own_verdict], outcome=matter.t(OUTCOMES[worth.outcome]), **facts)


def _worth_sentence(matter: Matter) -> Text | None:
    worth, held = matter.evidence.worth, matter.evidence.held
    if worth is None or held is None:
        if "orders" not in matter.client.tables:
            return Text(matter.t("The data hold no orders by day, so it cannot be checked whether the classes held in a later period."))
        error = matter.evidence.absent.get("worth")
        reason = matter.reason(error)
        return Text(matter.t("Whether the classes held in a later period could not be checked. {reason}", reason=reason).strip())
    if worth.against.set_index("baseline").loc["size_matched_spend", ["low", "high"]].eq(0).all():
        return Text(matter.t(SAME))
    table = worth.measures.set_index("prediction")["r2"]
    if not tells(table[worth.method], table["size_matched_spend"]):
        return matter.say(NEITHER, limit=_limit(matter))
    row = worth.against.set_index("baseline").loc["size_matched_spend"]
    how = f"review.worth on the hold-out from {held.split}, {held.days} days"
    # Less than nothing cannot be explained: a mean that was learned on others may be off by more than the differences are.
    values = {"own": max(table[worth.method], 0), "ranking": max(table["size_matched_spend"], 0), "low": row["low"], "high": row["high"]}
    names = {
        "own": "out-of-fold R² of the classes, at least 0",
        "ranking": "out-of-fold R² of a spend ranking cut at the same class sizes, at least 0",
        "low": "lower end of the 95% interval of the difference",
        "high": "upper end of it",
    }
    facts = {
        key: matter.book.enter(f"worth.{key}", round(float(value), 4), "number", "R²", names[key], expression=how)
        for key, value in values.items()
    }
    return matter.say(VERDICTS[worth.verdict], **facts)


def _worth_note(matter: Matter) -> Text | None:
    held = matter.evidence.held
    if held is None:
        return None
    unaided.split(matter)
    return matter.say(
        "For this check the classes were made again from what was known before {split}, for {n} customers, and held against the {days} "
        "that followed. One period is one draw; predicting is not the same as responding to an action.",
        split="worth.split",
        n="worth.customers",
        days="worth.days",
        style="note",
    )


OF_ONE = ("one_customer",)  # warnings with a figure of a single customer


def limits(matter: Matter) -> Part:
    """What the document does not say, what to keep in mind, and what may not be done with it."""
    lines = [
        *(Text(line) for line in matter.view.warnings(without=OF_ONE if matter.client.settings.report.audience == "outside" else ())),
        *_young(matter),
        Text(matter.t("The classes describe what customers did up to the cut-off day; they do not say who will answer to an action.")),
    ]
    privacy = [
        Text(matter.t(FOR_OUTSIDE if matter.client.settings.report.audience == "outside" else FOR_THE_CLIENT)),
        Text(
            matter.t(
                "The customer list is de-identified at most, never anonymous: whoever holds the client's systems can name the customers."
            )
        ),
        Text(
            matter.t(
                "Not for decisions on credit, employment or prices of single persons. Whoever objected to marketing is to be left out "
                "before any list is used."
            )
        ),
    ]
    notes = [Text(text) for place, text in matter.notes.items() if place not in ("summary", "playbook")]
    blocks: list[Block | None] = [Bullets(tuple(lines))]
    if matter.depth == "full":
        blocks += [Text(matter.t("Fairness"), style="lead"), *fairness.blocks(matter)]
    blocks += [Text(matter.t("Privacy"), style="lead"), Bullets(tuple(privacy)), *notes]
    return matter.part("limits", matter.t("Limits and privacy"), *blocks)


def _young(matter: Matter) -> list[Text]:
    """Who has been observed too short to be called low or lost."""
    view = matter.view
    flags, members = view.result.assignments, view.members.to_numpy()
    if "short_exposure" not in flags.columns or "exposure_days" not in view.customers.columns:
        return []
    n, quarter = int((flags["short_exposure"].to_numpy(bool) & members).sum()), view.result.window_days / 4
    if not n:
        return []
    plain = int((view.customers["exposure_days"].to_numpy(float)[members] < quarter).sum()) == n
    fact = matter.book.enter(
        "young.customers",
        n,
        "count",
        "customers",
        "classified customers observed for less than a quarter of the window",
        sql=f"SELECT count(*) FROM classified WHERE exposure_days < {quarter!r} AND {_inside(matter)}" if plain else "",
        expression="" if plain else "assignments: short_exposure",
    )
    text = "{n} customers have been observed for less than a quarter of the window: too young to judge as low or lost."
    return [Text(matter.t(text, n=numbers.count(n)), (fact,))]


def _inside(matter: Matter) -> str:
    outside = ", ".join(f"'{key}'" for key in matter.view.result.scheme.outside)
    return f"segment NOT IN ({outside})" if outside else "TRUE"
