"""Derived inputs of a scheme: a printed formula over columns of the customer table, or a look-up of a text, as an Ibis expression."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seglib.errors import SchemeError

if TYPE_CHECKING:
    import ibis.expr.types as ir

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
# Function -> fewest and most values it takes.
FUNCTIONS = {
    "greatest": (2, 99),
    "least": (2, 99),
    "coalesce": (2, 99),
    "log": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "where": (3, 3),
    "position": (2, 201),
}


@dataclass(frozen=True)
class Formula:
    """A derived input.

    Attributes:
        name: Its name, as scores call it.
        text: Arithmetic over column names with + - * / ( ) and comparisons, and the functions greatest, least, coalesce, log (natural),
            sqrt, abs, where(condition, then, else) and position(column, points …), the share of the points that a value passes, in per
            cent, those equal to it counted half. A missing value makes the result missing, except in coalesce and in the branch of where
            that is not taken. With ``table`` the text is the one column that is looked up.
        table: Text -> number; a text that is not in it gives a missing value.

    >>> Formula("share", "spend / (spend + other)").inputs
    ('spend', 'other')
    """

    name: str
    text: str
    table: Mapping[str, float] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns it reads, in the order of the text."""
        names = sorted((node.col_offset, node.id) for node in ast.walk(self._tree()) if isinstance(node, ast.Name))
        return tuple(dict.fromkeys(name for _, name in names if name not in FUNCTIONS))

    @property
    def texts(self) -> tuple[str, ...]:
        """Those among the inputs that are text."""
        return self.inputs if self.table else ()

    def definition(self) -> dict[str, Any]:
        return {"name": self.name, "text": self.text, "table": dict(self.table)}

    def expression(self, table: ir.Table) -> ir.Value:
        """The derived column."""
        import ibis

        if self.table:
            column = table[self.inputs[0]]
            texts: dict[float, list[str]] = {}
            for text, value in self.table.items():
                texts.setdefault(float(value), []).append(text)
            branches = [(column.isin(found) if found[1:] else column == found[0], ibis.literal(value)) for value, found in texts.items()]
            return ibis.cases(*branches, else_=ibis.null("float64")).name(self.name)
        return _built(self._tree().body, table).name(self.name)

    def _tree(self) -> ast.Expression:
        try:
            return ast.parse(self.text, mode="eval")
        except SyntaxError as fault:
            raise SchemeError("formula {name}: {text!r} cannot be read.", name=self.name, text=self.text) from fault


def _built(node: ast.expr, table: ir.Table) -> Any:
    """One node of the formula as an Ibis value; anything but arithmetic is refused."""
    import ibis

    match node:
        case ast.Constant(value=int() | float()):
            return ibis.literal(float(node.value))  # type: ignore[arg-type]
        case ast.Name():
            return table[node.id].cast("float64")
        case ast.UnaryOp(op=ast.USub()):
            return -_built(node.operand, table)
        case ast.BinOp() if type(node.op) in OPERATORS:
            left, right = _built(node.left, table), _built(node.right, table)
            # Division by nought is no number in any engine, rather than an error in one and infinity in another.
            right = right.nullif(0.0) if isinstance(node.op, ast.Div) else right
            return OPERATORS[type(node.op)](left, right)
        case ast.Compare(ops=[op]) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_built(node.left, table), _built(node.comparators[0], table))
        case ast.Call(func=ast.Name(id="position"), args=[column, *points]) if _takes("position", len(node.args)) and not node.keywords:
            return _position(_built(column, table), sorted(_number(point) for point in points))
        case ast.Call(func=ast.Name(id=name)) if _takes(name, len(node.args)) and not node.keywords:
            return _called(name, [_built(argument, table) for argument in node.args])
    raise SchemeError(
        "formula: {part!r} is not arithmetic; use + - * / and {functions}.", part=ast.unparse(node), functions=", ".join(FUNCTIONS)
    )


def _number(point: ast.expr) -> float:
    try:
        return float(ast.literal_eval(point))
    except (TypeError, ValueError) as fault:
        raise SchemeError("formula: {part!r} must be a number; the points of position are.", part=ast.unparse(point)) from fault


def _position(value: Any, points: list[float]) -> Any:
    """Per cent of the points below a value, and half of those equal to it; missing where the value is."""
    import ibis

    branches: list[tuple[Any, Any]] = [(value.isnull(), ibis.null("float64"))]
    below, each = 0, 100 / len(points)
    for point, equal in sorted(Counter(points).items()):
        branches += [(value < point, ibis.literal(below * each)), (value == point, ibis.literal((below + equal / 2) * each))]
        below += equal
    return ibis.cases(*branches, else_=ibis.literal(100.0))


def _takes(function: str, values: int) -> bool:
    fewest, most = FUNCTIONS.get(function, (1, 0))
    return fewest <= values <= most


def _called(name: str, values: list[Any]) -> Any:
    import ibis

    match name:
        case "where" if not values[0].type().is_boolean():
            raise SchemeError("formula: the first value of where must be a comparison, such as orders > 3.")
        case "where":
            return ibis.cases((values[0], values[1]), (~values[0], values[2]), else_=ibis.null("float64"))
        case "log":
            return ibis.cases((values[0] > 0, values[0].ln()), else_=ibis.null("float64"))
        case "sqrt":
            return ibis.cases((values[0] >= 0, values[0].sqrt()), else_=ibis.null("float64"))
        case "abs":
            return values[0].abs()
        case "coalesce":
            return ibis.coalesce(*values)
    # SQL engines differ on NULL inside greatest and least, so a missing part makes the whole missing by our own branch.
    missing = ibis.or_(*(value.isnull() for value in values))
    chosen = ibis.greatest(*values) if name == "greatest" else ibis.least(*values)
    return ibis.cases((missing, ibis.null("float64")), else_=chosen)
