"""Chances to buy on the page of purchase intent: what was learned, how it fared afterwards, and what is never looked at."""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING, Any

from seglib.errors import SeglibError
from seglib.language import marked
from seglib.report import labels, numbers, reasons
from seglib.report.proofs._base import Proof, between, plain, r2
from seglib.report.shown import Shown

if TYPE_CHECKING:
    from seglib.review import Propensity

NAMES = {
    "model": marked("Chances from all signs together"),
    "recency": marked("Days since the last order alone"),
    "points": marked("Points of intent alone"),
}


def chances(client: Any, *, lang: str = "en", split: str = "", out: str = "") -> Shown:
    """Chances to buy, learned on one period and judged on the next; a sentence where the data do not carry them.

    Args:
        client: The open client.
        lang: Language of the page.
        split: First day of the period judged on; by default the last quarter's.
        out: Folder for the tables; empty: none are written.
    """
    from seglib import review

    page = Proof(client, lang=lang)
    try:
        found = review.propensity(client, split=split)
    except SeglibError as fault:
        return Shown(f"<p>{escaping.escape(reasons.reason(fault, lang))}</p>")
    shown = _paragraph(_periods(page, found)) + _paragraph(_left_out(page))
    if not found.passed:
        return shown + _paragraph(_refused(page, found))
    page.frames |= {"chances": found.measures, "chances_fifths": found.calibration, "chances_weights": found.weights}
    if out:
        page.hand_on(out)
    return shown + _measures(page, found) + _fifths(page, found) + _weights(page, found)


def _paragraph(text: str) -> Shown:
    return Shown(f"<p>{escaping.escape(text)}</p>", text)


def _periods(page: Proof, found: Propensity) -> str:
    learned, judged = (found.periods[found.periods["part"] == part].iloc[0] for part in ("learned", "judged"))
    return page.t(
        "Learned from what was known before {first} and who ordered from then to {last} ({bought} of {customers} customers and prospects); "
        "judged on {judged_first} to {judged_last}, of which nothing was learned ({judged_bought} of {judged_customers}).",
        first=learned["first"], last=learned["last"], bought=numbers.count(learned["bought"]),
        customers=numbers.count(learned["customers"]),
        judged_first=judged["first"], judged_last=judged["last"], judged_bought=numbers.count(judged["bought"]),
        judged_customers=numbers.count(judged["customers"]),
    )  # fmt: skip


def _left_out(page: Proof) -> str:
    return page.t(
        "Stage, closing date, probability and outcome of deals are updated after the outcome, and what is recorded of a customer bears no "
        "date: none of them is used to predict."
    )


def _refused(page: Proof, found: Propensity) -> str:
    gate = found.gates[~found.gates["passed"]].iloc[0]
    return page.t(
        "No chances are learned: {found} is the smaller number of those who ordered and those who did not, and {needed} are needed "
        "(at least 50, and 10 for each number learned).",
        found=numbers.count(gate["found"]), needed=numbers.count(gate["needed"]),
    )  # fmt: skip


def judged(page: Proof, found: Propensity) -> str:
    """What the chances are worth, in a sentence: no skill is claimed where the interval of skill holds nought."""
    model = found.measures.iloc[0]
    told = {"skill": r2(model["skill"]), "between": between(model["skill_low"], model["skill_high"], page.lang)}
    if not model["skill_low"] > 0:
        return page.t(
            "The chances do not predict who orders: their Brier skill is {skill} (95% interval {between}), and 0 says no more than the "
            "overall rate. Do not use them.",
            **told,
        )
    by = found.against.set_index("baseline")
    against = by.loc["recency"]
    lead = {"lead": r2(against["difference"]), "lead_between": between(against["low"], against["high"], page.lang)}
    first = page.t(
        "The chances predict who orders: their Brier skill is {skill} (95% interval {between}; 0 says no more than the overall rate, 1 is "
        "perfect).",
        **told,
    )
    if against["verdict"] == "better":
        second = page.t("They rank better than days since the last order alone: AUC {lead} higher ({lead_between}).", **lead)
    elif against["verdict"] == "worse":
        second = page.t(
            "They rank worse than days since the last order alone: AUC lower by {lead} ({lead_between}). Use those days.", **lead
        )
    else:
        second = page.t(
            "Against days since the last order alone they gain nothing that counts: AUC differs by {lead} ({lead_between}). Those days "
            "serve as well.",
            **lead,
        )
    points = by.loc["points"]
    third = page.t(
        "Against the points of this page their AUC differs by {lead} ({lead_between}).",
        lead=r2(points["difference"]), lead_between=between(points["low"], points["high"], page.lang),
    )  # fmt: skip
    return f"{first}{second}{third}" if page.lang == "zh" else f"{first} {second} {third}"


def _measures(page: Proof, found: Propensity) -> Shown:
    table = found.measures.assign(
        auc_between=[between(row["auc_low"], row["auc_high"], page.lang) for row in found.measures.to_dict("records")],
        skill_between=[between(row["skill_low"], row["skill_high"], page.lang) for row in found.measures.to_dict("records")],
    )
    heads = {"prediction": page.t("Prediction"), "auc": "AUC", "auc_between": page.t("AUC, 95% interval")}
    heads |= {"brier": page.t("Brier score"), "skill": page.t("Brier skill")}
    heads["skill_between"] = page.t("Brier skill, 95% interval")
    markup = {"prediction": plain(lambda key: page.t(NAMES[key]))} | dict.fromkeys(("auc", "brier", "skill"), r2)
    kinds = dict.fromkeys(("auc_between", "skill_between"), "text")
    return page.told(judged(page, found), table, page.t("Chances to order, judged out of time"), heads, markup=markup, kinds=kinds)


def _fifths(page: Proof, found: Propensity) -> Shown:
    slope = found.slope
    told = {"slope": f"{slope['slope']:.2f}".replace("-", "−"), "between": between(slope["low"], slope["high"], page.lang)}
    sentence = page.t(
        "Calibration: the slope of what happened on what was expected is {slope} ({between}); 1 is right, less says that the chances are "
        "too extreme.",
        **told,
    )
    heads = {
        "fifth": page.t("Fifth by chance (1 least)"),
        "customers": page.t("Customers"),
        "expected": page.t("Expected to order"),
        "bought": page.t("Ordered"),
        "low": page.t("From"),
        "high": page.t("To"),
    }
    kinds = dict.fromkeys(("expected", "bought", "low", "high"), "share")
    return page.told(sentence, found.calibration, page.t("Expected and observed, by fifth"), heads, kinds=kinds)


def _weights(page: Proof, found: Propensity) -> Shown:
    sentence = page.t(
        "Weights are log odds for one standard deviation, all signs together: signs that tell the same divide their weight, and none of "
        "them is a cause."
    )
    heads = {"term": page.t("Sign"), "weight": page.t("Weight"), "low": page.t("From"), "high": page.t("To")}

    def name(term: str) -> str:
        return page.t("Has ever ordered") if term == "has_ordered" else labels.label(term, page.lang)

    markup = {"term": plain(name)} | dict.fromkeys(("weight", "low", "high"), lambda value: f"{value:.2f}".replace("-", "−"))
    return page.told(sentence, found.weights, page.t("What the chances are made of"), heads, markup=markup)
