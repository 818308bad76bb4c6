"""Which facts of a document would let a reader outside work out a small group: by their name, by a sum, by a share or by what is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from seglib.report.documents.model import Fact

LEAST = 5  # customers that a printed cell holds at least
#: Facts about single customers: never for readers outside.
OF_ONE = ("largest.",)
#: Figures that are sums over classes, or differences to such sums: with a class hidden, the rest of the sum would give it away.
SUMS = ("slipping.", "lost.", "move.", "fair.", "size.scenario.", "filled.", "testable.")
#: A share, and what it is a share of: both together tell a count, and the rest of it.
OF = {
    "anyway": ("returned_share", "customers"),
    "fair": ("share", "customers"),
    "slipping": ("returned_share", "then"),
    "near": ("share", "customers"),
}
ALL_OF = {"buyers.again_share": "buyers.customers", "placed.share": "all.customers", "move.moved": "move.both", "move.stays": "move.both"}
COUNTED = ("customers", "accounts", "expected customers")
TOP_FIFTH = "best.spend_share"
Numbers = Mapping[str, float]


def small(value: object) -> bool:
    """Is it a number of customers that may not be printed?"""
    return isinstance(value, (int, float)) and 0 < value < LEAST


def secret(facts: Mapping[str, Fact], hidden: Collection[str], sides: Collection[str]) -> set[str]:
    """Names of the facts that nobody outside may see.

    Args:
        facts: All facts of the document.
        hidden: Keys of the classes that are not shown.
        sides: Sums of all classes on one side that would give a single hidden class away.
    """
    values = {name: float(fact.value) for name, fact in facts.items() if isinstance(fact.value, (int, float))}
    groups = set(OF_ONE) | {f"{name}." for name in sides}
    if hidden:
        groups |= set(SUMS)
    counted = [name for name, fact in facts.items() if fact.unit in COUNTED and small(abs(values.get(name, 0.0)))]
    groups |= {_family(name) for name in counted if not name.startswith("move.")}
    groups |= _of_movement([name for name in counted if name.startswith("move.")], facts)
    groups |= _by_share(values) | _by_rest(values)
    if any(group.startswith("near.") for group in groups) or hidden:
        groups.add("near.inside.")  # the sum of the classes: less those that are shown it tells the one that is not
    found = {name for name in facts if name.startswith(tuple(sorted(groups))) or name in groups}
    found |= {name for name in facts if set(name.split(".")[:-1]) & set(hidden) and not name.startswith("cut.")}
    return found


def _family(name: str) -> str:
    """Everything that is told of the same group: "near.low." of "near.low.customers"."""
    return f"{name.rpartition('.')[0]}."


def _of_movement(counted: Collection[str], facts: Mapping[str, Fact]) -> set[str]:
    """What of the matrix of moves goes with its small cells: the cells with a cell, its margins with a margin, all with a class.

    With all cells gone the margins tell none of them; with a margin or the size of a class gone, the others and the sum would tell it.
    """
    ends = {name.rpartition(".")[2] for name in counted if name.startswith("move.class.")}
    if {"customers_before", "customers_after"} & ends or any(name.count(".") == 1 for name in counted):
        return {"move."}
    found = {name for name in facts if name.startswith("move.") and name.count(".") >= 3 and not name.startswith("move.class.")}
    margins = {name for name in facts if name.startswith("move.class.") and name.endswith((".came", ".went", ".other"))}
    return (found if counted else set()) | (margins if ends else set())


def _by_share(values: Numbers) -> set[str]:
    """Groups whose share of a known number is a small count, or leaves one."""
    found = set()
    for name, value in values.items():
        last = name.rpartition(".")[2]
        whole, share = OF.get(name.partition(".")[0], ("", ""))[::-1]
        if last == share and _tells(value, values.get(f"{_family(name)}{whole}")):
            found.add(_family(name))
    found |= {name for name, whole in ALL_OF.items() if name in values and _tells(values[name], values.get(whole))}
    inside = values.get("inside.customers")
    moved = [name for name in values if name.startswith("sensitivity.") and name.endswith(".customers_share")]
    found |= {_family(name) for name in moved if _tells(values[name], inside)}
    if TOP_FIFTH in values and small(-(-(inside or 0.0) // 5)):
        found.add(TOP_FIFTH)
    return found


def _tells(share: float, whole: float | None) -> bool:
    """Does a share of a known number tell of one to four customers, in it or beside it?"""
    if whole is None:
        return False
    part = round(share * whole)
    return small(part) or small(whole - part)


def _by_rest(values: Numbers) -> set[str]:
    """Traits whose printed groups leave a small one, of those who are known or of those who get the favourable action."""
    found, everybody = set(), values.get("all.customers", 0.0)
    for trait in {".".join(name.split(".")[:2]) for name in values if name.startswith("fair.")}:
        mine = [_family(name) for name in values if name.startswith(f"{trait}.") and name.endswith(".customers")]
        if small(everybody - sum(values[f"{group}customers"] for group in mine)):
            found.add(f"{trait}.")
    return found


__all__ = ["LEAST", "secret", "small"]
