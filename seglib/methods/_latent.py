"""What digital_behaviour tells of latent classes: whether kinds of visitors stand behind the sessions, and how they go with the rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation
    from seglib.separation.latent import LatentClasses

FEWEST, QUESTIONS = 100, 3  # customers and answers, below which nothing is looked for
LEAST_ENTROPY, LEAST_SHARE, CHANCE = 0.6, 0.05, 0.01
LARGEST = 2_000  # customers; more are drawn from
SEED = 0
COLUMNS = ["latent_classes", "bic", "entropy", "smallest_share", "starts_share"]


def with_latent(result: Segmentation, people: pd.DataFrame) -> Segmentation:
    """The result with what latent classes say beside it: two tables and a sentence; no class changes.

    Args:
        result: The classes by rule.
        people: The customers that could be classified, with the counts of their sessions.

    Returns:
        The same with ``details["latent_search"]`` and, where a second class is borne out, ``details["latent"]``, figures in ``fit``, and a
        warning more: latent_found, latent_blurred, latent_none or latent_too_few.
    """
    import numpy as np

    answers, asked = answered(people)
    if len(people) < FEWEST or len(asked) < QUESTIONS:
        few = {"customers": len(people), "questions": len(asked), "needed": FEWEST, "needed_questions": QUESTIONS}
        return _with(result, "latent_too_few", few, {}, {})
    order = np.lexsort((*answers.T, people["sessions"].to_numpy(float)))
    if len(order) > LARGEST:
        order = order[np.sort(np.random.default_rng(SEED).choice(len(order), LARGEST, replace=False))]
    used = np.column_stack([answers, people["sessions"].to_numpy(np.int64)])[order]
    ratio, p, draws, fits = _searched(used.tobytes(), used.shape[1])
    best = min(range(len(fits)), key=lambda place: fits[place].bic)
    found = fits[max(best, 1)]
    verdict = judged(found, p, best + 1)
    rules = result.assignments.set_index("customer_id")["segment"].reindex(people["customer_id"].iloc[order])
    values = {
        "classes": len(found.shares),
        "p": f"{p:.2f}",
        "draws": draws,
        "entropy": f"{found.entropy:.2f}",
        "smallest": round(100 * float(found.shares.min())),
        "agreement": f"{_agreement(rules.to_numpy(), found):.2f}",
        "customers": len(used),
    }
    tables = {"latent_search": searched(fits), **({} if verdict == "latent_none" else {"latent": told(found, asked)})}
    return _with(result, verdict, values, tables, {"latent_ratio": float(f"{ratio:.12g}"), "latent_p": p, "latent_draws": float(draws)})


def answered(people: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Four answers of each customer, low 0, middling 1 or high 2 by thirds of those who have some; one that nobody differs in is left out.

    buys: sessions bought in, of all. leaves: carts left behind, of the sessions not bought in; a bought cart would tell of buying again.
    looks: products viewed a session. reads: reviews read a session. Returns are left out: only who buys can send back.

    Returns:
        The answers, customers in rows; the names of the questions.
    """
    import numpy as np

    counts = {
        name: people[name].to_numpy(float) for name in ("sessions", "sessions_bought", "cart_sessions", "cart_sessions_bought", "views")
    }
    idle = counts["sessions"] - counts["sessions_bought"]
    rates = {
        "buys": counts["sessions_bought"] / counts["sessions"],
        "leaves": np.clip(counts["cart_sessions"] - counts["cart_sessions_bought"], 0, None) / np.maximum(idle, 1),
        "looks": counts["views"] / counts["sessions"],
        "reads": people["reviews_read"].to_numpy(float) / counts["sessions"],
    }
    columns: dict[str, np.ndarray] = {}
    for name, rate in rates.items():
        known = np.round(rate[rate > 0], 9)
        cuts = np.unique(np.quantile(known, [1 / 3, 2 / 3])) if len(known) else np.array([])
        level = np.unique(np.searchsorted(cuts, np.round(rate, 9), side="left"), return_inverse=True)[1].ravel()
        if len(level) and level.max() > 0:
            columns[name] = level.astype(np.int64)
    return np.column_stack(list(columns.values())) if columns else np.zeros((len(people), 0), np.int64), list(columns)


@lru_cache(maxsize=16)
def _searched(used: bytes, columns: int) -> tuple[float, float, int, tuple[LatentClasses, ...]]:
    """Likelihood ratio of a second class, its p, the draws, and the fits of up to six classes; kept, as two languages ask alike."""
    import numpy as np

    from seglib.separation.latent import DRAWS, MOST, latent_classes, second_class

    table = np.frombuffer(used, dtype=np.int64).reshape(-1, columns)
    ratio, p = second_class(table[:, :-1], table[:, -1], seed=SEED)
    fits = [latent_classes(table[:, :-1], number, seed=SEED) for number in (1, 2)]
    while len(fits) < MOST and min(fits[-2].bic, fits[-1].bic) <= min(fit.bic for fit in fits):  # two in a row that are worse end it
        fits.append(latent_classes(table[:, :-1], len(fits) + 1, seed=SEED))
    return ratio, p, DRAWS, tuple(fits)


def judged(found: LatentClasses, p: float, best: int) -> str:
    """latent_none where one class will do, latent_blurred where classes overlap or are tiny, else latent_found.

    Args:
        found: The fit in question, of two classes or more.
        p: How often answers dealt out anew come as far as these.
        best: Number of classes with the smallest BIC.
    """
    if p > CHANCE or best < 2:
        return "latent_none"
    clear = found.entropy >= LEAST_ENTROPY and found.shares.min() >= LEAST_SHARE
    return "latent_found" if clear else "latent_blurred"


def searched(fits: tuple[LatentClasses, ...]) -> pd.DataFrame:
    """One row a number of classes: latent_classes, bic, entropy (R2), smallest_share, starts_share (that came to the same likelihood)."""
    import pandas as pd

    rows = [(k, fit.bic, fit.entropy, float(fit.shares.min()), fit.reproduced) for k, fit in enumerate(fits, start=1)]
    return pd.DataFrame(rows, columns=COLUMNS)


def told(found: LatentClasses, asked: list[str]) -> pd.DataFrame:
    """One row a class: latent (number), customers_share, and for each question the chance of the highest answer (``buys_share`` …)."""
    import pandas as pd

    table = pd.DataFrame({"latent": [str(place + 1) for place in range(len(found.shares))], "customers_share": found.shares})
    return table.assign(**{f"{name}_share": chance[:, -1] for name, chance in zip(asked, found.chances, strict=True)})


def _agreement(rules: np.ndarray, found: LatentClasses) -> float:
    """Adjusted Rand index of the rules' classes and the likeliest latent ones."""
    from seglib.separation import agreement

    return agreement(rules.astype(str), found.posterior.argmax(axis=1))


def _with(
    result: Segmentation, warning: str, values: Mapping[str, object], tables: Mapping[str, pd.DataFrame], figures: Mapping[str, float]
) -> Segmentation:
    import pandas as pd

    row = pd.DataFrame({"warning": [warning], "values": [json.dumps(values)]})
    warnings = pd.concat([result.details["warnings"], row], ignore_index=True).astype(object)
    return replace(result, details={**result.details, **tables, "warnings": warnings}, fit={**result.fit, **figures})
