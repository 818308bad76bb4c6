"""Own-price elasticity by hand, against a plain loop, on two engines, and where price coefficients were planted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from seglib.customers import elasticity, goods
from seglib.customers.stages import Stages

AS_OF = date(2025, 6, 29)
START = date(2024, 7, 1)  # a Monday
LOW = float(np.log(2) / 2)


def lines(rows: Sequence[tuple[str, int, str, float]], shop: str = "S1") -> pd.DataFrame:
    """Rows of customer, day (from the start), product and price."""
    table = pd.DataFrame(rows, columns=["customer_id", "at", "product_id", "amount"])
    table["ordered_at"] = pd.Timestamp(START) + pd.to_timedelta(table.pop("at"), unit="D")
    return table.assign(order_id=[f"o{n}" for n in range(len(table))], quantity=1.0, store_id=shop)


def found(orders: pd.DataFrame, connection: ibis.BaseBackend | None = None, as_of: date = AS_OF) -> pd.DataFrame:
    """Every choice, of goods whose kind is the first letter of the product."""
    connection = connection or ibis.duckdb.connect()
    products = orders[["product_id"]].drop_duplicates()
    products = products.assign(category=products["product_id"].str[:1], product_type=products["product_id"].str[:1])
    tables = {"orders": connection.create_table("orders", orders), "products": connection.create_table("products", products)}
    s = Stages(tables, as_of, 365)
    s.kept["choices"] = goods.priced_choices(s).cache()
    choices = s.kept["choices"].order_by(["customer_id", "surprise"]).to_pandas()
    halves = goods.elasticity(s, halves=True).order_by(["customer_id", "half"]).to_pandas()
    whole = goods.elasticity(s).order_by("customer_id").to_pandas().set_index("customer_id")
    choices.attrs = {"halves": halves, "whole": whole}
    return choices


def two_weeks(ann: float = 1.0) -> list[tuple[str, int, str, float]]:
    """Product ka costs 1 in the first week and 2 in the second, kb always 2; ann takes ka, then kb, the others both of them."""
    rows = [("ann", 0, "ka", ann), ("ann", 8, "kb", 2.0)]
    for who in ("bob", "cat"):
        rows += [(who, 1, "ka", 1.0), (who, 2, "kb", 2.0), (who, 9, "ka", 2.0), (who, 10, "kb", 2.0)]
    return rows


def test_two_products_and_two_weeks_counted_by_hand():
    choices = found(lines(two_weeks()))
    # Usual price of ka: the root of 2; log prices against it -.347 and .347, of kb 0. At -2.5 ka is taken with chance .704 and .296.
    chance = 1 / (1 + np.exp(elasticity.REFERENCE * LOW))
    ann, bob = (choices[choices["customer_id"] == who] for who in ("ann", "bob"))
    assert ann["surprise"].tolist() == pytest.approx([-LOW + LOW * chance, -LOW * (1 - chance)])
    assert bob["surprise"].tolist() == pytest.approx([-LOW * (1 - chance)] * 2 + [LOW * chance] * 2)
    assert choices["spread"].tolist() == pytest.approx([LOW**2 * chance * (1 - chance)] * 10)
    # Ann always takes what is cheaper: she is more sensitive than the others, who take both.
    whole = choices.attrs["whole"]["price_elasticity"]
    assert whole["ann"] < whole["bob"] == whole["cat"]
    error = choices.attrs["whole"]["price_elasticity_error"]
    assert error["ann"] == pytest.approx((2 * ann["spread"].iloc[0]) ** -0.5, abs=1e-6)


def test_what_nobody_else_bought_has_no_price():
    choices = found(lines([*two_weeks(), ("dan", 1, "kc", 3.0), ("dan", 2, "zz", 1.0), ("eve", 3, "zz", 1.0)]))
    assert "dan" not in set(choices["customer_id"])  # kc is known of nobody else, zz is alone in its kind
    assert (choices["customer_id"] == "ann").sum() == 2


def test_a_price_of_ones_own_is_no_price_of_the_shop():
    usual, bargain = (found(lines(two_weeks(ann=price))) for price in (1.0, 0.25))
    ann = [one[one["customer_id"] == "ann"]["surprise"].tolist() for one in (usual, bargain)]
    # The mean over all weeks moves with it, the price of that week does not: her choice does not look four times as cheap.
    assert abs(ann[0][0] - ann[1][0]) < 0.2 * np.log(4)


def test_prices_that_do_not_move_say_nothing():
    steady = lines([(who, day, product, 2.0) for who in ("ann", "bob") for day, product in ((0, "ka"), (1, "kb"), (8, "ka"), (9, "kb"))])
    assert found(steady).empty
    assert found(steady.iloc[:0]).empty


def market(*, planted: bool, shops: int = 4, customers: int = 200, weekday: int = 0, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """A year of choices in a logit with brands preferred in different measure, promotions by shop and week, coefficients as planted."""
    draw = np.random.default_rng(seed)
    n, each, kinds = customers, 220, 3
    beta = np.where(np.arange(n) % 2 == 0, -1.0, -4.0) if planted else np.full(n, -2.5)
    who = np.repeat(np.arange(n), each)
    day = draw.integers(0, 52 * 7, n * each)
    kind = draw.integers(0, kinds, n * each)
    shop = who // 2 % shops
    off = np.where(draw.random((shops, 54, kinds, 5)) < 0.3, np.log(0.7), 0.0)
    likes = draw.normal(0, 1, (n if planted else 1, kinds, 5))
    priced = off[shop, (day + 7 - weekday) // 7, kind]
    utility = likes[who % len(likes), kind] + beta[who, None] * priced + draw.gumbel(size=(n * each, 5))
    taken = utility.argmax(axis=1)
    price = np.exp(priced[np.arange(len(taken)), taken]) * (1 + taken)
    rows = list(zip([f"c{i:03d}" for i in who], day, [f"{'abc'[k]}{t}" for k, t in zip(kind, taken, strict=True)], price, strict=True))
    return lines(rows).assign(store_id=[f"S{one}" for one in shop]), beta


def test_planted_coefficients_come_back(capsys):
    orders, beta = market(planted=True)
    choices = found(orders)
    whole = choices.attrs["whole"]["price_elasticity"]
    rho = float(np.corrcoef(whole, beta)[0, 1])
    with capsys.disabled():
        print(f"\nelasticity with -1 and -4 planted: {whole[beta == -1].mean():.2f}, {whole[beta == -4].mean():.2f}, r {rho:.2f}")
    assert rho > 0.8
    assert whole[beta == -1].mean() > whole[beta == -4].mean() + 1.5
    assert len(choices) > 0.6 * 200 * 220


def test_customers_alike_show_halves_that_do_not_agree():
    halves = found(market(planted=False)[0]).attrs["halves"].pivot(index="customer_id", columns="half", values="price_elasticity")
    assert abs(halves.corr().iloc[0, 1]) < 2.6 / len(halves) ** 0.5
    assert halves.mean().mean() == pytest.approx(-2.5, abs=0.3)


def test_weeks_begin_where_prices_change():
    monday, thursday = (found(market(planted=True, weekday=weekday)[0]) for weekday in (0, 3))
    # Cut anywhere else, weeks would mix two prices, and spread and agreement would shrink.
    assert len(thursday) == pytest.approx(len(monday), rel=0.05)
    assert thursday["spread"].mean() == pytest.approx(monday["spread"].mean(), rel=0.05)


def test_a_chain_of_many_small_shops_is_read_as_one():
    orders = market(planted=True, shops=4, customers=60)[0]
    alone = orders.assign(store_id=[f"S{one}" for one in orders["customer_id"]])
    pooled, none = found(alone), found(orders.drop(columns="store_id"))
    assert len(pooled) == len(none) > 0
    np.testing.assert_allclose(pooled["spread"], none["spread"])


def test_another_engine_and_another_row_order_change_nothing():
    orders = market(planted=True, customers=40)[0]
    here = found(orders)
    for other in (found(orders, ibis.sqlite.connect()), found(orders.sample(frac=1, random_state=2))):
        for name in ("whole", "halves"):
            left, right = (frame.attrs[name] for frame in (here, other))
            pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=1e-12, atol=0)


def test_a_moved_calendar_changes_nothing():
    orders = market(planted=True, customers=40)[0]
    here = found(orders).attrs["whole"]
    moved = orders.assign(ordered_at=orders["ordered_at"] + pd.Timedelta(days=3))
    pd.testing.assert_frame_equal(here, found(moved, as_of=AS_OF + timedelta(days=3)).attrs["whole"])
