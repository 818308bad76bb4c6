"""Files of answers: which columns of a survey are questions, and which of them ask for recommendation and for satisfaction."""

from __future__ import annotations

import re
from collections.abc import Sequence

from seglib.collect.guess import Values
from seglib.collect.numbers import read_number

HIGHEST = 10  # of every scale of the trade
_RECOMMENDS = re.compile(r"nps|recommend|推荐", re.IGNORECASE)
_OVERALL = re.compile(r"csat|overall|总体|整体|总的", re.IGNORECASE)
_JUDGES = re.compile(r"nps|recommend|推荐|csat|satisf|满意|rating|score|评分|打分|得分|评价|体验", re.IGNORECASE)


def questions_of(columns: Sequence[Values], taken: Sequence[str] = ()) -> dict[str, str]:
    """The questions of a survey with a column a question: name of the question -> header, recommendation and satisfaction first.

    Args:
        columns: All columns of the file.
        taken: Headers that are something else.

    Returns:
        ``nps`` and ``csat`` where a header asks for them, every other judged matter under its own header; {} where no column is an answer.
    """
    asked = [values for values in columns if values.name not in taken and _JUDGES.search(values.name) and _answers(values)]
    found: dict[str, str] = {}
    nps = next((values.name for values in asked if _RECOMMENDS.search(values.name)), None)
    if nps:
        found["nps"] = nps
    rest = [values.name for values in asked if values.name != nps]
    overall = next((name for name in rest if _OVERALL.search(name)), rest[0] if len(rest) == 1 else None)
    if overall:
        found["csat"] = overall
    return found | {name: name for name in rest if name != overall}


def _answers(values: Values) -> bool:
    """True where the values are whole numbers of a short scale."""
    numbers = [read_number(text) for text in values.said[:300]]
    return bool(numbers) and all(number is not None and 0 <= number <= HIGHEST and number == int(number) for number in numbers)
