"""The client's document: one report about one classification, from named facts, the same in every language and file format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import os

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
    lacking: str = "",
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
        lacking: What could not be used, in ``lang``, one thing a line.

    Returns:
        The document; its facts carry formula and query, its parts show themselves as HTML.

    Raises:
        ParameterError: No such language or depth.
    """
    from seglib.report.documents.build import make

    return make(
        client, result, lang=lang, depth=depth, customers=customers, evidence=evidence, why=why, lacking=tuple(lacking.splitlines())
    )


def classified(
    client: Any, method: str, *, settings: str = "{}", as_of: str = "", window_days: int = 0
) -> tuple[pd.DataFrame, Segmentation]:
    """The customer table of a client and its classification.

    Args:
        client: The open client.
        method: Name of the method.
        settings: Its parameters as a JSON object; those left out take their defaults.
        as_of, window_days: The period, where it is not the client's own.
    """
    import json

    from seglib import methods

    given = json.loads(settings or "{}")
    customers = client.customers(as_of=as_of, window_days=window_days, **methods.asks(method, **given))
    return customers, methods.get(method).segment(customers, **given)


def keep(
    document: Document, result: Segmentation, folder: str | os.PathLike[str] = "", *, formats: str = "html", client: Any = None
) -> None:
    """Write what stands behind a document: facts.json (every figure with formula and query), customers.parquet, recompute.sql.

    Args:
        document: The document.
        result: What it was made from.
        folder: Where to; "" writes nothing.
        formats: Office formats of the document beside them, "docx,xlsx,pptx".
        client: The open client; the Word and PowerPoint templates that client.yml names are written into.
    """
    if str(folder):
        from seglib.report import brand, office
        from seglib.report.documents.keeping import write

        write(document, result, folder)
        templates = office.templates(client.settings) if client is not None else {}
        looks = brand.looks(client.settings) if client is not None else None
        office.write(document, str(folder), formats.split(","), templates=templates, looks=looks)
