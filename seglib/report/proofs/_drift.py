"""The table of drift on the page of migration: do the customers still lie as they did when the lines were drawn?"""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING, Any

from seglib.report import numbers, reasons
from seglib.report.drift_words import advice, named
from seglib.report.proofs._base import plain
from seglib.report.shown import Shown

if TYPE_CHECKING:
    from seglib.report.proofs.migration_page import MigrationPage


def drifted(page: MigrationPage) -> Shown:
    """The advice to keep the definition or to sign anew, and the index of every input; a sentence alone where nobody is in a class."""
    from seglib.errors import DataError
    from seglib.methods._signed import base_of
    from seglib.review import drift
    from seglib.segmentation import clock_of

    scheme = page.result.scheme
    inputs, clock = [*scheme.inputs], clock_of(scheme)
    now = page.client.customers(as_of=page.after, window_days=page.found.window_days, columns=inputs, facts=(), clock=clock)
    base: Any = scheme.about.get("base") or base_of(scheme, page.base)
    # Who stood in the base is known only where the earlier window is the base; a signed definition keeps counts and no ids.
    stamp: Any = scheme.about.get("signed") or {}
    own = stamp.get("as_of", page.found.before) == page.found.before
    profile = dict(zip(page.result.profile["segment"], page.result.profile["customers"].astype(int), strict=True)) if own else None
    try:
        found = drift(scheme, now, base=base, profile=base.get("classes", profile), ids=page.base["customer_id"] if own else None)
    except DataError as fault:
        return Shown(f"<p>{escaping.escape(reasons.reason(fault, page.lang))}</p>", reasons.reason(fault, page.lang))
    page.frames["drift"] = found.inputs
    sentence = advice(found, page.lang) + ("" if page.lang == "zh" else " ") + _same(page, found.same)
    frame = found.inputs.assign(**{name: found.inputs[name].map(lambda v: f"{v:.3f}") for name in ("psi", "alarm")})
    heads = {"input": page.t("Reads"), "psi": "PSI", "alarm": page.t("Alarm above")}
    markup = {"input": plain(lambda name: named(name, page.lang))}
    return page.told(sentence, frame, page.t("Drift since the lines were drawn"), heads, markup=markup)


def _same(page: MigrationPage, share: float) -> str:
    from seglib.review.drift import SAME_PEOPLE

    return "" if share != share or share < 0.5 else page.t(SAME_PEOPLE, share=numbers.share(share))
