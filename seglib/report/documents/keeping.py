"""What stands behind a document, on disk: every figure with formula and query, the customer list, and the queries as one script."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seglib
from seglib.report.documents import recompute
from seglib.report.documents.model import Bullets, Callout, Document

if TYPE_CHECKING:
    from seglib.segmentation import Segmentation

FORMAT = 1


def further(result: Segmentation) -> list[str]:
    """Columns that the definition reads and plain SQL does not rebuild: taken over as the customers room gives them."""
    inputs = dict.fromkeys(name for score in getattr(result.scheme, "scores", ()) for name in score.inputs)
    return [name for name in inputs if name not in recompute.PLAIN]


def statements(client: Any, result: Segmentation, *, as_of: str = "", suffix: str = "") -> list[str]:
    """The statements that make the tables which the facts' queries read; ``as_of`` and ``suffix`` for those of another day."""
    columns = {name: list(client.tables[name].columns) if name in client.tables else [] for name in ("orders", "customers")}
    columns["further"] = further(result)
    return recompute.views(result.scheme, as_of=as_of or result.as_of, window_days=result.window_days, columns=columns, suffix=suffix)


def answer(document: Document) -> dict[str, Any]:
    """The head of the document, for the front page: the one number, its sentence, and what else is to be said."""
    part = document.part("answer")
    blocks = part.blocks if part else ()
    number = next((block for block in blocks if isinstance(block, Callout) and block.kind == "number"), None)
    also = next((block for block in blocks if isinstance(block, Bullets)), None)
    return {
        "number": number.title if number else "",
        "sentence": number.lines[0].text if number else "",
        "also": [item.text for item in also.items] if also else [],
    }


def write(document: Document, result: Segmentation, folder: str | os.PathLike[str]) -> Path:
    """Write facts.json, customers.parquet and recompute.sql into a folder."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    made = list(document.views)
    content = {
        "format": FORMAT,
        "seglib": seglib.__version__,
        "method": document.method,
        "lang": document.lang,
        "title": document.title,
        "subtitle": document.subtitle,
        "answer": answer(document),
        "depth": document.depth,
        "as_of": result.as_of,
        "window_days": result.window_days,
        "scheme_hash": result.scheme.hash,
        "further": further(result) if made else [],
        "views": made,
        "facts": [asdict(fact) for fact in document.facts.values()],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False, default=str)
    (target / "facts.json").write_text(text + "\n", encoding="utf-8")
    document.customers.to_parquet(target / "customers.parquet", index=False)
    lines = [f"{statement};" for statement in made]
    lines += [f"-- {fact.name}: {fact.value}\n{fact.sql};" for fact in document.facts.values() if fact.sql and made]
    (target / "recompute.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target
