"""The sentences of the page on worth: one for every verdict, check and line."""

from __future__ import annotations

from seglib.language import marked

VERDICT_LINES = {
    "better": marked(
        "“{title}” tells more of what {n} known buyers spend in the next period than a spend ranking with the same class sizes: "
        "R² {r2} against {matched}, a difference of {difference} ({range})."
    ),
    "as_good": marked(
        "“{title}” tells as much of what {n} known buyers spend in the next period as a spend ranking with the same class sizes, and no "
        "more: R² {r2} against {matched}, a difference of {difference} ({range})."
    ),
    "worse": marked(
        "“{title}” tells less of what {n} known buyers spend in the next period than a spend ranking with the same class sizes: "
        "R² {r2} against {matched}, a difference of {difference} ({range}). Use it for what to say, not for how much."
    ),
    "undecided": marked(
        "Whether “{title}” tells more of what {n} known buyers spend in the next period than a spend ranking with the same class sizes is "
        "undecided: R² {r2} against {matched}, a difference of {difference} ({range}); with so many customers a difference of "
        "{detectable} would be found."
    ),
}
NEITHER = marked(
    "Neither “{title}” nor a spend ranking with the same class sizes tells what {n} known buyers spend in the next period: each explains "
    "less than {limit} of how they differ in it (R²)."
)
OWN_NEITHER = marked(
    "On what it is meant to tell apart ({outcome}) neither it nor that ranking tells the next period: each explains less than {limit} of "
    "how customers differ in it (R²)."
)
RETURN_LINES = {
    "better": marked(
        "Who comes back at all it tells better than that ranking: Brier skill {own} against {other}, by {difference} ({range})."
    ),
    "as_good": marked("Who comes back at all it tells as well as that ranking: Brier skill {own} against {other}, {difference} ({range})."),
    "worse": marked(
        "Who comes back at all it tells less well than that ranking: Brier skill {own} against {other}, {difference} ({range})."
    ),
    "undecided": marked(
        "Who comes back at all: undecided against that ranking, Brier skill {own} against {other}, {difference} ({range})."
    ),
}
OWN_LINES = {
    "better": marked("On what it is meant to tell apart ({outcome}) it does better than that ranking: by {difference} ({range})."),
    "as_good": marked("On what it is meant to tell apart ({outcome}) it does as well as that ranking: {difference} ({range})."),
    "worse": marked("On what it is meant to tell apart ({outcome}) it does worse than that ranking: {difference} ({range})."),
    "undecided": marked("On what it is meant to tell apart ({outcome}) nothing is decided against that ranking: {difference} ({range})."),
}
CHECKS = {
    ("length", True): marked("The next period has {found} days, at least two usual gaps between purchases ({needed})."),
    ("length", False): marked("The next period has only {found} days; two usual gaps between purchases would be {needed}. Wait longer."),
    ("season", True): marked("The base covers {found} days, a year and so every season."),
    ("season", False): marked("The base covers {found} days, no whole year: the next period may lie in a season that it has not seen."),
    ("level", True): marked("Sales a day stayed at the same level (ratio {found})."),
    ("level", False): marked("Sales a day moved to another level (ratio {found}): part of what looks like worth or failure is that."),
}
LINES = {
    "judged": marked("judged: known buyers"),
    "with_unknown": marked("with a class of the unknown"),
    "known_or_not": marked("nothing but: known or not"),
    "with_prospects": marked("with known prospects, who bought nothing before"),
}
GROUPS = {"known": marked("known"), "unknown": marked("unknown")}
MODELS = {
    "model": marked("Pareto/NBD and Gamma-Gamma"),
    "same_rate": marked("everybody goes on at the same rate"),
    "everybody_alike": marked("everybody does what all do on average"),
}
