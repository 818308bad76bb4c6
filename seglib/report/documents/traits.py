"""What stands out in a class beside its orders: channel, place, industry, membership, satisfaction, margin; only where the data bear it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from seglib.report.documents.figures import inside_sql

if TYPE_CHECKING:
    from seglib.report.documents.matter import Matter

#: Columns of the customers table that say where and how somebody buys; age, gender and income stand in the fairness table instead.
TRAITS = ("channel", "membership", "region", "province", "industry", "customer_kind")
LEAST = 30  # customers of the class with the trait, and answers from whom a score is told
INDEX = 120  # everybody = 100
ERROR = 0.05  # share of false lines among those told, over all classes and traits
MOST_VALUES = 60  # a trait with more values is no trait but a name


def gather(matter: Matter) -> None:
    """Enter the trait that stands out most in each class, satisfaction, and margin; what the data do not carry is not entered."""
    _traits(matter)
    _promoters(matter)
    _margin(matter)


def _traits(matter: Matter) -> None:
    table = matter.client.tables.get("customers")
    built_on = set(matter.view.result.built_on)
    names = [name for name in TRAITS if table is not None and name in table.columns and name not in built_on]
    if not names or matter.view.result.method in ("geography", "firmographics"):
        return
    frame = table.select("customer_id", *names).execute().drop_duplicates("customer_id").set_index("customer_id")
    raw = frame.copy()
    if "province" in frame:
        frame["province"] = one_name(frame["province"])
    people = matter.view.result.assignments[matter.view.members.to_numpy()]
    told = standing_out(frame.reindex(people["customer_id"]), people["segment"].to_numpy())
    for row in told.to_dict("records"):
        key, column, value = row["segment"], row["trait"], str(row["value"])
        spelled = sorted(set(raw.loc[frame[column].astype(str).to_numpy() == value, column].astype(str)))
        named = ", ".join("'" + text.replace("'", "''") + "'" for text in spelled)
        inside = f"FROM classified AS c JOIN customers AS u USING (customer_id) WHERE {inside_sql(matter.view)}"
        sql = (
            f"SELECT 100 * (count(*) FILTER (c.segment = '{key}' AND u.\"{column}\" IN ({named})) "
            f"/ count(u.\"{column}\") FILTER (c.segment = '{key}')) "
            f'/ (count(*) FILTER (u."{column}" IN ({named})) / count(u."{column}")) {inside}'
        )
        how = "value with the highest index among those that stand out beyond chance"
        matter.book.enter(f"class.{key}.trait", value, "text", column, how, expression="seglib.report.documents.traits")
        formula = "share of the value among those of the class of whom it is recorded / its share among all classified, times 100"
        matter.book.enter(f"class.{key}.trait_index", float(row["index"]), "index", "index", formula, sql=sql)


def one_name(values: pd.Series) -> pd.Series:
    """Provinces of China by one name each, however they were written; others as they are."""
    from seglib.customers.places import places

    short = {text: place.name for text in values.dropna().unique() if (place := places().province_of(str(text)))}
    return values.map(lambda text: short.get(text, text))


def standing_out(frame: pd.DataFrame, segment: np.ndarray) -> pd.DataFrame:
    """The value that stands out most in each class, beyond chance over all classes, traits and values together.

    Args:
        frame: One row a customer, a column a trait; missing where it is not recorded.
        segment: Class of each.

    Returns:
        segment, trait, value, index, customers; at most one row a class.
    """
    from scipy.stats import false_discovery_control, hypergeom

    cells: list[dict[str, Any]] = []
    for trait in frame.columns:
        known = frame[trait].notna().to_numpy()
        values = frame[trait].to_numpy()[known].astype(str)
        if not 2 <= len(set(values)) <= MOST_VALUES:
            continue
        counts = pd.crosstab(segment[known], values)
        n, of_class, of_value = int(known.sum()), counts.sum(axis=1), counts.sum(axis=0)
        for key in counts.index:
            for value in counts.columns:
                hit, drawn, all_of = int(counts.at[key, value]), int(of_class[key]), int(of_value[value])
                index = 100 * (hit / drawn) / (all_of / n) if drawn else 0.0
                chance = float(hypergeom.sf(hit - 1, n, all_of, drawn))
                cells.append({"segment": key, "trait": trait, "value": value, "index": index, "customers": hit, "chance": chance})
    if not cells:
        return pd.DataFrame(columns=["segment", "trait", "value", "index", "customers"])
    table = pd.DataFrame(cells)
    table["chance"] = false_discovery_control(table["chance"].clip(upper=1.0))
    table = table[(table["chance"] < ERROR) & (table["customers"] >= LEAST) & (table["index"] >= INDEX)]
    table = table.sort_values(["segment", "index", "trait", "value"], ascending=[True, False, True, True])
    return table.drop_duplicates("segment").drop(columns="chance").reset_index(drop=True)


def _promoters(matter: Matter) -> None:
    """Net promoter score of a class with enough answers, and of all."""
    if "nps_score" not in matter.client.columns:
        return
    view = matter.view
    table = matter.client.customers(as_of=view.result.as_of, window_days=view.result.window_days, columns=("nps_score",), facts=())
    score = table.set_index("customer_id")["nps_score"].reindex(view.result.assignments["customer_id"]).to_numpy(float)
    segment = view.result.assignments["segment"].to_numpy()
    for name, who in [("inside", view.members.to_numpy()), *((f"class.{key}", segment == key) for key in matter.keys)]:
        answers = score[who & ~np.isnan(score)]
        if len(answers) >= LEAST:
            value = 100 * float((answers >= 9).mean() - (answers <= 6).mean())
            how = "promoters (9 and 10) − detractors (0 to 6), in points, of those who answered within a year"
            matter.book.enter(f"{name}.nps", round(value), "number", "points", how, expression="customers.nps_score")
            matter.book.enter(f"{name}.nps_answers", len(answers), "count", "customers", "who answered", expression="customers.nps_score")


def _margin(matter: Matter) -> None:
    """Margin of every class and its share, where order lines carry one."""
    view = matter.view
    if "margin" not in matter.client.columns or not view.has_money:
        return
    table = matter.client.customers(as_of=view.result.as_of, window_days=view.result.window_days, columns=("margin",), facts=())
    margin = table.set_index("customer_id")["margin"].reindex(view.result.assignments["customer_id"]).fillna(0.0).to_numpy(float)
    segment = view.result.assignments["segment"].to_numpy()
    groups = [("all", np.ones(len(margin), dtype=bool)), ("inside", view.members.to_numpy())]
    groups += [(f"class.{key}", segment == key) for key in (*matter.keys, *matter.outside_keys)]
    for name, who in groups:
        value = float(margin[who].sum())
        matter.book.enter(
            f"{name}.margin", value, "money", view.currency, "margin of the class in the window", expression="customers.margin"
        )
        whole = matter.book.value("all.margin")
        formula = "margin of the class / margin of all known customers"
        share = value / whole if whole > 0 else float("nan")
        matter.book.enter(f"{name}.margin_share", share, "share", "share", formula, expression="margin / margin of all")
