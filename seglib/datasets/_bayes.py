"""The best possible classifier: it knows the law of the market and the spread of traits, sees the tables, and knows nobody.

By formula where the law gives one: lines by category (multinomial, tastes about Dirichlet), answers (normal, rounded), choices among the
goods on offer (logit, coefficients lognormal). The market's own customers stand for the spread of traits, each left out when it is judged
itself. By simulation elsewhere, as ``_learnt.py`` says. Either way the evidence is summarised (counts, sums, answers, choices), so that the
figure is what is reached by the best use of these summaries; a method that looks at more may come out a little above.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, softmax

from seglib.datasets._contacts import SURVEY_NOISE
from seglib.datasets._goods import SLOT_BRAND, SLOTS
from seglib.datasets._learnt import LEARNT, learnt_classes
from seglib.datasets._truth import COEFFICIENTS, FAVOURITE, NEEDS, leading_need
from seglib.errors import ParameterError

if TYPE_CHECKING:
    from seglib.datasets.market import Market

MOST = 3000  # customers judged, and customers that stand for the spread of traits
DRAWS, STEPS = 300, 12  # draws of a customer's taste or coefficients; steps of Fisher scoring
Frames = dict[str, pd.DataFrame]
Chances = tuple[pd.Index, np.ndarray, np.ndarray]  # who is judged, names of the classes, chance of each (judged x classes)


def best_classes(market: Market, dimension: str) -> pd.DataFrame:
    """Best guess of each customer's true class; see ``Market.best``."""
    known = [name for name in (*LEARNT, *JUDGES) if name in market.truth["classes"]]
    if dimension not in known:
        raise ParameterError(
            "The best classifier of {dimension} cannot be computed; it can for {known}.", dimension=dimension, known=", ".join(known)
        )
    if dimension in JUDGES:
        judged, names, chance = JUDGES[dimension](market.tables, market.truth, dimension)
    else:
        judged, names, chance = learnt_classes(market, dimension)
    frame = pd.DataFrame({"customer_id": judged, "segment": names[chance.argmax(axis=1)], "probability": chance.max(axis=1)})
    return frame.astype({"customer_id": "str", "segment": "str"})


def _weigh(judged: pd.Index, spread: pd.DataFrame, likelihood: np.ndarray) -> Chances:
    """Chance of each class: its share of the likelihood (log, judged x spread) over those that stand for the spread of traits."""
    likelihood = np.where(judged.to_numpy()[:, None] == spread.index.to_numpy()[None, :], -np.inf, likelihood)
    likelihood -= likelihood.max(axis=1, keepdims=True)
    weight = np.exp(likelihood)
    names, code = np.unique(spread["class"].to_numpy().astype(str), return_inverse=True)
    chance = np.stack([weight[:, code == index].sum(axis=1) for index in range(len(names))], axis=1)
    return judged, names, chance / chance.sum(axis=1, keepdims=True)


def _people(truth: Frames, dimension: str) -> pd.DataFrame:
    """Traits and true class by customer id, the wholesaler left out (there is no second one to judge by), at most ``MOST``."""
    people = truth["customers"].set_index("customer_id")
    people["class"] = truth["classes"].set_index("customer_id")[dimension]
    return people[~people["wholesaler"]].dropna(subset="class").head(MOST)


def _categories(tables: Frames, truth: Frames, dimension: str) -> Chances:
    """Lines by category are multinomial by taste; tastes scatter about the mean about as a Dirichlet of their mean and variance does."""
    people = _people(truth, dimension)
    every = truth["tastes"].set_index("customer_id")
    mean, variance = every.mean().to_numpy(), every.var().to_numpy()
    orders = tables["orders"]
    sold = orders.loc[~orders["is_return"] & orders["customer_id"].isin(people.index), ["customer_id", "product_id"]]
    category = sold["product_id"].map(tables["products"].set_index("product_id")["category"])
    counts = pd.crosstab(sold["customer_id"], category).reindex(index=people.index, columns=every.columns, fill_value=0)
    firmness = np.median(mean * (1 - mean) / np.maximum(variance, 1e-6) - 1)
    shape = counts.to_numpy() + firmness * mean
    rng = np.random.default_rng(0)  # the same guess for the same market
    chance = np.zeros((len(people), len(mean) + 1))
    for _ in range(DRAWS):
        share = rng.standard_gamma(shape)
        ratio = share / share.sum(axis=1, keepdims=True) / mean
        chance[np.arange(len(people)), np.where(ratio.max(axis=1) >= FAVOURITE, ratio.argmax(axis=1), len(mean))] += 1 / DRAWS
    return people.index, np.array([*every.columns, "broad"]), chance


def _answers(tables: Frames, truth: Frames, dimension: str) -> Chances:
    """An answer is the latent recommendation with normal noise, rounded and kept on its scale; those who answer stand for themselves."""
    people = _people(truth, dimension)
    answers = tables["feedback"]
    answers = answers[answers["customer_id"].isin(people.index)]
    people = people.loc[people.index.intersection(answers["customer_id"].unique())]
    mean = people["recommendation"].to_numpy()
    likelihood = np.zeros((len(people), len(people)))
    row = people.index.get_indexer(answers["customer_id"])
    for question, step in (("nps", 1.0), ("csat", 2.5)):
        part = (answers["question"] == question).to_numpy()
        score, low, high = (answers.loc[part, name].to_numpy() for name in ("score", "scale_low", "scale_high"))
        below = np.where(score == low, -np.inf, (score - low - 0.5) * step)[:, None]
        above = np.where(score == high, np.inf, (score - low + 0.5) * step)[:, None]
        chance = ndtr((above - mean) / SURVEY_NOISE) - ndtr((below - mean) / SURVEY_NOISE)
        np.add.at(likelihood, row[part], np.log(np.maximum(chance, 1e-300)))
    return _weigh(people.index, people, likelihood)


def _choices(tables: Frames, truth: Frames, dimension: str) -> Chances:
    """Coefficients are lognormal about the market's; choices narrow each customer's down, normal about the mode; draws are classed."""
    people = _people(truth, dimension)
    choices = truth["choices"]
    choices = choices[choices["customer_id"].isin(people.index)].sort_values("customer_id", kind="stable")
    logs = np.log(people[list(COEFFICIENTS)].to_numpy())
    mean, precision = logs.mean(axis=0), np.linalg.inv(np.cov(logs.T) + 1e-6 * np.eye(3))
    judged, mode, information = _mode(choices, mean, precision)
    normal = np.random.default_rng(0).standard_normal((DRAWS, 3, len(judged)))  # the same guess for the same market
    root = np.linalg.cholesky(np.linalg.inv(information))
    drawn = np.exp(mode + np.einsum("cij,djc->dci", root, normal))
    classes = leading_need(*np.moveaxis(drawn, -1, 0))
    return judged, np.array(NEEDS), np.stack([(classes == name).mean(axis=0) for name in NEEDS], axis=1)


def _mode(choices: pd.DataFrame, mean: np.ndarray, precision: np.ndarray) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Likeliest log coefficients of each customer and the information about them, by Fisher scoring of all at once."""
    paid, quality = (choices[[f"{name}_{slot}" for slot in range(SLOTS)]].to_numpy() for name in ("paid", "quality"))
    seen = np.stack([-paid, choices["last_brand"].to_numpy()[:, None] == SLOT_BRAND, quality], axis=-1)
    owner, judged = pd.factorize(choices["customer_id"])
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    taken = choices["slot"].to_numpy()
    mode = np.tile(mean, (len(judged), 1))
    for _ in range(STEPS):
        pull = seen * np.exp(mode)[owner][:, None, :]
        chance = softmax(pull.sum(axis=-1), axis=1)
        middle = np.einsum("ls,lsk->lk", chance, pull)
        score = np.add.reduceat(pull[np.arange(len(taken)), taken] - middle, starts) - (mode - mean) @ precision
        spread = np.einsum("ls,lsi,lsj->lij", chance, pull, pull) - middle[:, :, None] * middle[:, None, :]
        information = np.add.reduceat(spread, starts) + precision
        mode = mode + np.clip(np.linalg.solve(information, score[:, :, None])[:, :, 0], -1, 1)
    return pd.Index(judged), mode, information


JUDGES: dict[str, Callable[[Frames, Frames, str], Chances]] = {
    "product_preference": _categories,
    "satisfaction": _answers,
    "needs": _choices,
}
