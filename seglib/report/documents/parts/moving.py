"""Movement: who changed class since the window before, and how much of it would move with no change in behaviour."""

from __future__ import annotations

from seglib.report.documents.matter import Matter
from seglib.report.documents.model import Part, Text


def movement(matter: Matter) -> Part:
    """The two windows, what stayed, which moves stand out of the noise, and money by class."""
    return matter.part("movement", matter.t("Movement since the window before"), Text(absent(matter)))


def absent(matter: Matter) -> str:
    """Why there is no movement to tell of."""
    error = matter.evidence.absent.get("migration")
    reason = error.text(matter.book.lang) if error else ""
    return matter.t("Movement between two windows was not computed. {reason}", reason=reason).strip()


def change(matter: Matter, key: str) -> Text | None:
    """The class against the window before, in customers."""
    return None


def flow(matter: Matter, key: str) -> Text | None:
    """From where and to where."""
    return None
