"""A real PostgreSQL server, started by the test on this machine alone, read through Ibis's own backend."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seglib import collect
from seglib.collect.doors import fingerprint
from seglib.errors import TableError
from seglib.settings import ClientSettings

COLUMNS = {"order_id": "order_no", "customer_id": "customer", "ordered_at": "at", "amount": "total"}


def _programs() -> Path:
    """The server's programs, which Debian keeps off the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb") or ""]  # noqa: PTH207 - an absolute pattern
    if not found[-1]:
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql")
    return Path(found[-1]).parent


def _other_user() -> str | None:
    """Somebody to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no other user here")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server with one user and a password."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'seglib[postgres]'")
    programs, user, port = _programs(), _other_user(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # not pytest's own: a socket's path must be short, and the other user must reach it
    folder.chmod(0o755)
    (folder / "secret").write_text("p@ss word")
    if user:
        shutil.chown(folder, user)
        shutil.chown(folder / "secret", user)

    def run(*command: str) -> None:
        whole = ["runuser", "-u", user, "--", *command] if user else list(command)
        subprocess.run(whole, check=True, capture_output=True, cwd=folder, timeout=120)

    data = str(folder / "data")
    run(
        str(programs / "initdb"),
        "-D",
        data,
        "-U",
        "reader",
        "--pwfile",
        str(folder / "secret"),
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run(str(programs / "pg_ctl"), "-D", data, "-o", options, "-w", "-l", str(folder / "log"), "start")
    try:
        _fill(port)
        yield f"postgresql://reader:${{SEGLIB_TEST_SECRET}}@127.0.0.1:{port}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _fill(port: int) -> None:
    import psycopg

    with psycopg.connect(host="127.0.0.1", port=port, user="reader", password="p@ss word", dbname="postgres", autocommit=True) as con:
        con.execute("CREATE TABLE sales (order_no bigint, customer text, at timestamptz, total numeric(12,2), day text)")
        con.execute(
            "INSERT INTO sales VALUES (622202123456789012, '东方', '2025-01-03 20:00+00', 10.10, '3.1.2025'), "
            "(2, 'B', '2025-01-04 01:00+00', 20.20, '14.1.2025'), (3, NULL, '2025-01-05 01:00+00', 5, '15.1.2025')"
        )
        con.execute("CREATE SCHEMA house")
        con.execute("CREATE VIEW house.big AS SELECT * FROM sales WHERE total > 15")


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLIB_TEST_SECRET", "p@ss word")


def settings(address: str, **orders: Any) -> ClientSettings:
    return ClientSettings.model_validate(
        {"timezone": "Asia/Shanghai", "tables": {"orders": {"database": address, "columns": COLUMNS, **orders}}}
    )


@pytest.mark.usefixtures("secret")
def test_a_table_is_read_with_its_zone_its_cents_and_its_long_ids(server: str) -> None:
    found = collect.load(settings(server, table="sales"))
    frame = found.frame("orders").sort_values("ordered_at")
    assert frame["order_id"].tolist() == ["622202123456789012", "2"]
    assert [str(day) for day in frame["ordered_at"]] == ["2025-01-04 04:00:00", "2025-01-04 09:00:00"]
    assert sum(frame["amount"], Decimal(0)) == Decimal("30.30")
    steps = found.ladder().set_index("step")
    assert (steps.loc["unattributed", "rows"], steps.loc["unattributed", "amount"]) == (1, 5)


@pytest.mark.usefixtures("secret")
def test_a_view_in_a_schema_and_a_query_are_read(server: str) -> None:
    assert len(collect.load(settings(server, table="house.big")).frame("orders")) == 1
    query = "SELECT order_no, customer, day AS at, total FROM sales WHERE customer IS NOT NULL"
    assert [str(day)[:10] for day in sorted(collect.load(settings(server, sql=query)).frame("orders")["ordered_at"])] == [
        "2025-01-03",
        "2025-01-14",
    ]


@pytest.mark.usefixtures("secret")
def test_the_fingerprint_follows_the_rows(server: str) -> None:
    every = settings(server, sql="SELECT * FROM sales")
    assert fingerprint(every) == fingerprint(every)
    assert fingerprint(settings(server, sql="SELECT * FROM sales WHERE total > 6")) != fingerprint(every)


@pytest.mark.usefixtures("secret")
def test_a_missing_table_and_a_query_that_fails_are_said(server: str) -> None:
    with pytest.raises(TableError, match="salez"):
        collect.load(settings(server, table="salez"))
    with pytest.raises(TableError, match="could not answer"):
        collect.load(settings(server, sql="SELECT nothing FROM sales"))


def test_a_wrong_password_is_said_and_not_shown(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGLIB_TEST_SECRET", "wrong-secret")
    with pytest.raises(TableError, match="cannot be reached") as caught:
        collect.load(settings(server, table="sales"))
    assert "wrong-secret" not in str(caught.value)
