"""Contacts of made customers beside their orders: what they did, answered, complained about and were offered; by the customer's number."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

KINDS = ("view", "cart", "call", "quote", "email_open", "review", "email_click")


def contact_tables(ids: list[str], numbers: list[int], as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """interactions, feedback, tickets, opportunities, visits, universe; nothing of it is after ``as_of``, all are alike with the number 0.

    Args:
        ids: Customers.
        numbers: What a customer's contacts hang on: the same number, the same contacts.
        as_of: The day from which they count back.
    """
    rows = [row for who, number in zip(ids, numbers, strict=True) for row in _events(who, number)]
    events = pd.DataFrame(rows, columns=["customer_id", "age", "kind", "session_id", "count"])
    answers = pd.DataFrame(
        [(who, 10 + n % 300, "nps", float(n * 7 % 11), 0.0, 10.0) for who, n in zip(ids, numbers, strict=True) if n % 3 != 2]
        + [(who, 5 + n % 200, "csat", float(1 + n % 5), 1.0, 5.0) for who, n in zip(ids, numbers, strict=True) if n % 4 != 3],
        columns=["customer_id", "age", "question", "score", "scale_low", "scale_high"],
    )
    cases = pd.DataFrame(
        [(f"T{who}", who, 20 + n % 90, n % 9, n % 7 == 3, n % 5 == 4) for who, n in zip(ids, numbers, strict=True) if n % 3 == 0],
        columns=["ticket_id", "customer_id", "age", "days", "reopened", "open"],
    )
    deals = pd.DataFrame(
        [(f"D{who}", who, 10 + n % 60, 100.0 + n, (n % 10) / 10) for who, n in zip(ids, numbers, strict=True) if n % 4 == 0],
        columns=["opportunity_id", "customer_id", "age", "amount", "probability"],
    )
    seen = pd.DataFrame(
        [(who, (n * 11 + k * 30) % 150, n % 2 == 0) for who, n in zip(ids, numbers, strict=True) if n % 4 == 1 for k in range(n % 3 + 1)],
        columns=["customer_id", "age", "with_order"],
    )
    accounts = pd.DataFrame(
        [
            (f"U{who}", who, 1000.0 + 50 * (n * 37 % 101), (n * 13 % 11) / 10 if n % 6 else None)
            for who, n in zip(ids, numbers, strict=True)
        ],
        columns=["account_id", "customer_id", "potential", "relationship"],
    )
    ends = (as_of - pd.to_timedelta(cases["age"] - cases["days"], unit="D")).where(~cases["open"])
    return {
        "interactions": _dated(events, "happened_at", as_of),
        "feedback": _dated(answers, "answered_at", as_of),
        "visits": _dated(seen, "visited_at", as_of).astype({"with_order": "bool"}),
        "universe": accounts.astype({"account_id": "str", "customer_id": "str", "relationship": "float64"}),
        "tickets": _dated(cases, "opened_at", as_of).assign(resolved_at=ends).drop(columns=["days", "open"]),
        "opportunities": _dated(deals, "created_at", as_of).assign(
            closed_at=pd.Series(pd.NaT, index=deals.index, dtype="datetime64[us]"), won=pd.Series(pd.NA, index=deals.index, dtype="boolean")
        ),
    }


def _events(who: str, number: int) -> Iterator[tuple[str, int, str, str, int]]:
    """A few sessions with views, and now and then something else; one in eight does nothing at all."""
    if number % 8 == 7:
        return
    for nth in range(1 + number * 5 % 6):
        age = (number * 13 + nth * 17) % 120
        yield who, age, "view", f"{who}/{nth}", 1 + (number + nth) % 9
        kind = KINDS[(number + 3 * nth) % len(KINDS)]
        yield who, age, kind, f"{who}/{nth}", 1


def _dated(rows: pd.DataFrame, name: str, as_of: pd.Timestamp) -> pd.DataFrame:
    dated = rows.assign(**{name: as_of - pd.to_timedelta(rows["age"], unit="D")}).drop(columns="age")
    texts = [column for column in dated.columns if column.endswith("_id") or column in ("kind", "question")]
    return dated.astype(dict.fromkeys(texts, "str"))
