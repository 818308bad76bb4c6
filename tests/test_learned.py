"""A learned definition is numbers one can follow by hand: features, a scale, and the nearest centre or the likeliest Gaussian."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seglib.errors import SchemeError
from seglib.formula import Formula
from seglib.learned import LearnedScheme
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme
from seglib.segmentation import assign, load_scheme

LADDER = RuleScheme(
    "try",
    (Score("bought", "orders", (0.0,), (0, 1), hidden=True),),
    (Rule("no_orders", {"bought": (0, None)}),),
    ("eligible",),
    outside=("no_orders",),
    otherwise="eligible",
    flags=("vip",),
)


def scheme(**changes: object) -> LearnedScheme:
    """Orders beyond 10 count as 10; scaled (orders - 4) / 2 and (ticket - 50) / 10; the centres are at (0, 0) and (3, 0)."""
    made = LearnedScheme(
        method="try",
        ladder=LADDER,
        features=(Formula("often", "orders"), Formula("ticket", "spend / orders")),
        low=(0.0, 0.0),
        high=(10.0, 1000.0),
        mean=(4.0, 50.0),
        spread=(2.0, 10.0),
        kind="centres",
        classes=("seldom", "often"),
        centres=((0.0, 0.0), (3.0, 0.0)),
        window_days=364,
        about={"version": "0.1"},
    )
    return dataclasses.replace(made, **changes)


CUSTOMERS = pd.DataFrame({"customer_id": list("abcde"), "orders": [4, 10, 99, 0, 6], "spend": [200.0, 500.0, 4950.0, 0.0, 300.0]})


def test_features_are_pulled_in_and_scaled() -> None:
    assert scheme().matrix(CUSTOMERS.iloc[:3]).tolist() == [[0.0, 0.0], [3.0, 0.0], [3.0, 0.0]]


def test_the_nearest_centre_decides_after_the_ladder() -> None:
    found = scheme().apply(CUSTOMERS)
    assert found["segment"].tolist() == ["seldom", "often", "often", "no_orders", "seldom"]
    assert found["customer_id"].tolist() == list("abcde")
    assert list(found.columns) == ["customer_id", "segment"]
    assert assign(scheme(), CUSTOMERS).equals(found)


def test_rows_keep_their_order_and_the_frame_stays_as_it_is() -> None:
    shuffled = CUSTOMERS.sample(frac=1, random_state=5)
    before = shuffled.copy()
    found = scheme().apply(shuffled).sort_index()
    assert found["segment"].tolist() == scheme().apply(CUSTOMERS)["segment"].tolist()
    pd.testing.assert_frame_equal(shuffled, before)


def test_the_likeliest_gaussian_decides_with_its_probability() -> None:
    """Unit covariances: the log odds are log(w2/w1) + (|x - c1|² - |x - c2|²) / 2."""
    made = scheme(kind="gaussians", weights=(0.75, 0.25), precisions=(((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.0), (0.0, 1.0))))
    found = made.apply(CUSTOMERS)
    odds = math.log(0.25 / 0.75) + (9 - 0) / 2  # at the second centre
    assert found["segment"].tolist() == ["seldom", "often", "often", "no_orders", "seldom"]
    assert found["probability"].iloc[1] == pytest.approx(1 / (1 + math.exp(-odds)))
    assert math.isnan(found["probability"].iloc[3])


def test_a_narrow_gaussian_pulls_only_from_near() -> None:
    narrow = ((10.0, 0.0), (0.0, 10.0))  # standard deviation a tenth
    made = scheme(kind="gaussians", weights=(0.5, 0.5), precisions=(narrow, ((1.0, 0.0), (0.0, 1.0))))
    assert made.apply(CUSTOMERS)["segment"].tolist() == ["seldom", "often", "often", "no_orders", "often"]


def test_nobody_to_classify_is_no_fault() -> None:
    assert scheme().apply(CUSTOMERS.iloc[3:4])["segment"].tolist() == ["no_orders"]
    assert scheme().apply(CUSTOMERS.iloc[:0]).empty


def test_lacking_columns_text_and_missing_features_are_refused() -> None:
    with pytest.raises(SchemeError, match=r"try: the table lacks spend; it has customer_id, orders\."):
        scheme().apply(CUSTOMERS[["customer_id", "orders"]])
    with pytest.raises(SchemeError, match=r"try: column spend must hold numbers; found 'much'\."):
        scheme().apply(CUSTOMERS.assign(spend="much"))
    with pytest.raises(SchemeError) as caught:
        scheme().apply(CUSTOMERS.assign(spend=[200.0, np.nan, np.nan, np.nan, 1.0]))
    assert str(caught.value) == "try: 2 customers lack a feature and no class outside takes them (first: b, c)."


def test_there_is_no_sql_for_it() -> None:
    with pytest.raises(SchemeError) as caught:
        scheme().to_sql("snowflake")
    assert str(caught.value) == "try is learned, not made of rules, so there is no SQL for it. Apply it with seglib assign."


def test_it_answers_what_a_rule_scheme_answers() -> None:
    made = scheme()
    assert (made.outside, made.otherwise, made.scores, made.rules) == (("no_orders",), "", (), ())
    assert made.inputs == ("orders", "spend")
    assert made.check()["level"].tolist() == ["note"]


def test_a_saved_definition_reads_back_exactly(tmp_path: Path) -> None:
    made = scheme(kind="gaussians", weights=(0.1, 0.9), precisions=(((1 / 3, 0.0), (0.1, 0.7)), ((2.0, 0.0), (0.0, 1e-17))))
    found = load_scheme(made.save(tmp_path / "scheme.json"))
    assert found == made
    assert found.about == {"version": "0.1"}
    assert found.hash == made.hash
    assert found.ladder.flags == ("vip",)
    pd.testing.assert_frame_equal(found.apply(CUSTOMERS), made.apply(CUSTOMERS))


def test_the_hash_covers_the_definition_and_nothing_else() -> None:
    signed = scheme().hash
    assert scheme(about={}).hash == signed
    for changed in (
        {"high": (11.0, 1000.0)},
        {"centres": ((0.0, 0.0), (3.0, 1e-15))},
        {"classes": ("often", "seldom")},
        {"window_days": 7},
    ):
        assert scheme(**changed).hash != signed


def test_a_tampered_file_is_refused(tmp_path: Path) -> None:
    path = scheme().save(tmp_path / "scheme.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    content["definition"]["centres"][1][0] = 2.0
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SchemeError, match="the definition was changed after it was saved"):
        load_scheme(path)
