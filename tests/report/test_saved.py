"""Results taken up again: a list for a client from a saved definition, rules or learned, and a run's classification rebuilt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import seglib
from seglib import report
from seglib.errors import ParameterError, SettingsError
from seglib.methods import clusters, rfm
from seglib.methods._signed import equipped
from seglib.report import saved
from seglib.review import explain

from . import shop

GBK = {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own class names, with one finished run."""
    client = shop.write(tmp_path_factory.mktemp("saved") / "示例 项目")
    client.write_text(client.read_text(encoding="utf-8") + "labels: {rfm: {champion: 战略客户}}\n", encoding="utf-8")
    assert report.run(["rfm"], client, lang="zh").ok
    return client


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from seglib.cli import main; main()", *arguments],
        cwd=cwd, env={**os.environ, **GBK}, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip


def test_a_runs_classification_is_rebuilt_from_its_definition(project: Path) -> None:
    result, customers, client = saved.of(project.parent)
    run = saved.run_of(project).folder
    written = pd.read_parquet(run / "zh" / "tables" / "rfm" / "assignments.parquet")
    assert result.assignments["segment"].tolist() == written["segment"].tolist()
    assert written["reason"].str.startswith(("战略客户：", "忠诚客户：", "从未购买：", "本期未购买：")).sum() > 20
    assert written["reason"].str.contains("订单数").any()
    assert not saved.changed(run, client)
    assert explain(result, customers, "c005", client=client).segment == result.assignments.set_index("customer_id").loc["c005", "segment"]


def test_what_is_no_run_is_said(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="has no income; it has: rfm"):
        saved.of(project.parent, "income")
    with pytest.raises(SettingsError, match=r"is not the run\.json of a run"):
        saved.of(tmp_path)
    (tmp_path / "client.yml").write_text(shop.CLIENT, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"client\.yml has no run yet"):
        saved.of(tmp_path)


def test_a_learned_definition_is_assigned_from_the_command_line(project: Path, tmp_path: Path) -> None:
    client = seglib.open_client(project)
    customers = client.customers()
    first = clusters.segment(customers, classes=3, starts=5, features="days_since_last_order,orders,mean_order_value")
    path = equipped(first, customers).save(tmp_path / "中心.json")
    done = command("assign", str(path), str(project), "--lang", "zh", "--out", str(tmp_path / "清单.csv"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    listed = pd.read_csv(tmp_path / "清单.csv", encoding="utf-8-sig", dtype={"customer_id": "str"})
    assert listed["segment"].tolist() == first.assignments["segment"].tolist()
    assert list(listed.columns[:3]) == ["customer_id", "segment", "label"]
    assert listed["reason"].str.contains("起决定作用的是").any()
    assert listed["reason"].notna().all()


def test_every_fault_of_assign_is_a_sentence(project: Path, tmp_path: Path) -> None:
    customers = seglib.open_client(project).customers()
    path = rfm.segment(customers).scheme.save(tmp_path / "rfm.json")
    text = path.read_text(encoding="utf-8")
    faults = {
        "changed.json": (text.replace('"champion"', '"champions"'), "was changed after it was saved"),
        "broken.json": (text[: len(text) // 2], "is no scheme file"),
        "other.json": (text.replace('"format": 1', '"format": 9'), "written for another version of seglib"),
    }
    for name, (content, sentence) in faults.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        done = command("assign", str(tmp_path / name), str(project), "--lang", "en", cwd=tmp_path)
        assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr
        assert "Traceback" not in done.stderr
    lacking = equipped(clusters.segment(customers.assign(answers=customers["orders"]), features="answers,orders", classes=2, starts=2))
    done = command("assign", str(lacking.save(tmp_path / "lacking.json")), str(project), "--lang", "en", cwd=tmp_path)
    assert done.returncode == 2
    assert "lacks: answers" in done.stderr or "the table lacks answers" in done.stderr
    assert command("assign", str(tmp_path / "nowhere.json"), str(project), "--lang", "en", cwd=tmp_path).returncode == 2
