"""A signed definition decides: nothing is fitted, cuts do not move, and what contradicts it is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import methods
from seglib.customers import FACTS as SIDE_FRAMES
from seglib.datasets import make_market
from seglib.errors import ParameterError, SchemeError, TableError
from seglib.methods import clusters, lifecycle, revenue_contribution, rfm, value_tier
from seglib.methods._signed import base_of, equipped, settled
from seglib.report.view import View
from seglib.segmentation import Facts, Scheme, Segmentation, clock_of, facts_of


def carrying(customers: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """A customer table whose project has signed a definition."""
    facts, table = facts_of(customers), customers.copy()
    table.attrs = {"facts": Facts(facts, unattributed=facts.unattributed, currency=facts.currency, signed={scheme.method: scheme})}
    return table


def saved(result: Segmentation, customers: pd.DataFrame, folder: Path) -> Scheme:
    """A definition as a run writes it and a later run reads it."""
    return seglib.load_scheme(equipped(result, customers).save(folder / f"{result.method}.json"))


@pytest.fixture(scope="module")
def market() -> tuple[pd.DataFrame, pd.DataFrame]:
    """One market on two days, sixty days apart, on one window."""
    client = seglib.open_frames(**make_market(customers=200, seed=5).tables)
    day = pd.Timestamp(client.as_of) - pd.Timedelta(days=60)
    asked = {"columns": client.columns, "facts": tuple(SIDE_FRAMES), "window_days": 365}
    return client.customers(as_of=day.date(), **asked), client.customers(**asked)


def table(spend: list[float]) -> pd.DataFrame:
    n = len(spend)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "spend": spend,
            "orders": [2] * n,
            "window_days": 365,
            "as_of": pd.Timestamp("2025-01-31"),
        }
    )


@pytest.mark.parametrize("name", methods.names())
def test_every_method_follows_its_signed_definition(name: str, market: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path) -> None:
    before, after = market
    if methods.lacking(name, before.columns):
        pytest.skip("the made market lacks what it needs")
    first = methods.get(name).segment(before)
    scheme = saved(first, before, tmp_path)
    again = methods.get(name).segment(carrying(after, scheme))
    assert again.scheme.hash == first.scheme.hash
    assert again.details["cut_points"].equals(first.details["cut_points"])
    assert again.assignments["segment"].tolist() == scheme.apply(after)["segment"].tolist()
    assert set(first.details) - set(again.details) == set()
    assert again.built_on == first.built_on
    assert {key: again.params[key] for key in first.params if key != "as_of"} == {k: v for k, v in first.params.items() if k != "as_of"}
    assert again.profile["customers"].sum() == len(after)


def test_the_cut_stays_where_it_was_signed_by_hand(tmp_path: Path) -> None:
    signed = saved(value_tier.segment(table([10, 20, 30, 40]), tiers="fixed:25"), table([10, 20, 30, 40]), tmp_path)
    richer = table([20, 26, 300, 400])
    followed = value_tier.segment(carrying(richer, signed))
    assert followed.assignments["segment"].tolist() == ["low", "high", "high", "high"]
    assert followed.params["tiers"] == "fixed:25"
    assert value_tier.segment(richer, tiers="median").assignments["segment"].tolist() == ["low", "low", "high", "high"]


def test_nothing_is_fitted_under_a_signed_definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seglib import binning

    plain = table([float(value) for value in range(1, 301)])
    schemes = [saved(value_tier.segment(plain), plain, tmp_path), saved(revenue_contribution.segment(plain), plain, tmp_path)]

    def refuse(*_: object, **__: object) -> object:
        raise AssertionError("something was fitted")

    monkeypatch.setattr(binning, "fit", refuse)
    assert value_tier.segment(carrying(plain, schemes[0])).scheme.hash == schemes[0].hash
    found = revenue_contribution.segment(carrying(plain.assign(spend=plain["spend"] * 2), schemes[1]))
    assert found.scheme.hash == schemes[1].hash
    assert found.details["lorenz"] is not None  # what tells of today's customers is made of today's customers
    assert found.details["cut_points"]["cut"].tolist() == [cut for s in schemes[1].scores if s.name == "V" for cut in s.cuts]


def test_a_parameter_that_contradicts_is_refused_and_a_default_is_none(tmp_path: Path) -> None:
    plain = table([10, 20, 30, 40])
    signed = saved(value_tier.segment(plain, tiers="fixed:25"), plain, tmp_path)
    with pytest.raises(ParameterError, match=r"value_tier: tiers is 'fixed:30', but the definition #\w{8} was signed with 'fixed:25'"):
        value_tier.segment(carrying(plain, signed), tiers="fixed:30")
    assert value_tier.segment(carrying(plain, signed), tiers="top:20,30,50").params["tiers"] == "fixed:25"
    assert value_tier.segment(carrying(plain, signed), tiers="fixed:25").params["tiers"] == "fixed:25"


def test_another_window_or_a_lacking_column_is_refused(tmp_path: Path) -> None:
    plain = table([10, 20, 30, 40])
    signed = saved(value_tier.segment(plain, tiers="fixed:25"), plain, tmp_path)
    with pytest.raises(SchemeError, match="made on a window of 365 days, the table looks back on 364"):
        value_tier.segment(carrying(plain.assign(window_days=364), signed))
    with pytest.raises(TableError, match="lacks: spend"):
        settled(signed, plain.drop(columns="spend"))


def test_a_learned_definition_is_numbers_and_gives_its_classes_again(market: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path) -> None:
    before, after = market
    for algorithm in ("kmeans", "gaussians"):
        first = clusters.segment(before, classes=3, starts=2, algorithm=algorithm)
        path = equipped(first, before).save(tmp_path / f"{algorithm}.json")
        assert b"pickle" not in path.read_bytes()
        scheme = seglib.load_scheme(path)
        assert settled(scheme, before).assignments["segment"].tolist() == first.assignments["segment"].tolist()
        followed = clusters.segment(carrying(after, scheme), classes=3)
        assert followed.scheme.hash == first.scheme.hash
        assert followed.details["centres"].equals(first.details["centres"])
        with pytest.raises(ParameterError, match="clusters: classes is 4"):
            clusters.segment(carrying(after, scheme), classes=4)


def test_what_was_doubtful_when_it_was_signed_still_is(tmp_path: Path) -> None:
    plain = table([10, 20, 30, 40])
    first = value_tier.segment(plain)
    assert not first.trustworthy  # four customers make no three tiers
    signed = saved(first, plain, tmp_path)
    assert not value_tier.segment(carrying(plain, signed)).trustworthy


def test_the_base_for_drift_holds_tenths_of_the_classified(tmp_path: Path) -> None:
    plain = table([*(float(value) for value in range(1, 101)), -5.0])
    result = value_tier.segment(plain, tiers="fixed:50")
    base = base_of(result.scheme, plain)
    assert base["customers"] == 100  # the net negative one is outside
    spend = base["inputs"]["spend"]  # type: ignore[index]
    assert spend["edges"] == pytest.approx([10.9, 20.8, 30.7, 40.6, 50.5, 60.4, 70.3, 80.2, 90.1])
    assert spend["counts"] == [10] * 10
    assert spend["missing"] == 0
    again = seglib.load_scheme(equipped(result, plain).save(tmp_path / "s.json"))
    assert again.about["base"] == base


def test_the_base_of_the_signing_stays_with_the_definition(tmp_path: Path) -> None:
    plain = table([10, 20, 30, 40])
    result = value_tier.segment(plain, tiers="fixed:25")
    signed = equipped(result, plain)
    signed = seglib.load_scheme(signed.save(tmp_path / "a.json"))
    from dataclasses import replace

    signed = replace(signed, about={**signed.about, "signed": {"by": "A"}})
    later = table([100, 200, 300, 400])
    followed = value_tier.segment(carrying(later, signed))
    assert equipped(followed, later).about["base"] == signed.about["base"]


def test_names_of_methods_are_those_of_their_modules() -> None:
    assert rfm.segment.__module__ == "seglib.methods.rfm"
    assert [p.name for p in methods.parameters("lifecycle")] == ["new_days", "active_days", "churn_days", "basis"]
    assert lifecycle.segment.__doc__ is not None


def test_a_definition_signed_without_a_clock_keeps_its_limits(year: pd.DataFrame, tmp_path: Path) -> None:
    """Recency in fifths as it was signed once stays so on a table that carries a clock; nothing of the new default comes in."""
    old = methods.get("rfm").segment(year.drop(columns=["gap_75", "gap_95"]), tiers="quantile:5")
    scheme = saved(old, year, tmp_path)
    assert clock_of(scheme) is None
    today = methods.get("rfm").segment(carrying(year, scheme))
    assert today.scheme.hash == old.scheme.hash
    assert today.scheme.score("R").cuts == old.scheme.score("R").cuts
    assert today.details["variants"].to_dict("list") == old.details["variants"].to_dict("list")


def test_names_are_signed_with_the_definition(tmp_path: Path) -> None:
    """Variants are chosen at fitting; another quarter's table gets the names that were signed."""
    client = seglib.demo()
    first = methods.get("lifecycle").segment(client.customers(as_of="2017-09-30"))
    assert dict(first.details["variants"].to_numpy()) == {"dormant": "late", "churned": "long_silent"}
    scheme = saved(first, client.customers(as_of="2017-09-30"), tmp_path)
    later = client.customers(as_of="2017-12-31", window_days=scheme.window_days, facts=())
    again = methods.get("lifecycle").segment(carrying(later, scheme))
    assert again.details["variants"].to_dict("list") == first.details["variants"].to_dict("list")
    assert clock_of(scheme) == (14, 57)


def test_periods_of_another_length_are_refused(tmp_path: Path) -> None:
    client = seglib.demo()
    loyalty = methods.get("loyalty")
    table = client.customers(as_of="2017-12-31", also=loyalty.NEEDS)
    result = loyalty.segment(table)
    other = client.customers(as_of="2017-12-31", also=loyalty.NEEDS, clock=(45, 90))
    with pytest.raises(SchemeError, match=r"counts periods of a usual gap of 14 days, in the table it is 45\. .*clock=\(14, 58\)"):
        result.assign(other)


def test_conditions_of_the_signing_are_told_in_the_past_and_todays_are_counted_today() -> None:
    few = table(list(np.arange(10.0, 50.0, 10.0)))
    scheme = equipped(value_tier.segment(few), few)
    signed = replace(scheme, about={**scheme.about, "signed": {"by": "A", "on": "2025-01-01", "as_of": "2024-12-31"}})
    now = table(list(np.arange(1.0, 401.0)))
    result = settled(signed, now)
    assert result.gates["passed"].all()
    assert 400 in set(result.gates["found"])
    assert not result.trustworthy
    told = View(result, now, "en").failed_gates()
    assert told
    assert all(line.startswith("Not met when it was signed: ") for line in told)
    # What fails today as well is told once, of today.
    again = View(settled(signed, few), few, "en").failed_gates()
    assert not [line for line in again if line.startswith("Not met when it was signed: ")]
    # A definition that was never signed bears the conditions of its making.
    assert "signed_gates" not in settled(scheme, now).details
