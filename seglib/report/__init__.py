"""The report: notebooks run strictly, sentences computed, charts with words, pages that need nothing but a browser."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seglib.report.documents import classified as classified
    from seglib.report.documents import document as document
    from seglib.report.documents import keep as keep
    from seglib.report.files import save as save
    from seglib.report.page import Page as Page
    from seglib.report.proofs.metrics_page import MetricsPage as MetricsPage
    from seglib.report.proofs.migration_page import MigrationPage as MigrationPage
    from seglib.report.proofs.propensity_page import chances as chances
    from seglib.report.proofs.scorecard_page import ScorecardPage as ScorecardPage
    from seglib.report.proofs.stability_page import StabilityPage as StabilityPage
    from seglib.report.proofs.worth_page import WorthPage as WorthPage
    from seglib.report.runs import build as build
    from seglib.report.runs import rerun as rerun
    from seglib.report.runs import run as run
    from seglib.report.sentences import narrative as narrative
    from seglib.report.shown import show as show
    from seglib.report.why import explain as explain
    from seglib.report.why import reason as reason

# name -> module it lives in; no module bears the name of a function, or the one would hide the other
_HOME = {
    "MetricsPage": "proofs.metrics_page",
    "MigrationPage": "proofs.migration_page",
    "Page": "page",
    "ScorecardPage": "proofs.scorecard_page",
    "StabilityPage": "proofs.stability_page",
    "WorthPage": "proofs.worth_page",
    "build": "runs",
    "chances": "proofs.propensity_page",
    "explain": "why",
    "classified": "documents",
    "document": "documents",
    "keep": "documents",
    "narrative": "sentences",
    "reason": "why",
    "rerun": "runs",
    "run": "runs",
    "save": "files",
    "show": "shown",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    """The public names, imported when first used: a kernel that draws a page needs no runner."""
    if name not in _HOME:
        raise AttributeError(f"module 'seglib.report' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(f"seglib.report.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
