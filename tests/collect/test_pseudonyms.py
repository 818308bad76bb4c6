"""Reports that leave the house: no table holds an id of the client's own, and nothing else changes."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pandas as pd
import pytest

import seglib
from seglib.collect.pseudonyms import LENGTH, key_of
from seglib.errors import SettingsError
from seglib.settings import ClientSettings

CLIENT = """\
project: 茶叶小店
currency: CNY
tables:
  orders:
    files: orders.csv
    columns: {{order_id: order, customer_id: customer, ordered_at: day, amount: amount, salesperson: seller}}
  customers:
    files: customers.csv
    columns: {{customer_id: customer, customer_name: name, address: address, province: province, owner: seller}}
report: {{audience: {audience}}}
"""


def project(folder: Path, audience: str) -> Path:
    folder.mkdir(exist_ok=True)
    orders = {"order": [1, 2, 3], "customer": ["甲", "甲", "b=1"], "day": ["2025-01-03", "2025-02-03", "2025-02-05"]}
    pd.DataFrame({**orders, "amount": [10.0, 5.5, 7.25], "seller": ["王", "李", "王"]}).to_csv(folder / "orders.csv", index=False)
    people = {"customer": ["甲", "b=1", "c"], "name": ["n1", "n2", "n3"], "address": ["x", "y", "z"], "province": ["江苏", "", "浙江"]}
    pd.DataFrame({**people, "seller": ["王", "李", ""]}).to_csv(folder / "customers.csv", index=False)
    (folder / "client.yml").write_text(CLIENT.format(audience=audience), encoding="utf-8")
    return folder / "client.yml"


def test_an_id_becomes_the_keyed_hash_of_itself_in_every_table(tmp_path: Path) -> None:
    client = seglib.open_client(project(tmp_path, "outside"))
    orders, people = client.collected.frame("orders"), client.collected.frame("customers")
    key = bytes.fromhex((tmp_path / ".seglib" / "key").read_text())
    own = {name: "c" + hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:LENGTH] for name in ("甲", "b=1", "c")}
    assert orders["customer_id"].tolist() == [own["甲"], own["甲"], own["b=1"]]
    assert people["customer_id"].tolist() == list(own.values())
    assert people[["customer_name", "address"]].isna().all(axis=None)
    assert people["province"].tolist()[0] == "江苏"
    assert orders["salesperson"].str.startswith("s").all()
    assert orders["salesperson"].nunique() == 2
    assert people["owner"].dropna().isin(orders["salesperson"]).all(), "the same person has the same pseudonym in every table"


def test_figures_are_those_of_the_clients_own_report(tmp_path: Path) -> None:
    own = seglib.open_client(project(tmp_path / "a", "client")).customers()
    outside = seglib.open_client(project(tmp_path / "b", "outside")).customers()
    assert sorted(own["spend"]) == sorted(outside["spend"]) == [0.0, 7.25, 15.5]
    assert not (tmp_path / "a" / ".seglib" / "key").exists(), "a key is made only where one is needed"


def test_the_key_decides_the_pseudonyms_and_the_fingerprint(tmp_path: Path) -> None:
    path = project(tmp_path, "outside")
    first, again = seglib.open_client(path), seglib.open_client(path)
    assert first.fingerprint == again.fingerprint
    assert first.customers()["customer_id"].tolist() == again.customers()["customer_id"].tolist()
    (tmp_path / ".seglib" / "key").unlink()
    other = seglib.open_client(path)
    assert other.fingerprint != first.fingerprint
    assert not set(other.customers()["customer_id"]) & set(first.customers()["customer_id"])
    assert any("新密钥" in note.text("zh") for note in other.collected.notes), "who loses the key hears of it"


def test_a_spoilt_key_is_refused(tmp_path: Path) -> None:
    path = project(tmp_path, "outside")
    (tmp_path / ".seglib").mkdir()
    (tmp_path / ".seglib" / "key").write_text("abc")
    with pytest.raises(SettingsError, match="no key of 64 hexadecimal digits"):
        seglib.open_client(path).fingerprint  # noqa: B018 - the property reads the key


def test_without_a_folder_there_is_no_place_for_a_key() -> None:
    settings = ClientSettings.model_validate({"report": {"audience": "outside"}})
    with pytest.raises(SettingsError, match="keeps a key"):
        key_of(settings)
