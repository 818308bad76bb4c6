"""The made market: valid tables, money that adds up, figures like those of a real supermarket, a truth apart that the process keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.datasets.market import Market, make_market
from seglib.errors import DataError, ParameterError
from seglib.tables import TABLES

YEAR = pd.Timedelta(days=365)


@pytest.fixture(scope="module")
def market() -> Market:
    return make_market(customers=1500, seed=7)


@pytest.fixture(scope="module")
def small() -> Market:
    return make_market(customers=150, seed=3, lang="zh", orders_per_year=20.0)


def last_year(market: Market) -> pd.DataFrame:
    """Order lines of the last 365 days that show a customer."""
    orders = market.tables["orders"]
    end = pd.Timestamp("2026-01-01")
    assert orders["ordered_at"].max() < end
    return orders[(orders["ordered_at"] >= end - YEAR) & orders["customer_id"].notna()]


def spends(market: Market) -> pd.DataFrame:
    """Orders and spend of the last year by customer, before returns; the wholesaler left out."""
    people = market.truth["customers"]
    lines = last_year(market)
    lines = lines[~lines["is_return"] & ~lines["customer_id"].isin(people.loc[people["wholesaler"], "customer_id"])]
    orders = lines.groupby(["customer_id", "order_id"], as_index=False)["amount"].sum()
    return orders.groupby("customer_id")["amount"].agg(orders="size", spend="sum")


# --- tables


@pytest.mark.parametrize("name", list(TABLES))
def test_every_canonical_table_is_there_with_canonical_columns_of_the_right_type(market: Market, name: str) -> None:
    frame, table = market.tables[name], TABLES[name]
    assert set(frame.columns) <= set(table.names)
    kinds = {"text": "str", "money": "float64", "number": "float64", "timestamp": "datetime64[us]"}
    for column in frame.columns:
        if table[column].type in kinds:
            assert str(frame[column].dtype) == kinds[table[column].type], column
        else:
            assert str(frame[column].dtype).lower() in {"int64", "bool", "boolean"}, column


@pytest.mark.parametrize("name", list(TABLES))
def test_values_pass_the_declared_checks(market: Market, name: str) -> None:
    frame, table = market.tables[name], TABLES[name]
    for column in table.columns:
        if column.name not in frame:
            continue
        values = frame[column.name]
        assert not column.required or values.notna().all(), column.name
        present = values.dropna()
        if column.minimum is not None:
            assert (present >= column.minimum).all(), column.name
        if column.maximum is not None:
            assert (present <= column.maximum).all(), column.name
        if column.allowed:
            assert set(present) <= set(column.allowed)
    if table.key:
        assert not frame.duplicated(list(table.key)).any()


def test_ids_point_to_rows_that_are_there(market: Market) -> None:
    known = set(market.tables["customers"]["customer_id"])
    for name, frame in market.tables.items():
        if "customer_id" in frame:
            assert set(frame["customer_id"].dropna()) <= known, name
        if "product_id" in frame:
            assert set(frame["product_id"].dropna()) <= set(market.tables["products"]["product_id"]), name
    assert set(market.tables["costs"]["campaign_id"].dropna()) <= set(market.tables["offers"]["campaign_id"])


def test_no_event_lies_outside_the_two_years(market: Market) -> None:
    first, last = pd.Timestamp("2024-01-01"), pd.Timestamp("2026-01-01")
    moments = {"orders": "ordered_at", "interactions": "happened_at", "tickets": "opened_at", "visits": "visited_at", "costs": "spent_at"}
    for name, column in moments.items():
        values = market.tables[name][column]
        assert values.min() >= first, name
        assert values.max() < last, name
        assert values.is_monotonic_increasing or name == "orders", name


def test_cases_are_answered_after_they_open_and_some_are_still_open(market: Market) -> None:
    tickets = market.tables["tickets"]
    assert (tickets["first_response_at"].dropna() >= tickets["opened_at"][tickets["first_response_at"].notna()]).all()
    done = tickets["resolved_at"].notna()
    assert (tickets.loc[done, "resolved_at"] >= tickets.loc[done, "first_response_at"]).all()
    assert 0 < (~done).sum() < 0.1 * len(tickets)


# --- money


def test_money_of_a_line_adds_up_to_the_cent(market: Market) -> None:
    orders = market.tables["orders"]
    cents = {name: np.rint(orders[name] * 100).astype(int) for name in ("amount", "list_amount", "discount_amount", "paid_amount")}
    assert (cents["list_amount"] - cents["discount_amount"] == cents["amount"]).all()
    back = orders["is_return"]
    assert (cents["paid_amount"][~back] <= cents["amount"][~back]).all()
    assert (cents["paid_amount"] < cents["amount"])[~back].mean() == pytest.approx(0.05, abs=0.02)
    assert (orders["amount"][~back] > 0).all()
    assert (orders["amount"][back] < 0).all()
    assert (orders["quantity"][back] < 0).all()


def test_three_quarters_of_returns_name_an_order_that_holds_the_line(market: Market) -> None:
    orders = market.tables["orders"]
    back = orders[orders["is_return"]]
    assert back["returns_order_id"].notna().mean() == pytest.approx(0.75, abs=0.05)
    linked = back.dropna(subset="returns_order_id")
    sold = orders[~orders["is_return"]].assign(cents=lambda f: np.rint(f["amount"] * 100).astype(int))
    keys = set(zip(sold["order_id"], sold["product_id"], sold["cents"], strict=True))
    taken = zip(linked["returns_order_id"], linked["product_id"], np.rint(-linked["amount"] * 100).astype(int), strict=True)
    assert keys.issuperset(taken)
    origin = linked["returns_order_id"].map(sold.drop_duplicates("order_id").set_index("order_id")["ordered_at"])
    assert (linked["ordered_at"] > origin).all()
    assert sold["returns_order_id"].isna().all()


def test_an_order_is_of_one_customer_one_time_and_one_store(market: Market) -> None:
    orders = market.tables["orders"]
    assert (orders.groupby("order_id")[["customer_id", "ordered_at", "store_id"]].nunique() <= 1).all(axis=None)


def test_promotions_are_the_stores_and_hold_for_its_week(market: Market) -> None:
    sold = market.tables["orders"][~market.tables["orders"]["is_return"]]
    reduced = sold["discount_amount"] > 0
    assert (sold["promotion"].notna() == reduced).mean() > 0.999  # a tenth of very few cents can be nothing
    assert (sold["promotion"].dropna().str.split("-").str[0] == sold["store_id"][sold["promotion"].notna()]).all()
    depth = (sold["discount_amount"] / sold["list_amount"])[reduced]
    assert set(depth.round(2)) <= {0.10, 0.20, 0.30}
    by_store = reduced.groupby(sold["store_id"]).mean().drop(["WEB", "DEPOT"])
    assert by_store.max() - by_store.min() > 0.3
    planted = market.truth["stores"].set_index("store_id")["promotion_rate"]
    assert by_store.corr(planted.reindex(by_store.index)) > 0.95


def test_a_used_coupon_is_paid_for_by_a_third_party(market: Market) -> None:
    offers, orders = market.tables["offers"], market.tables["orders"]
    used = offers.dropna(subset="redeemed_at")
    assert (used["campaign_kind"] == "coupon").all()
    assert used["redeemed_at"].between(used["sent_at"], used["ends_at"]).all()
    lines = orders[~orders["is_return"]].merge(used, left_on=["customer_id", "ordered_at"], right_on=["customer_id", "redeemed_at"])
    assert len(lines) >= len(used)
    # Two orders of one customer can fall into one minute; hardly ever do.
    assert (lines["paid_amount"] <= 0.91 * lines["amount"] + 0.02).mean() > 0.99


def test_goods_sold_by_the_millilitre_stand_beside_pieces(market: Market) -> None:
    products, orders = market.tables["products"], market.tables["orders"]
    unit = orders["product_id"].map(products.set_index("product_id")["unit_of_measure"])
    assert set(products["unit_of_measure"]) == {"piece", "ml"}
    assert (orders["quantity"][unit == "ml"].abs() % 500 == 0).all()
    assert orders["quantity"][unit == "ml"].abs().mean() > 100 * orders["quantity"][unit == "piece"].abs().mean()
    assert (products["cost"] < 1).groupby(products["unit_of_measure"]).all()["ml"]


# --- like real data


def test_figures_are_those_of_a_real_supermarket(market: Market) -> None:
    people = spends(market)
    ordered = np.sort(people["spend"].to_numpy())
    count = len(ordered)
    gini = ((2 * np.arange(1, count + 1) - count - 1) * ordered).sum() / (count * ordered.sum())
    ticket = people["spend"] / people["orders"]
    assert gini == pytest.approx(0.53, abs=0.05)
    assert people["spend"].corr(people["orders"], method="spearman") == pytest.approx(0.87, abs=0.03)
    assert ticket.corr(people["orders"], method="spearman") == pytest.approx(0.0, abs=0.08)
    sold = last_year(market)
    assert (sold["discount_amount"] > 0)[~sold["is_return"]].mean() == pytest.approx(0.5, abs=0.04)


def test_two_random_halves_of_the_orders_agree_on_the_third_of_four_in_five(market: Market) -> None:
    lines = last_year(market)
    orders = lines[~lines["is_return"]].groupby(["customer_id", "order_id"], as_index=False)["amount"].sum()
    agreements = []
    for seed in range(5):
        half = np.random.default_rng(seed).random(len(orders)) < 0.5
        spend = [part.groupby("customer_id")["amount"].sum() for part in (orders[half], orders[~half])]
        both = pd.concat(spend, axis=1, keys=["a", "b"]).dropna()
        cuts = both["a"].quantile([1 / 3, 2 / 3]).to_numpy()
        agreements.append((np.searchsorted(cuts, both["a"]) == np.searchsorted(cuts, both["b"])).mean())
    assert np.mean(agreements) == pytest.approx(0.80, abs=0.03)


def test_a_third_of_demographics_is_known_and_more_of_heavy_buyers(market: Market) -> None:
    people = market.tables["customers"].query("customer_kind == 'person'").set_index("customer_id")
    spend = spends(market)["spend"].reindex(people.index).fillna(0)
    known = people["age_band"].notna()
    assert known.mean() == pytest.approx(0.33, abs=0.04)
    assert spend[known].sum() / spend.sum() > 0.43
    assert people.loc[~known, ["birth_year", "gender", "income", "income_band"]].isna().all(axis=None)


def test_one_wholesaler_holds_about_the_share_asked_for() -> None:
    made = make_market(customers=600, seed=2, wholesaler=0.15, orders_per_year=12)
    spend = last_year(made).groupby("customer_id")["amount"].sum()
    assert spend.max() / spend.sum() == pytest.approx(0.15, abs=0.04)
    people = made.truth["customers"].set_index("customer_id")
    assert people.loc[spend.idxmax(), "wholesaler"]
    assert not make_market(customers=100, seed=2, wholesaler=0.0, orders_per_year=2).truth["customers"]["wholesaler"].any()


def test_the_season_peaks_where_the_years_meet(market: Market) -> None:
    sold = market.tables["orders"][~market.tables["orders"]["is_return"]]
    by_month = sold.drop_duplicates("order_id")["ordered_at"].dt.to_period("M").value_counts().sort_index()
    assert by_month["2024-12"] > 1.4 * by_month["2024-08"]
    assert by_month["2025-01"] > 1.3 * by_month["2025-06"]


# --- the truth


def test_the_truth_stands_apart_from_the_tables(market: Market) -> None:
    secret = {"rate", "leaving_rate", "price_coefficient", "state_dependence", "quality_worth", "satisfaction", "wallet_share", "power"}
    assert secret <= set(market.truth["customers"].columns)
    for name, frame in market.tables.items():
        assert not secret & set(frame.columns), name
    assert len(market.truth["customers"]) == len(market.truth["classes"]) == len(market.tables["customers"]) == 1500


def test_what_happens_is_what_was_expected(market: Market) -> None:
    people = market.truth["customers"].set_index("customer_id")
    lines = last_year(market)
    number = lines[~lines["is_return"]].groupby("customer_id")["order_id"].nunique().reindex(people.index).fillna(0)
    spend = lines.groupby("customer_id")["amount"].sum().reindex(people.index).fillna(0)
    assert number.sum() / people["orders_year2"].sum() == pytest.approx(1, abs=0.02)
    assert spend.sum() / people["spend_year2"].sum() == pytest.approx(1, abs=0.04)
    z = ((number - people["orders_year2"]) / np.sqrt(people["orders_year2"]))[people["orders_year2"] > 5]
    assert z.mean() == pytest.approx(0, abs=0.12)
    assert z.std() == pytest.approx(1, abs=0.08)
    after = market.truth["next"].set_index("customer_id")
    assert after["orders"].sum() / people["orders_next"].sum() == pytest.approx(1, abs=0.03)
    assert number[people["orders_year2"] == 0].sum() == 0


def test_true_classes_are_fixed_cuts_on_expectations(market: Market) -> None:
    cuts = market.truth["cuts"]
    people, true = (market.truth[name].set_index("customer_id") for name in ("customers", "classes"))
    inside = people["spend_year2"] > 0
    for dimension in ("value_tier", "revenue_contribution"):
        part = cuts[cuts["dimension"] == dimension].sort_values("low")
        found = part["class"].to_numpy()[np.digitize(people["spend_year2"], part["low"].to_numpy()[1:])]
        assert (found[inside] == true[dimension][inside]).all()
    other = make_market(customers=100, seed=1, orders_per_year=54.0).truth["cuts"]
    pd.testing.assert_frame_equal(cuts, other)  # no cut depends on who was drawn
    assert (true["lifecycle"] == "prospect").equals(people["acquired_day"] >= 731)


def test_prospects_have_contacts_and_no_orders(market: Market) -> None:
    classes = market.truth["classes"]
    prospects = set(classes.loc[classes["lifecycle"] == "prospect", "customer_id"])
    assert len(prospects) > 60
    assert not prospects & set(market.tables["orders"]["customer_id"].dropna())
    assert prospects & set(market.tables["interactions"]["customer_id"])


def test_moves_between_the_years_follow_the_planted_chances(market: Market) -> None:
    moves = market.truth["migration"]
    starts = moves.groupby("before", sort=False)["planted_customers"].transform("sum")
    error = np.sqrt(moves["planted_chance"] * (1 - moves["planted_chance"]) / starts)
    assert ((moves["planted_customers"] / starts - moves["planted_chance"]).abs() <= 3.5 * error).all()
    assert moves.groupby("before")["planted_chance"].sum().round(9).eq(1).all()
    stays = moves[moves["before"] == moves["after"]]
    assert 0.5 < stays["customers"].sum() / moves["customers"].sum() < 0.9


def test_choices_are_likeliest_at_the_true_coefficients(market: Market) -> None:
    choices = market.truth["choices"]
    people = market.truth["customers"].set_index("customer_id").loc[choices["customer_id"]]
    paid, quality = (choices[[f"{name}_{slot}" for slot in range(8)]].to_numpy() for name in ("paid", "quality"))
    again = choices["last_brand"].to_numpy()[:, None] == np.array([0, 0, 1, 1, 2, 3, 3, 4])
    names = ("quality_worth", "price_coefficient", "state_dependence")

    def likelihood(**factor: float) -> float:
        worth, price, state = (people[name].to_numpy()[:, None] * factor.get(name, 1.0) for name in names)
        utility = worth * quality - price * paid + state * again
        return float((utility[np.arange(len(choices)), choices["slot"]] - np.log(np.exp(utility).sum(axis=1))).sum())

    for name in names:
        assert likelihood() > likelihood(**{name: 0.85}) + 10
        assert likelihood() > likelihood(**{name: 1.15}) + 10


# --- one seed, one market


def test_a_seed_gives_one_market(small: Market) -> None:
    again = make_market(customers=150, seed=3, lang="zh", orders_per_year=20.0)
    for name, frame in small.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name])
    for name, frame in small.truth.items():
        pd.testing.assert_frame_equal(frame, again.truth[name])
    other = make_market(customers=150, seed=4, lang="zh", orders_per_year=20.0)
    assert not other.tables["orders"]["amount"].head(500).equals(small.tables["orders"]["amount"].head(500))


def test_the_language_changes_names_and_no_number(small: Market) -> None:
    english = make_market(customers=150, seed=3, orders_per_year=20.0)
    for name, frame in small.tables.items():
        numbers = frame.select_dtypes(exclude="str")
        pd.testing.assert_frame_equal(numbers, english.tables[name].select_dtypes(exclude="str"))
    chinese = small.tables["customers"]["customer_name"]
    assert chinese.str.fullmatch(r"[一-鿿]{2,10}").all()
    assert english.tables["customers"]["customer_name"].str.fullmatch(r"[A-Za-z' ]+").all()
    assert small.tables["products"]["category"].str.fullmatch(r"[一-鿿]+").all()


def test_addresses_are_real_places_written_in_several_ways(small: Market) -> None:
    people = small.tables["customers"]
    truth = small.truth["customers"].set_index("customer_id")["province"]
    written = people.set_index("customer_id")["province"]
    assert {"浙江省", "广东省"} & set(written)
    assert written.isna().any() or (written == "不详").any()
    known = written[written.notna() & (written != "不详")]
    assert (known != truth[known.index]).any()
    assert all(full.startswith(short) for short, full in zip(known, truth[known.index], strict=True))


def test_the_market_opens_as_frames_and_as_a_folder(small: Market, tmp_path: Path) -> None:
    framed = seglib.open_frames(**small.tables).customers()
    written = small.write(tmp_path / "made")
    pd.testing.assert_frame_equal(framed, seglib.open_client(str(written)).customers())
    assert len(framed) == 150
    assert framed["spend"].sum() == pytest.approx(last_year(small)["amount"].sum(), abs=0.01)
    assert not list((tmp_path / "made").rglob("*truth*"))


def test_a_folder_with_something_in_it_is_refused(small: Market, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match=r"is not empty; give a folder of its own"):
        small.write(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"world": "atlantis"}, "There is no world atlantis; the worlds are market, continuum"),
        ({"customers": 3}, "customers is 3; give a number from 50 to 1000000."),
        ({"customers": 100.5}, "customers is 100.5; give a whole number."),
        ({"firms": "many"}, "firms is many; give a number."),
        ({"lang": "fr"}, "Names can be made in en or zh, not in fr."),
        ({"start": "01.01.2024"}, "start is 01.01.2024; give a day as 2024-01-01."),
    ],
)
def test_a_wrong_parameter_gets_a_sentence(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make_market(**wrong)  # type: ignore[arg-type]
    assert sentence in str(caught.value)
    assert caught.value.text("zh") != str(caught.value)


def test_it_is_offered_by_the_datasets_room() -> None:
    assert seglib.datasets.make_market is make_market
    with pytest.raises(AttributeError, match="make_markets"):
        seglib.datasets.make_markets  # noqa: B018
