"""All methods on the same customers: chosen on one half, reported on the other, no total score, and a sentence that may say "none"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seglib.errors import DataError, SeglibError
from seglib.review import measures
from seglib.review.agreement import agreements, complements
from seglib.review.choice import Finding, choose
from seglib.review.holdout import HoldOut, hold_out
from seglib.review.outcomes import declared, outcome
from seglib.review.predictions import codes_of, mean_spend, quantiles, size_matched
from seglib.review.worth import POWER, compared, known_to

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Segmentation

LEAST_CLASS, LEAST_MONEY = 30, 0.80
ONE_LINE = 3  # a rule that reads more columns than this is not told in one line
#: What the law or plain decency keeps apart from price and service.
PROTECTED = (
    *("age_band", "age_years", "birth_year", "gender", "marital_status", "children", "household_kind"),
    *("income", "income_band", "country", "region", "province", "city"),
)
SPEND_RANKING, LAST_RANKING = "size_matched_spend", "last_period_matched"


@dataclass(frozen=True, eq=False)
class Scorecard:
    """Methods side by side, on the same customers.

    Attributes:
        scores: One row a method, judged on the half that chose nothing: method, classes (occupied), nominal_classes, smallest_class,
            smallest_share, effective_classes (exp of the entropy), built_on, judged (customers; of methods on attributes those whose
            attribute is known), r2 with r2_low and r2_high, matched_r2 and difference (r2
            less that of a spend ranking of the same class sizes) with difference_low, difference_high and verdict, auc, outcome with
            own_difference and own_verdict (against the same ranking), flip_rate (own orders), stay and stay_by_chance (from one window
            to the next), classified_share, classified_spend_share (of all who spent), rule_based, one_line, protected.
        selection: The other half, which chooses: method, r2, low, high, difference, verdict, dropped (why it cannot be recommended, ""
            where it can), tied.
        rankings: Plain rankings on the reporting half: prediction, r2, low, high.
        agreement: One row a pair: first, second, ami, cramers_v.
        complement: One row a pair on the reporting half: first, second, added (cross-fitted R² of the crossed classes less the better of
            the two), low, high.
        finding: What the scorecard ends in.
        skipped: method, reason: those that could not run, in a sentence.
        split, days, customers, reported: First day and length of the next period, customers judged, and those of them in the reporting
            half.
    """

    scores: pd.DataFrame
    selection: pd.DataFrame
    rankings: pd.DataFrame
    agreement: pd.DataFrame
    complement: pd.DataFrame
    finding: Finding
    skipped: pd.DataFrame
    split: str
    days: int
    customers: int
    reported: int


def compare(
    client: Client,
    methods: Sequence[str] | Mapping[str, tuple[str, Mapping[str, object]]] = (),
    *,
    split: str = "",
    end: str = "",
    draws: int = 1000,
    flips: int = 200,
    seed: int = 0,
) -> Scorecard:
    """The scorecard of several methods, each fitted before a day and judged on what came after.

    Args:
        client: The client.
        methods: Methods by name, all that the data carry by default; or label -> (method, parameters), where a method is to stand more
            than once.
        split: First day of the next period, the last quarter's by default.
        end: Last day of the next period, the client's last day by default.
        draws: Bootstrap samples of customers behind every interval.
        flips: Draws of customers' own orders behind every flip rate, and half as many halvings; 0 for neither.
        seed: Divides folds and draws samples.

    Raises:
        DataError: No method could run, or too few customers bought before the split.
    """
    import pandas as pd

    measures.enough(draws)
    wanted = candidates(client, methods)
    held = hold_out(client, split=split, end=end, **needs_of([name for name, _ in wanted.values()]))
    results, skipped = _results(wanted, held)
    if not results:
        raise DataError("no method could run on the customers known before {split}: {reasons}", split=held.split, reasons=_told(skipped))
    seen = held.only(held.bought)
    if len(seen.spend) < 4 * measures.FOLDS:
        raise DataError(
            "only {n} customers had bought before {split}; a scorecard needs at least {least}.",
            n=len(seen.spend),
            split=held.split,
            least=4 * measures.FOLDS,
        )
    codes = {label: codes_of(result, seen) for label, result in results.items()}
    reporting = reporting_half(seen)
    known = {label: known_to(result, codes[label]) for label, result in results.items()}
    chosen, told = (_judged(codes, known, seen, who, draws, seed) for who in (~reporting, reporting))
    steady = _steady(client, results, held, flips, seed)
    rows = [
        {**_described(label, result, seen), **told[label], **_own(client, result, held, reporting, draws, seed), **steady.get(label, {})}
        for label, result in results.items()
    ]
    # Where nobody is divided there is nothing to compare: one class is as good as one class.
    rows = [row if row["classes"] > 1 else {**row, "verdict": "", **dict.fromkeys(DIFFERENCE, float("nan"))} for row in rows]
    scores = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    selection = pd.DataFrame(
        [
            {"method": label, "r2": row["r2"], "low": row["r2_low"], "high": row["r2_high"], **_difference(row)}
            for label, row in ((label, chosen[label]) for label in results)
        ]
    )
    selection["dropped"] = [dropped(results[label], row) for label, row in zip(results, rows, strict=True)]
    selection, finding = choose(selection, scores, told)
    parts, heard = ({label: found[reporting] for label, found in one.items()} for one in (codes, known))
    return Scorecard(
        scores=rounded(scores),
        selection=rounded(selection),
        rankings=rounded(_rankings(seen.only(reporting), draws, seed)),
        agreement=rounded(agreements(codes, known)),
        complement=rounded(complements(parts, seen.spend[reporting], known=heard, draws=draws, seed=seed)),
        finding=finding,
        skipped=skipped,
        split=held.split,
        days=held.days,
        customers=len(seen.spend),
        reported=int(reporting.sum()),
    )


DIFFERENCE = ("difference", "difference_low", "difference_high")
COLUMNS = (
    *("method", "classes", "nominal_classes", "smallest_class", "smallest_share", "effective_classes", "built_on"),
    *("judged", "r2", "r2_low", "r2_high", "matched_r2", "difference", "difference_low", "difference_high", "verdict", "auc"),
    *("outcome", "own_difference", "own_verdict", "flip_rate", "stay", "stay_by_chance"),
    *("classified_share", "classified_spend_share", "rule_based", "one_line", "protected"),
)


def candidates(
    client: Client, methods: Sequence[str] | Mapping[str, tuple[str, Mapping[str, object]]]
) -> dict[str, tuple[str, dict[str, object]]]:
    """Label -> method and parameters.

    Raises:
        TableError: A method was asked for by name and the data lack what it needs.
    """
    from seglib import methods as room
    from seglib.errors import TableError

    if isinstance(methods, Mapping):
        wanted = {label: (name, dict(given)) for label, (name, given) in methods.items()}
    else:
        names = list(dict.fromkeys(methods)) or [name for name in room.names() if not room.lacking(name, client.columns)]
        wanted = {name: (name, {}) for name in names}
    for name, _ in wanted.values():
        room.get(name)
        lacking = room.lacking(name, client.columns)
        if lacking:
            raise TableError(
                "{method} needs {columns}, which the data do not give. Map the source columns in client.yml.",
                method=name,
                columns=", ".join(lacking),
            )
    return wanted


def needs_of(names: Sequence[str]) -> dict[str, Any]:
    """Columns and side frames that some methods ask for, as ``hold_out`` takes them."""
    from seglib import methods
    from seglib.customers.facts import USUAL

    modules = [methods.get(name) for name in dict.fromkeys(names)]
    columns = sorted({column for module in modules for column in (*module.NEEDS, *module.USES)})
    return {"also": columns, "facts": tuple(sorted({*USUAL, *(fact for module in modules for fact in module.FACTS)}))}


def _results(wanted: Mapping[str, tuple[str, Mapping[str, object]]], held: HoldOut) -> tuple[dict[str, Segmentation], pd.DataFrame]:
    """The classifications as of the day before the split, and why some could not be made."""
    import pandas as pd

    from seglib import methods

    made, failed = {}, []
    for label, (name, given) in wanted.items():
        try:
            made[label] = methods.get(name).segment(held.base, **given)
        except SeglibError as fault:
            failed.append({"method": label, "reason": fault})
    return made, pd.DataFrame(failed, columns=["method", "reason"])


def _told(skipped: pd.DataFrame) -> str:
    return "; ".join(str(reason) for reason in skipped["reason"].head(3))


def reporting_half(held: HoldOut) -> np.ndarray:
    """True for the fixed half of the customers on which a scorecard reports: by a hash of what each did, whatever ids or units are."""
    import numpy as np
    import pandas as pd

    spend = held.base["spend"].to_numpy(float)
    typical = np.median(spend[spend > 0]) if (spend > 0).any() else 1.0
    columns = [held.base[name].fillna(-1).to_numpy(float) for name in ("days_since_last_order", "days_since_first_order", "orders")]
    row = pd.DataFrame(np.column_stack([*columns, np.round(spend / typical, 6) + 0.0]))
    return np.asarray(pd.util.hash_pandas_object(row, index=False).to_numpy() % 2 == 0)


def _judged(
    codes: Mapping[str, np.ndarray], known: Mapping[str, np.ndarray], held: HoldOut, who: np.ndarray, draws: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Every method on some of the customers, on attributes among those of whom they are known: not knowing is no finding."""
    groups: dict[bytes, list[str]] = {}
    for label in codes:
        groups.setdefault(known[label].tobytes(), []).append(label)
    found: dict[str, dict[str, Any]] = {}
    for labels in groups.values():
        some = who & known[labels[0]]
        some = some if some.sum() >= 2 * measures.FOLDS else who
        found |= _judged_among({label: codes[label] for label in labels}, held, some, draws, seed)
    return found


def _judged_among(codes: Mapping[str, np.ndarray], held: HoldOut, who: np.ndarray, draws: int, seed: int) -> dict[str, dict[str, Any]]:
    """R² of some methods, what it is above rankings of the same class sizes, AUC, and money caught by its list."""
    import numpy as np

    part = held.only(who)
    spend = part.base["spend"].to_numpy(float)
    sets: dict[tuple[str, str], np.ndarray] = {}
    for label, numbers in codes.items():
        own = numbers[who]
        sets |= {
            (label, ""): own,
            (label, SPEND_RANKING): size_matched(own, spend),
            (label, LAST_RANKING): size_matched(own, part.recent_spend),
        }
    expected = [measures.out_of_fold(classes, part.spend, seed=seed) for classes in sets.values()]
    samples = dict(zip(sets, measures.r_squared_drawn(expected, part.spend, draws, seed=seed).T, strict=True))
    found = {}
    for label in codes:
        own, matched = samples[(label, "")], samples[(label, SPEND_RANKING)]
        low, high = np.quantile(own[1:], [0.025, 0.975])
        against, last = compared(own - matched), compared(own - samples[(label, LAST_RANKING)])
        found[label] = {
            "judged": len(part.spend),
            "r2": float(own[0]),
            "r2_low": float(low),
            "r2_high": float(high),
            "matched_r2": float(matched[0]),
            "difference": against["difference"],
            "difference_low": against["low"],
            "difference_high": against["high"],
            "verdict": against["verdict"],
            "last_r2": float(samples[(label, LAST_RANKING)][0]),
            "last_difference": last["difference"],
            "last_low": last["low"],
            "last_high": last["high"],
            "last_verdict": last["verdict"],
            "detectable": float(POWER * (own - matched)[1:].std()),
            "auc": measures.auc_out_of_fold(sets[(label, "")], part.returned, seed=seed),
            **_caught(sets[(label, "")], part),
        }
    return found


def _caught(codes: np.ndarray, held: HoldOut) -> dict[str, float]:
    """Share of next spend of the method's richest class, and of as many customers from the top of a spend ranking."""
    import numpy as np

    counts = np.bincount(codes)
    top = codes == int(np.argmax(np.where(counts > 0, mean_spend(codes, held), -np.inf)))
    people, money = measures.gain_curve(held.base["spend"].to_numpy(float), held.spend)
    total = held.spend.sum()
    own = float(held.spend[top].sum() / total) if total else float("nan")
    return {"list_share": float(top.mean()), "list_money": own, "ranking_money": float(np.interp(top.mean(), people, money))}


def _difference(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("difference", "verdict")}


def _described(label: str, result: Segmentation, held: HoldOut) -> dict[str, Any]:
    """What a classification is, before anything is judged: its classes, what it reads, whom it covers."""
    import numpy as np

    from seglib.learned import LearnedScheme

    scheme = result.scheme
    codes = codes_of(result, held)
    inside = codes < len(scheme.classes)
    counts = np.bincount(codes[inside], minlength=len(scheme.classes))
    counts = counts[counts > 0]
    shares = counts / counts.sum() if counts.size else counts
    spend = held.base["spend"].fillna(0).clip(lower=0).to_numpy(float)  # refunds beyond purchases are no sales to be covered
    rule_based = not isinstance(scheme, LearnedScheme)
    return {
        "method": label,
        "classes": len(counts),
        "nominal_classes": len(scheme.classes),
        "smallest_class": int(counts.min()) if counts.size else 0,
        "smallest_share": float(counts.min() / len(codes)) if counts.size else 0.0,
        "effective_classes": float(np.exp(-(shares * np.log(shares)).sum())) if counts.size else 0.0,
        "built_on": ", ".join(result.built_on),
        "classified_share": float(inside.mean()),
        "classified_spend_share": float(spend[inside].sum() / spend.sum()) if spend.sum() else float("nan"),
        "rule_based": rule_based,
        "one_line": rule_based and len(result.built_on) <= ONE_LINE and len(counts) <= 12,
        "protected": ", ".join(name for name in scheme.inputs if name in PROTECTED),
    }


def dropped(result: Segmentation, row: Mapping[str, Any]) -> str:
    """Why a method cannot be recommended: gate, coverage, small_class, one_class; "" where it can."""
    if not result.trustworthy:
        return "gate"
    if row["classes"] < 2:
        return "one_class"
    if row["classified_spend_share"] < LEAST_MONEY:
        return "coverage"
    return "small_class" if row["smallest_class"] < LEAST_CLASS else ""


def _own(client: Client, result: Segmentation, held: HoldOut, reporting: np.ndarray, draws: int, seed: int) -> dict[str, Any]:
    """The method on its own outcome, in the reporting half, against the ranking of the same class sizes."""
    import numpy as np

    found = outcome(client, held, declared(result.method))
    half = np.zeros(len(held.spend), dtype=bool)
    half[np.flatnonzero(held.bought)[reporting]] = True
    if found is None or (found.known & half).sum() < 2 * measures.FOLDS:
        return {"outcome": "", "own_difference": float("nan"), "own_verdict": ""}
    who = found.known & half
    codes, values = codes_of(result, held)[who], found.values[who]
    matched = size_matched(codes, held.base["spend"].to_numpy(float)[who])
    expected = [measures.out_of_fold(classes, values, seed=seed) for classes in (codes, matched)]
    sample = measures.r_squared_drawn(expected, values, draws, seed=seed)
    against = compared(sample[:, 0] - sample[:, 1])
    return {"outcome": found.name, "own_difference": against["difference"], "own_verdict": against["verdict"]}


def _rankings(held: HoldOut, draws: int, seed: int) -> pd.DataFrame:
    """Plain rankings by one number in ten classes: what any method has to beat to tell how much."""
    import numpy as np
    import pandas as pd

    ways = {
        "spend_deciles": quantiles(held.base["spend"].to_numpy(float), 10),
        "last_period_spend": quantiles(held.recent_spend, 10),
        "recency": quantiles(-held.base["days_since_last_order"].fillna(np.inf).to_numpy(float), 5),
    }
    expected = [measures.out_of_fold(classes, held.spend, seed=seed) for classes in ways.values()]
    samples = measures.r_squared_drawn(expected, held.spend, draws, seed=seed)
    low, high = np.quantile(samples[1:], [0.025, 0.975], axis=0)
    return pd.DataFrame({"prediction": list(ways), "r2": samples[0], "low": low, "high": high})


def _steady(client: Client, results: Mapping[str, Segmentation], held: HoldOut, draws: int, seed: int) -> dict[str, dict[str, float]]:
    """Flip rates under customers' own orders, and how many keep their class from one window to the next beside chance."""
    import pandas as pd

    from seglib.review.orderbook import order_book
    from seglib.review.steadiness import flips, mean_inside, read_by, windows_apart

    if not draws:
        return {}
    eve = str((pd.Timestamp(held.split) - pd.Timedelta(days=1)).date())
    schemes = {label: result.scheme for label, result in results.items()}
    book = order_book(client, as_of=eve, window_days=next(iter(schemes.values())).window_days, reads=read_by(results.values()))
    drawn = flips(book, schemes, draws=draws, seed=seed)
    by_id = {label: dict(zip(book.customer_ids, found, strict=True)) for label, found in drawn.items()}
    rates = {label: {"flip_rate": mean_inside(results[label], found)} for label, found in by_id.items()}
    kept = windows_apart(client, {label: results[label] for label in rates}, draws=max(draws // 2, 1), seed=seed)
    for label, (stay, chance, *_) in kept.items():
        rates[label] |= {"stay": stay, "stay_by_chance": chance}
    return rates


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Twelve significant digits, beyond which the order of a sum shows."""
    from seglib.binning import round12

    return table.assign(**{name: round12(table[name]) for name in table.select_dtypes("float").columns})
