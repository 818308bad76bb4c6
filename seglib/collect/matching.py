"""Customers for order lines that carry only a name."""

from __future__ import annotations

from collections.abc import Mapping

from seglib.collect.build import TypedTable
from seglib.collect.checks import UNATTRIBUTED, USED
from seglib.collect.workspace import Workspace
from seglib.settings import ClientSettings


def give_customers(workspace: Workspace, settings: ClientSettings, tables: Mapping[str, TypedTable]) -> None:
    """Fill orders.customer_id from names: through ``match``, or by the name itself where there is nothing to match with."""
    orders = tables.get("orders")
    if orders is None or "customer_name" not in orders.columns or "customer_id" in orders.columns:
        return
    workspace.execute(f"ALTER TABLE {orders.stored} ADD COLUMN customer_id VARCHAR")
    workspace.execute(f"UPDATE {orders.stored} SET customer_id = customer_name WHERE customer_name IS NOT NULL")
    workspace.execute(f"UPDATE {orders.stored} SET _step = {USED} WHERE _step = {UNATTRIBUTED} AND customer_id IS NOT NULL")
    orders.columns = ("customer_id", *orders.columns)
    workspace.note("orders have no customer id: the customer's name is taken for it.")
