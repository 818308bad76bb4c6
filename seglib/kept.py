"""The period a project keeps: window and clock of its previous run, in force until a definition is signed or drawn anew."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

VARIABLE = "SEGLIB_PERIOD"  # what the kernels of a run keep: a period as JSON, or NONE
NONE = "none"
RUNS = "reports"


@dataclass(frozen=True)
class Period:
    """What a run stood on.

    Attributes:
        as_of: Day the clock was measured on. It is kept on later days; tables up to that day measure their own, from what was known then.
        window_days: Days that flow columns look back on.
        usual_gap, long_gap: The clock in days; None where there was none.
    """

    as_of: date
    window_days: int
    usual_gap: int | None = None
    long_gap: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of.isoformat(),
            "window_days": self.window_days,
            "usual_gap": self.usual_gap,
            "long_gap": self.long_gap,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Period:
        gaps = (None if content[name] is None else int(content[name]) for name in ("usual_gap", "long_gap"))
        return cls(date.fromisoformat(content["as_of"]), int(content["window_days"]), *gaps)


def kept_period(project: Path) -> Period | None:
    """The period that a project keeps: what the variable SEGLIB_PERIOD hands over, else that of the finished run with the latest day.

    A run.json that cannot be read, or of a version that kept no period, keeps nothing.
    """
    handed = os.environ.get(VARIABLE)
    if handed is not None:
        return None if handed == NONE else Period.from_dict(json.loads(handed))
    finished: list[tuple[str, str, Period]] = []
    for file in (project / RUNS).glob("*/run.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            content = json.loads(file.read_text(encoding="utf-8"))
            if content["status"] == "ok" and content["request"]["kind"] == "report":
                finished.append((content["data"]["as_of"], content["started"], Period.from_dict(content["request"]["period"])))
    return max(finished, key=lambda run: run[:2])[2] if finished else None
