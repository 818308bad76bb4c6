"""Two runs of one project, compared."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

from seglib import review
from seglib.errors import SettingsError
from seglib.report import saved
from seglib.report.proofs.migration_page import MigrationWords


def compared(
    run_a: str | os.PathLike[str], run_b: str | os.PathLike[str], method: str = "", *, draws: int = 100, lang: str = "en"
) -> list[MigrationWords]:
    """The migration between two runs; where their windows overlap, the one between two windows that do not stands behind it.

    Args:
        run_a, run_b: Folders or run.json of two runs; the one of the earlier day counts as the earlier.
        method: The method; by default the main one of the first.
        draws: Draws of the orders behind the noise floor.
        lang: Language of the words.

    Raises:
        SettingsError: The runs are not of one project, or of two windows.
        ParameterError: One of them lacks the method.
    """
    one, _, client = saved.of(run_a, method)
    other, other_table, other_client = saved.of(run_b, one.method)
    if client.fingerprint != other_client.fingerprint or one.window_days != other.window_days:
        raise SettingsError(
            "Moves are counted between two runs of one project on windows of equal length; {a} looks back on {first} days, {b} on "
            "{second}. Make one of them again with --window-days.",
            a=saved.run_of(run_a).folder.name,
            first=one.window_days,
            b=saved.run_of(run_b).folder.name,
            second=other.window_days,
        )
    if one.as_of == other.as_of:
        return [MigrationWords(client, one.method, other.moved_from(one, customers=other_table), lang=lang)]
    if one.as_of > other.as_of:
        one, other = other, one
    refit = other.assignments.set_index("customer_id")["segment"] if one.scheme.hash != other.scheme.hash else None
    found = review.migration(client, one, before=one.as_of, after=other.as_of, draws=draws, refit=refit)
    pages = [MigrationWords(client, one.method, found, lang=lang)]
    if found.overlap > 0 and (apart := _apart(client, one, other.as_of, draws)) is not None:
        pages.append(MigrationWords(client, one.method, apart, lang=lang))
    return pages


def _apart(client: Any, result: Any, after: str, draws: int) -> Any:
    """The migration between two windows that share no day; None where history does not hold them."""
    before = date.fromisoformat(after) - timedelta(days=result.window_days)
    if client.calendar.first is None or before - timedelta(days=result.window_days - 1) < client.calendar.first:
        return None
    return review.migration(client, result, before=before, after=after, draws=draws)
