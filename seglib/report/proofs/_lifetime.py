"""The table of expected purchases on the page of worth."""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING

from seglib.report import numbers, reasons
from seglib.report.proofs._base import plain
from seglib.report.proofs._worth_words import MODELS
from seglib.report.shown import Shown

if TYPE_CHECKING:
    from seglib.report.proofs.worth_page import WorthPage


def lifetime(page: WorthPage) -> Shown:
    """How far expected lifetime purchases err; nothing where too few came back for such a model."""
    from seglib import review
    from seglib.errors import SeglibError

    try:
        found = review.lifetime_measures(page.client, page.held)
    except SeglibError as fault:
        return Shown(f"<p>{escaping.escape(reasons.reason(fault, page.lang))}</p>")
    page.frames["lifetime"] = found
    spend = found[found["what"] == "spend"]
    best = spend[spend["group"] == "all"].sort_values("mae", kind="stable").iloc[0]
    sentence = page.t(
        "What is expected of each customer against what came, in money: {model} errs least, by {mae} a customer on average. Groups are "
        "buying days after the first before the split.",
        model=page.t(MODELS[best["model"]]),
        mae=numbers.money(best["mae"], page.currency, page.lang),
    )
    heads = {
        "model": page.t("Expectation"),
        "group": page.t("Repeat purchases so far"),
        "customers": page.t("Customers"),
        "actual": page.t("Came (mean)"),
        "predicted": page.t("Expected (mean)"),
        "mae": page.t("Mean error"),
        "rmse": page.t("Root mean square error"),
        "bias": page.t("Expected less came"),
    }
    kinds = dict.fromkeys(("actual", "predicted", "mae", "rmse", "bias"), "money_each")
    everybody = plain(lambda key: page.t("all") if key == "all" else key)
    markup = {"model": plain(lambda key: page.t(MODELS[key])), "group": everybody}
    return page.told(sentence, spend, page.t("Expected purchases as a prediction"), heads, kinds=kinds, markup=markup)
