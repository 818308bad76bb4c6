"""The appendix: where the customer list lies, words of the trade in both languages, parameters, and what proves the figures."""

from __future__ import annotations

import pandas as pd

import seglib
from seglib.language import marked
from seglib.report import labels, numbers
from seglib.report.documents.matter import Matter
from seglib.report.documents.model import Column, Part, Table, Text
from seglib.report.documents.parts import fairness, measuring

#: English term, Chinese term, what it means.
GLOSSARY = (
    ("customer", "客户", marked("whoever stands with an id of their own in the client's data, buyer or not")),
    ("order", "订单", marked("an order number whose net value is positive after the refunds linked to it")),
    ("sales", "销售额", marked("net revenue of the firm, refunds taken off")),
    ("window", "分析期", marked("the days that sums and counts look back on")),
    ("cut-off day", "截止日", marked("the last day that is looked at")),
    ("class", "类别", marked("customers whom the same rule names")),
    ("cut", "界限", marked("the value at which a score changes")),
    ("definition", "定义", marked("cuts and rules together, named by their hash; the same definition classes later customers alike")),
    ("sales per order", "笔单价", marked("sales divided by orders")),
    ("sales per customer", "户均销售额", marked("sales divided by customers")),
    ("median", "中位数", marked("half of the customers lie at or below it")),
    ("index", "指数", marked("a value set against that of all customers; the same value is one hundred")),
    ("hold-out", "留出期", marked("a later period that the classes did not know when they were made")),
    ("stability", "稳定性", marked("how surely a customer would be in the same class with slightly different orders")),
    ("chance", "随机波动", marked("what moves with no change in behaviour")),
)


def appendix(matter: Matter) -> Part:
    """Customer list, glossary, parameters, hashes."""
    result = matter.view.result
    listed = matter.t(
        "The customer list, one row a customer with class, scores and reason, is a file of its own: the Excel file that is handed over "
        "with this document, and tables/report/customers.parquet in the project. Every figure with its formula and query stands in "
        "tables/report/facts.json."
    )
    if matter.client.settings.report.audience == "outside":
        listed = matter.t(
            "The customer list, one row a customer with pseudonym, class and scores, is a file of its own: the Excel file that is handed "
            "over with this document. Customers of groups that are not shown are not in it."
        )
        told = Text(listed)
    else:
        told = matter.book.joined(Text(listed), matter.say("The list has {n} rows.", n="all.customers"))
    blocks = [told, measuring.needed(matter), _impact(matter), _glossary(matter), _parameters(matter)]
    blocks.append(_proofs(matter, result))
    return matter.part("appendix", matter.t("Appendix"), *blocks)


def _impact(matter: Matter) -> Table:
    """The questions of an impact assessment, answered as far as this document can; the rest is left to the client."""
    told = {
        matter.t("Purpose"): matter.view.words.text("decides", matter.book.lang),
        matter.t("Data the classes are made from"): matter.book.listed(
            [labels.label(name, matter.book.lang) for name in matter.view.result.built_on] or [numbers.MISSING]
        ),
        matter.t("Sensitive traits among them"): _sensitive(matter),
        matter.t("Decided by machine alone?"): matter.t(
            "No: a class decides no price, credit or refusal; whoever carries out an action answers for it."
        ),
        matter.t("Treated unlike in price, terms or service"): _unlike(matter),
        matter.t("Way to refuse"): _refusal(matter),
        matter.t("Kept for how long, deleted by whom"): matter.t("to be filled in by the client"),
        matter.t("Weighed and approved by, on"): matter.t("to be filled in by the client"),
    }
    frame = pd.DataFrame({"question": list(told), "answer": list(told.values())})
    heads = [Column("question", matter.t("Question")), Column("answer", matter.t("Answer"))]
    caption = matter.t("Impact assessment of personal information (PIPL articles 55 and 56), as far as this document can fill it in")
    return matter.table(frame, heads, caption)


def _sensitive(matter: Matter) -> str:
    """Traits of the person among what the classes are made from."""
    found = [name for name in matter.view.result.built_on if name in PERSONAL]
    if not found:
        return matter.t("none")
    return matter.book.listed([labels.label(name, matter.book.lang) for name in found])


def _unlike(matter: Matter) -> str:
    keys = fairness.favoured(matter)
    return matter.book.listed([matter.view.label(key) for key in keys]) if keys else matter.t("no class")


def _refusal(matter: Matter) -> str:
    """Is it on record who refused marketing?"""
    table = matter.client.tables.get("customers")
    if table is not None and "opt_out" in table.columns:
        return matter.t("Recorded by customer; whoever refused is left out before a list is used.")
    return matter.t("Not recorded in these data; every message must offer one.")


#: Columns that tell of the person and not of what they bought.
PERSONAL = ("birth_year", "age_band", "gender", "income", "income_band", "household_size", "household_kind", "children", "marital_status",
            "home_ownership", "province", "city", "address", "declared", "declared_power", "place_level")  # fmt: skip


def _glossary(matter: Matter) -> Table:
    rows = [{"en": en, "zh": zh, "meaning": matter.t(text)} for en, zh, text in GLOSSARY]
    order = ["zh", "en"] if matter.book.lang == "zh" else ["en", "zh"]
    heads = {"en": matter.t("English"), "zh": matter.t("Chinese"), "meaning": matter.t("Meaning")}
    return matter.table(pd.DataFrame(rows), [Column(name, heads[name]) for name in (*order, "meaning")], matter.t("Glossary"))


def _parameters(matter: Matter) -> Table:
    words, lang = matter.view.words, matter.book.lang
    common = {"as_of": matter.t("cut-off day"), "window_days": matter.t("days of the window")}
    rows = [
        {"name": name, "value": str(value), "meaning": common.get(name) or words.parameter(name, lang)}
        for name, value in matter.view.result.params.items()
        if value not in ("", None)
    ]
    heads = [Column("name", matter.t("Parameter")), Column("value", matter.t("Value")), Column("meaning", matter.t("Meaning"))]
    return matter.table(pd.DataFrame(rows), heads, matter.t("Parameters of the classification"))


def _proofs(matter: Matter, result: object) -> Table:
    view = matter.view
    rebuilt = sum(1 for fact in matter.book.facts.values() if fact.sql)
    rows = [
        (matter.t("Definition"), view.result.scheme.hash),
        (matter.t("Data"), str(getattr(matter.client, "fingerprint", ""))),
        (matter.t("Version"), f"seglib {seglib.__version__}"),
        (
            matter.t("Figures"),
            matter.t(
                "{n} facts, {sql} of them with a query that rebuilds them from the order lines", n=len(matter.book.facts), sql=rebuilt
            ),
        ),
    ]
    frame = pd.DataFrame(rows, columns=["what", "value"])
    return matter.table(frame, [Column("what", matter.t("What")), Column("value", matter.t("Value"))], matter.t("What proves the figures"))
