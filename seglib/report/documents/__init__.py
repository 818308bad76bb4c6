"""The client's document: one report about one classification, from named facts, the same in every language and file format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

    from seglib.report.documents.evidence import Evidence
    from seglib.report.documents.model import Document
    from seglib.segmentation import Segmentation


def document(
    client: Any,
    result: Segmentation,
    *,
    lang: str = "en",
    depth: Literal["full", "brief"] = "full",
    customers: pd.DataFrame | None = None,
    evidence: Evidence | None = None,
    why: str = "",
    lacking: tuple[str, ...] = (),
) -> Document:
    """The report that can be handed over: thirteen parts about one classification.

    Args:
        client: The open client whose customers were classified.
        result: The classification.
        lang: "en" or "zh".
        depth: "full", or "brief" for at most four pages.
        customers: The customer table the result was made on; by default the client's table for the result's day and window.
        evidence: What the review rooms found, where it is known already; by default it is collected here.
        why: Why the document is about this classification, in ``lang``.
        lacking: What could not be used, in ``lang``.

    Returns:
        The document; its facts carry formula and query, its parts show themselves as HTML.

    Raises:
        ParameterError: No such language or depth.
    """
    from seglib.report.documents.build import make

    return make(client, result, lang=lang, depth=depth, customers=customers, evidence=evidence, why=why, lacking=lacking)
