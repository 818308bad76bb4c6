"""Why a customer is in a class: counted by hand on small tables, held to the real next days on made ones."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import methods, report, review
from seglib.customers import FACTS as SIDE_FRAMES
from seglib.datasets import make_market
from seglib.errors import DataError
from seglib.formula import Formula
from seglib.learned import Kind, LearnedScheme
from seglib.methods import clusters, lifecycle, rfm, ticket_size, value_tier
from seglib.methods._signed import settled
from seglib.report import why
from seglib.report.sentences import view_of
from seglib.review.explain import weights_of
from seglib.review.paths import Condition, Paths
from seglib.review.whatif import HORIZON, silent_table, with_order
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme
from seglib.settings import ClientSettings

AXES = ["customer_id", "days_since_last_order", "orders", "spend", "median_order_value", "mean_order_value"]


def table(*rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=AXES).astype({"orders": "int64"})
    frame = frame.astype({name: "float64" for name in AXES if name not in ("customer_id", "orders")})
    return frame.assign(as_of=pd.Timestamp("2024-12-31"), window_days=365)


@pytest.fixture(scope="module")
def quadrants() -> tuple[object, pd.DataFrame]:
    """Eight classes by cuts written by hand: R at most 20 days, F at least 10 orders, M at least 1,000."""
    customers = table(
        ("a", 4, 12, 1200, 100, 100),  # high on all three
        ("b", 4, 5, 1200, 240, 240),  # few orders
        ("c", 40, 12, 1200, 100, 100),  # long ago
        ("d", 19, 9, 950, 100, 105.5),  # one order short of 10, and of 1,000 by less than one order
        ("e", 20, 10, 1000, 100, 100),  # at every cut
        ("z", 3, 0, 0, np.nan, np.nan),  # nobody: no orders
    )
    result = rfm.segment(customers, classes="cn8", r_tiers="fixed:20", f_tiers="fixed:10", m_tiers="fixed:1000")
    return result, customers


def test_the_way_through_the_rules_by_hand(quadrants: tuple) -> None:
    result, customers = quadrants
    found = review.reasons(result, customers).set_index("customer_id")
    assert found["segment"].to_dict() == {
        "a": "key_value", "b": "key_develop", "c": "key_keep", "d": "general_develop", "e": "key_value", "z": "no_orders",
    }  # fmt: skip
    assert found.loc["b", "conditions"] == (
        Condition("R", "days_since_last_order", None, 20.0, "right", "between", False),
        Condition("F", "orders", None, 10.0, "left", "between", False),
        Condition("M", "spend", 1000.0, None, "left", "between", False),
    )
    assert found.loc["b", "values"] == {"days_since_last_order": 4.0, "orders": 5.0, "spend": 1200.0}
    lack = found.loc["b", "lacks"][0]
    assert (found.loc["b", "next_class"], lack.input, lack.target, lack.gap, lack.at) == ("key_value", "orders", 10.0, 5.0, True)
    assert found.loc["a", "next_class"] == ""  # nothing is left to rise to
    assert found.loc["c", "next_class"] == ""  # only a purchase would: that is what one more order tells
    assert found.loc["d", "next_class"] == "key_develop"  # spend is 5 % short, orders 10 %
    assert found.loc["d", "lacks"][0].gap == pytest.approx(50)
    assert list(found["outside"]) == [False] * 5 + [True]


def test_one_more_usual_order_by_hand(quadrants: tuple) -> None:
    result, customers = quadrants
    told = {name: review.explain(result, customers, name) for name in "abcdez"}
    assert told["d"].one_more is not None
    assert (told["d"].one_more.segment, told["d"].one_more.amount) == ("key_value", 100.0)  # 9 + 1 orders, 950 + 100
    assert told["b"].one_more.segment == "key_develop"  # type: ignore[union-attr]
    assert told["c"].one_more.segment == "key_value"  # type: ignore[union-attr]
    assert told["z"].one_more is None
    assert told["d"].one_more.exact is False


def test_the_day_of_silence_by_hand(quadrants: tuple) -> None:
    result, customers = quadrants
    told = {name: review.explain(result, customers, name).silence for name in "abcdez"}
    assert told["a"] is not None
    assert (told["a"].segment, told["a"].days, told["a"].day) == ("key_keep", 17, "2025-01-17")  # 4 + 16 = 20 is still recent
    assert (told["e"].segment, told["e"].days) == ("key_keep", 1)  # type: ignore[union-attr]
    assert told["c"] is None
    assert told["z"] is None


def test_the_sentences_name_value_cut_and_lack(quadrants: tuple) -> None:
    result, customers = quadrants
    english = report.reason(result, customers, "b", currency="USD")
    path = "Days since last order 4 ≤ 20, Orders 5 < 10, Sales USD 1,200 ≥ USD 1,000"
    here, there = (methods.words("rfm").label(key, "en") for key in ("key_develop", "key_value"))
    assert english == f"{here}: {path}; nearest other class {there}: 5 orders more (Orders from 10)"
    chinese = report.reason(result, customers, "b", lang="zh", currency="CNY")
    assert chinese == (
        "重要发展客户：距最近购买天数 4 ≤ 20，订单数 5 < 10，销售额 1,200 元 ≥ 1,000 元；"
        "最近的另一类是「重要价值客户」：还差 5 单（订单数达到 10）"
    )
    whole = report.explain(result, customers, "d", lang="en", currency="USD").splitlines()
    assert len(whole) == 4
    assert whole[1] == f"One more usual order today (USD 100) would lead to {methods.words('rfm').label('key_value', 'en')}."
    assert whole[2].startswith("Silent until 2025-01-02: ")  # 19 + 2 days
    assert whole[2].endswith("Orders that leave the window meanwhile are not looked at here.")
    assert "从未购买：已知客户" in report.reason(result, customers, "z", lang="zh")


def test_days_are_never_what_is_lacking(quadrants: tuple) -> None:
    result, customers = quadrants
    told = why.sentences(view_of(result, "en", customers=customers, currency="USD"))
    assert not any("days more" in line or "days from" in line for line in told)
    lacks = review.reasons(result, customers)["lacks"]
    assert not any(one.input.startswith("days_since") for row in lacks for one in row)


def test_where_classes_are_ordered_the_next_better_one_is_named() -> None:
    customers = table(*((f"c{i}", 5, 3, 100.0 * i, 50, 50) for i in range(1, 7)))
    result = value_tier.segment(customers, tiers="fixed:250,450")
    found = review.reasons(result, customers).set_index("customer_id")
    assert found["next_class"].tolist() == ["medium", "medium", "high", "high", "", ""]
    assert [row[0].gap for row in found["lacks"] if row] == pytest.approx([150, 50, 150, 50])
    assert "lacking for Medium value: USD 150 more (Sales from USD 250)" in report.reason(result, customers, "c1", currency="USD")


def test_a_cut_that_must_be_passed_and_one_that_is_enough() -> None:
    customers = table(("a", 5, 3, 100, 50, 50), ("b", 5, 9, 300, 50, 50), ("c", 5, 12, 900, 50, 50))
    scheme = value_tier.segment(customers, tiers="top:34,66").scheme  # right-closed: the cut itself is still below
    assert isinstance(scheme, RuleScheme)
    found = review.reasons(settled(scheme, customers), customers)
    cut = scheme.score("V").cuts[0]
    assert [lack.at for lack in found["lacks"].iloc[0]] == [False]
    assert found["lacks"].iloc[0][0].target == cut
    whole = RuleScheme(
        "purchase_frequency",
        (Score("F", "orders", (9.0,), (1, 2)),),
        (Rule("high", {"F": (2,)}), Rule("low", {"F": (1,)})),
        ("high", "low"),
    )
    step = Paths(whole, customers, moved=("orders",)).targets((0,), ["high"])[0].steps[0]
    assert (step.target, step.at) == (10.0, True)  # above 9 orders is 10 orders


def test_figures_that_differ_are_never_printed_alike() -> None:
    customers = table(("a", 5, 3, 1000.001, 50, 50), ("b", 5, 3, 999.9999, 50, 50))
    view = view_of(value_tier.segment(customers, tiers="fixed:1000"), "en", customers=customers, currency="USD")
    assert "USD 999.9999 < USD 1,000" in why.sentences(view).iloc[1]


def test_edge_classes_are_explained(market: tuple) -> None:
    _, customers = market
    result = ticket_size.segment(customers)
    told = dict(zip(result.assignments["segment"], why.sentences(view_of(result, "en", customers=customers, currency="USD")), strict=True))
    assert told["no_orders"].startswith("No orders: Known customers without any order")
    edge = table(
        ("a", 5, 3, -20, 50, 50), ("b", 5, 3, 0, 50, 50), ("c", np.nan, 3, 50, 50, 50), ("d", 5, 3, 70, 50, 50), ("e", 9, 4, 99, 50, 50)
    )
    lines = dict(zip("abcde", why.sentences(view_of(rfm.segment(edge), "en", customers=edge, currency="USD")), strict=True))
    assert lines["a"].startswith("Net negative: ")
    assert "Sales USD −20 < USD 0" in lines["a"]
    assert lines["b"].startswith("Net zero: ")
    assert lines["c"].startswith("Unknown (")


def test_without_the_columns_the_answer_is_that_it_cannot_be_said() -> None:
    customers = table(("a", 5, 3, 100, 50, 50), ("b", 5, 9, 300, 50, 50)).assign(categories=[2, 7])
    scheme = RuleScheme(
        "value_tier", (Score("V", "categories", (3.0,), (1, 2)),), (Rule("high", {"V": (2,)}), Rule("low", {"V": (1,)})), ("high", "low")
    )
    told = review.explain(settled(scheme, customers), customers, "a")
    assert told.one_more is not None
    assert (told.one_more.segment, told.one_more.unknown) == ("", ("categories",))
    assert "cannot be said, as it depends on Categories bought" in report.explain(
        settled(scheme, customers), customers, "a", currency="USD"
    )


def test_an_unknown_customer_is_answered_with_ids_alike(quadrants: tuple) -> None:
    result, customers = quadrants
    with pytest.raises(DataError, match=r"There is no customer q among the 6 known\. Ids look like: a, b, c"):
        review.explain(result, customers, "q")


@pytest.fixture(scope="module")
def market() -> tuple[seglib.client.Client, pd.DataFrame]:  # type: ignore[name-defined]
    client = seglib.open_frames(**make_market(customers=180, seed=5).tables)
    return client, client.customers(columns=client.columns, facts=tuple(SIDE_FRAMES))


@pytest.mark.parametrize("name", methods.names())
def test_every_method_explains_every_one_of_its_customers(name: str, market: tuple) -> None:
    client, customers = market
    if methods.lacking(name, customers.columns):
        pytest.skip("the made market lacks what it needs")
    result = methods.get(name).segment(customers)
    facts = review.reasons(result, customers)
    assert facts["segment"].tolist() == result.assignments["segment"].tolist()
    assert all(facts["conditions"].map(len) + facts["weights"].map(len) > 0) or result.scheme.classes == ("all",)
    for lang in ("zh", "en"):
        told = why.sentences(view_of(result, lang, customers=customers, currency="CNY"))
        assert all(len(line) > 6 for line in told)
        assert not told.str.contains(r"\b(?:nan|None|inf)\b").any()
    for segment in result.assignments["segment"].drop_duplicates().head(2):
        first = result.assignments.loc[result.assignments["segment"] == segment, "customer_id"].iloc[0]
        assert len(report.explain(result, customers, first, client=client, lang="zh", draws=0).splitlines()) == 4


def lines(days: list[int], amounts: list[float], *, end: date = date(2025, 6, 30)) -> pd.DataFrame:
    """Orders of one customer, so many days before the end, and of another who buys daily and so fixes the calendar."""
    own = [("a", f"a{i}", end - timedelta(days=day), amount) for i, (day, amount) in enumerate(zip(days, amounts, strict=True))]
    other = [("b", f"b{i}", end - timedelta(days=i), 10.0) for i in range(500)]
    return pd.DataFrame([*own, *other], columns=["customer_id", "order_id", "ordered_at", "amount"])


def test_orders_that_leave_the_window_are_looked_at() -> None:
    """Two orders, 100 and 300 days ago: after 65 days of silence the older one is 365 days old and out of the window."""
    client = seglib.open_frames(settings=ClientSettings(currency="USD"), orders=lines([100, 300], [40.0, 60.0]))
    customers = client.customers(window_days=365)
    result = value_tier.segment(customers, tiers="fixed:50,100")
    told = review.explain(result, customers, "a", client=client)
    assert told.flip_rate is not None
    assert 0.2 < told.flip_rate < 0.8  # with two orders of unequal size chance alone often tells another story
    assert (told.segment, told.values["spend"]) == ("high", 100.0)
    assert told.silence is not None
    assert (told.silence.segment, told.silence.days, told.silence.exact) == ("low", 65, True)
    assert told.one_more is not None
    assert (told.one_more.segment, told.one_more.amount, told.one_more.exact) == ("high", 40.0, True)
    without = review.explain(result, customers, "a")
    assert without.silence is None  # the table alone knows of no day on which an order leaves


@pytest.mark.parametrize("method", [rfm, lifecycle, value_tier])
def test_silence_is_what_the_next_days_showed(method, market: tuple) -> None:
    """Customers who did stay away: on every later day the real table, under the same cuts, gives the class that was foreseen."""
    client, _ = market
    day = client.as_of - timedelta(days=40)
    before = client.customers(as_of=day, window_days=365)
    result = method.segment(before)
    later = {days: client.customers(as_of=day + timedelta(days=days), window_days=365).set_index("customer_id") for days in (7, 40)}
    orders = client.tables["orders"].to_pandas()
    still = set(before["customer_id"]) - set(orders.loc[orders["ordered_at"] > pd.Timestamp(day) + pd.Timedelta(days=1), "customer_id"])
    silent = before[before["customer_id"].isin(still) & (before["orders"] > 0)].head(1)
    assert len(silent)
    from seglib.review.whatif import future

    for place in range(len(silent)):
        row = silent.iloc[[place]]
        foreseen = future(result.scheme, row, client=client)
        assert foreseen.exact_silent
        for days, real in later.items():
            now = real.loc[[row["customer_id"].iloc[0]]].reset_index()
            assert foreseen.silent[days] == result.assign(now)["segment"].iloc[0]


def test_what_a_table_tells_of_one_more_order_is_what_the_lines_tell(market: tuple) -> None:
    client, customers = market
    result = rfm.segment(customers)
    from seglib.review.whatif import future

    for place in np.flatnonzero(customers["orders"].to_numpy() > 1)[:3]:
        row = customers.iloc[[place]]
        by_table, by_lines = future(result.scheme, row), future(result.scheme, row, client=client)
        assert by_lines.exact_order
        assert by_table.after_order == by_lines.after_order


def test_one_more_order_moves_the_columns_by_hand() -> None:
    row = table(("a", 30, 3, 100.0, 40, 33.5)).assign(lifetime_orders=4, last_return_gap_days=12.0, buying_days=3, largest_order_value=50.0)
    after, unknown = with_order(row, 40.0, ("orders", "spend", "mean_order_value", "gap_days_p90"))
    assert after[["orders", "lifetime_orders", "spend", "days_since_last_order", "buying_days"]].iloc[0].tolist() == [4, 5, 140.0, 0.0, 4]
    assert after["mean_order_value"].iloc[0] == pytest.approx((33.5 * 3 + 40) / 4)
    assert after["last_return_gap_days"].iloc[0] == 30
    assert unknown == ("gap_days_p90",)
    assert row["orders"].iloc[0] == 3


def test_silence_moves_days_alone() -> None:
    row = table(("a", 30, 3, 100.0, 40, 33.5)).assign(exposure_days=363.0)
    days = silent_table(row)
    assert len(days) == HORIZON + 1
    assert days["days_since_last_order"].iloc[[0, 5]].tolist() == [30, 35]
    assert days["exposure_days"].iloc[[0, 1, 2, 9]].tolist() == [363, 364, 365, 365]
    assert days["spend"].unique().tolist() == [100.0]


def two_groups(kind: Kind) -> LearnedScheme:
    """Centres at (0, 0) and (4, 1); Gaussians of unit and of correlated shape."""
    ladder = RuleScheme("clusters", (), (), ("eligible",), otherwise="eligible")
    factors = (((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.5), (0.0, 0.8)))
    return LearnedScheme(
        "clusters", ladder, (Formula("orders", "orders"), Formula("spend", "spend")), (-1e300,) * 2, (1e300,) * 2, (0.0,) * 2, (1.0,) * 2,
        kind, ("one", "two"), ((0.0, 0.0), (4.0, 1.0)), (0.6, 0.4) if kind == "gaussians" else (), factors if kind == "gaussians" else (),
    )  # fmt: skip


def test_features_that_decide_by_hand() -> None:
    """A point at (1, 1): 1 + 1 from the first centre, 9 + 0 from the second; orders speak for the first by 8, spend against it by 1."""
    shares, rest, first, second = weights_of(two_groups("centres"), np.array([[1.0, 1.0]]))
    assert shares.tolist() == [[8.0, -1.0]]
    assert (rest[0], first[0], second[0]) == (0.0, 0, 1)


def test_weights_of_gaussians_add_up_to_the_log_odds() -> None:
    scheme = two_groups("gaussians")
    points = np.random.default_rng(0).normal(2, 2, (50, 2))
    shares, rest, first, _ = weights_of(scheme, points)
    frame = pd.DataFrame({"customer_id": [f"c{i}" for i in range(50)], "orders": points[:, 0], "spend": points[:, 1]})
    found = scheme.apply(frame)
    odds = np.exp(shares.sum(axis=1) + rest)
    assert [scheme.classes[place] for place in first] == found["segment"].tolist()
    assert odds / (1 + odds) == pytest.approx(found["probability"].to_numpy(), abs=1e-9)


def test_learned_classes_name_the_features_that_decide(market: tuple) -> None:
    _, customers = market
    result = clusters.segment(customers, classes=3, starts=5)
    inside = ~result.assignments["segment"].isin(result.scheme.outside)
    found = review.reasons(result, customers)[inside.to_numpy()]
    assert (found["runner_up"] != found["segment"]).all()
    assert all(sum(weight.weight for weight in row) >= 0 for row in found["weights"])
    told = why.sentences(view_of(result, "en", customers=customers))[inside.to_numpy()]
    assert told.str.contains("nearer than").all()
    assert told.str.contains("of what speaks for it").all()


def test_codes_of_texts_are_told_by_the_texts() -> None:
    """A number that only stands for a text tells a reader nothing: the sentence names the text, the first that is known."""
    formulas = (
        Formula("by_province", "province", {"江苏": 1.0, "四川": 2.0}),
        Formula("by_city", "city", {"成都": 2.0}),
        Formula("place", "coalesce(by_province, by_city)"),
    )
    score = Score("P", "place", (1.5,), (1, 2))
    scheme = RuleScheme("geography", (score,), (Rule("east", {"P": (1,)}), Rule("west", {"P": (2,)})), ("east", "west"), formulas=formulas)
    customers = pd.DataFrame({"customer_id": ["a", "b"], "province": ["江苏", None], "city": [None, "成都"]})
    told = why.sentences(view_of(settled(scheme, customers), "zh", customers=customers))
    assert [line.split("：", 1)[1] for line in told] == ["省份：江苏", "城市：成都"]
