from __future__ import annotations

import math

import pytest

from seglib.report import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (459.6, "460"),
        (4.596, "4.60"),
        (0.0456, "0.0456"),
        (9.996, "10.0"),
        (1234.5, "1,234"),
        (-0.5, "−0.500"),
        (0.000883, "0.0009"),
        (0.00001, "<0.0001"),
        (math.nan, "–"),
    ],
)
def test_three_significant_digits_and_no_whole_digit_cut(value: float, text: str) -> None:
    assert numbers.significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.6123, "61.2%"),
        (1, "100%"),
        (0, "0%"),
        (0.0004, "<0.1%"),
        (-0.0004, ">−0.1%"),
        (0.999, "99.9%"),
        (-0.25, "−25%"),
        (0.2, "20%"),
        (0.1304, "13.0%"),
        (0.99996, "100%"),
        (math.nan, "–"),
    ],
)
def test_shares_are_per_cent_and_never_zero_where_they_are_not(value: float, text: str) -> None:
    assert numbers.share(value) == text


@pytest.mark.parametrize(
    ("value", "currency", "en", "zh"),
    [
        (4_596_039.58, "USD", "USD 4.60 M", "460 万美元"),
        (550_000, "CNY", "CNY 550 K", "55.0 万元"),
        (231_189_041, "CNY", "CNY 231 M", "2.31 亿元"),
        (2778, "CNY", "CNY 2.78 K", "2,778 元"),
        (27.3, "XYZ", "XYZ 27.3", "27.3 XYZ"),
        (-1234, "CNY", "CNY −1.23 K", "−1,234 元"),
        (12_000, "XYZ", "XYZ 12.0 K", "1.20 万 XYZ"),
        (5, "", "5.00", "5.00"),
    ],
)
def test_money_takes_the_unit_of_its_size_in_each_language(value: float, currency: str, en: str, zh: str) -> None:
    assert numbers.money(value, currency, "en") == en
    assert numbers.money(value, currency, "zh") == zh


def test_one_unit_a_table_that_suits_the_least_and_the_greatest_sum() -> None:
    assert numbers.scale([3_100_000, 80_000, 2_500, 0, math.nan], "en") == numbers.Scale(1e3, "K")
    assert numbers.scale([3_100_000, 80_000, 2_500, 31], "zh") == numbers.Scale(1e4, "万")
    assert numbers.scale([4.5e9, 12], "en") == numbers.Scale(1e6, "M")
    assert numbers.scale([4_590_000, 6_120, 4_600_000], "en") == numbers.Scale(1e3, "K")
    assert numbers.scale([], "en") == numbers.Scale(1.0, "")


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("spend", "money"),
        ("lifetime_spend", "money"),
        ("mean_spend", "money_each"),
        ("median_order_value", "money_each"),
        ("spend_share", "share"),
        ("share", "share"),
        ("index_spend", "index"),
        ("median_price_index", "number"),  # a log ratio, not the market as 100
        ("days_since_last_order", "days"),
        ("median_days_since_last_order", "days"),
        ("gap_days_p90", "days"),
        ("buying_days", "count"),
        ("orders", "count"),
        ("median_orders", "number"),
        ("score", "number"),
    ],
)
def test_a_columns_name_says_what_it_holds(column: str, kind: str) -> None:
    assert numbers.kind(column) == kind


def test_cells_of_every_kind() -> None:
    unit = numbers.Scale(1e3, "K")
    found = [numbers.cell(value, kind, "en", unit) for value, kind in [(4190.0, "money"), (3.0, "money"), (0.24, "share"), (2.5, "number")]]
    assert found == ["4.19", "<0.01", "24%", "2.50"]
    assert [numbers.cell(value, "money", "en", unit) for value in (-4.0, -52.0)] == [">−0.01", "−0.05"]
    assert numbers.cell(-0.0413, numbers.kind("price_index"), "en") == "−0.0413"
    assert numbers.cell(None, "money", "en", unit) == numbers.cell(math.nan, "count", "en") == "–"
    assert numbers.cell("text", "text", "en") == "text"


def test_days_count_one_day_as_one() -> None:
    assert [numbers.days(1), numbers.days(21.83), numbers.days(21, "zh")] == ["1 day", "21.8 days", "21 天"]


def test_a_table_of_one_sum_over_and_over_is_not_set_in_a_unit_larger_than_it() -> None:
    assert numbers.scale([36_240_484.7, 0, 36_240_484.7], "zh").name == "万"
    assert numbers.scale([0.4, 0.4], "en").name == ""


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (2986.335, "CNY 2,986", "2,986 元"),
        (38_160.4, "CNY 38,160", "38,160 元"),
        (500_000, "CNY 500 K", "50.0 万元"),
        (12_345_678.9, "CNY 12.346 M", "1,234.6 万元"),
        (-1234.0, "CNY −1,234", "−1,234 元"),
        (math.nan, "–", "–"),
    ],
)
def test_a_cut_is_printed_so_that_a_list_can_be_held_against_it(value: float, en: str, zh: str) -> None:
    assert (numbers.cut(value, "CNY", "en"), numbers.cut(value, "CNY", "zh")) == (en, zh)


def test_money_of_one_customer_is_scaled_only_where_it_runs_long() -> None:
    assert numbers.each_scale([328.0, 3816.0, 681_807.0], "zh").name == ""
    assert numbers.each_scale([1_450_369.0, 67_552_374.0], "zh").name == "万"
    assert numbers.each_scale([1_450_369.0, 67_552_374.0], "en").name == "M"
    assert numbers.each_scale([], "en").name == ""
