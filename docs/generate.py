"""Writes what the documents take from the code: the data dictionary and the table of methods. Run: python docs/generate.py"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DICTIONARY, README = ROOT / "docs" / "data-dictionary.md", ROOT / "README.md"


def between(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between the marks ``<!-- name -->`` and ``<!-- /name -->``."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    return f"{before}{start}\n{content}\n{end}{rest.partition(end)[2]}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A markdown table; a bar inside a cell stays a bar."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def dictionary() -> str:
    """Every column of the canonical tables and of the customer table."""
    from seglib.customers import COLUMNS
    from seglib.tables import TABLES

    parts = [
        "# Data dictionary",
        "Written by `python docs/generate.py` from `seglib/tables.py` and `seglib/customers/columns.py`.",
        "## Tables that come in",
        "What `client.yml` maps the client's files onto. Every table is optional; a row without a required value is rejected and stands "
        "in the ledger, any other faulty value is blanked.",
    ]
    for each in TABLES.values():
        key = f" One row per `{', '.join(each.key)}`." if each.key else ""
        rows = [[f"`{c.name}`", c.type, c.unit, "yes" if c.required else "", c.meaning + _limits(c)] for c in each.columns]
        parts += [f"### {each.name}", each.meaning + key, table(["column", "type", "unit", "required", "meaning"], rows)]
    parts += [
        "## The customer table",
        "One row a customer, from `client.customers()`. Stock columns tell of all history up to `as_of`; flow columns look back on "
        "`window_days` days. A column whose needs are absent is absent.",
        table(
            ["column", "kind", "type", "unit", "needs", "meaning"],
            [[f"`{c.name}`", c.kind, c.dtype, c.unit, ", ".join(f"`{n}`" for n in c.needs), c.meaning] for c in COLUMNS.values()],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _limits(column: object) -> str:
    """The declared check in words, "" where there is none."""
    low, high = getattr(column, "minimum", None), getattr(column, "maximum", None)
    allowed = getattr(column, "allowed", ())
    said = [f"at least {low:g}"] if low is not None else []
    said += [f"at most {high:g}"] if high is not None else []
    said += [f"one of {', '.join(allowed)}"] if allowed else []
    return f" ({'; '.join(said)})" if said else ""


def method_table() -> str:
    """One row a method: its question, what is decided with it, when it is the wrong one."""
    from seglib import methods

    rows = []
    for name in methods.names():
        words = methods.words(name)
        rows.append([f"`{name}`", *(words.text(part, "en") for part in ("question", "decides", "not_for"))])
    return table(["method", "the question", "use it for", "not for"], rows)


def documents() -> dict[Path, str]:
    """Every generated document as it should read."""
    return {
        DICTIONARY: dictionary(),
        README: between(README.read_text(encoding="utf-8"), "methods", method_table()),
    }


if __name__ == "__main__":
    for target, text in documents().items():
        target.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{target.relative_to(ROOT)}\n")
