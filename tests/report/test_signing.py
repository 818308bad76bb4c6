"""Signing a run: the definitions go into the project, later reports follow them and say so, and nothing that was changed is signed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import seglib
from seglib import report
from seglib.errors import DataError, ParameterError, SchemeError, SettingsError
from seglib.report import drift_words, manifest, plan, signing
from seglib.signed import definitions, followed

from . import shop

METHODS = "report: {main: rfm, also: [value_tier]}  # 甲方看这一页\n"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, in a folder with a space and Chinese in its name, with one finished run of two methods, not signed yet."""
    client = shop.write(tmp_path_factory.mktemp("sign") / "示例 项目")
    client.write_text(client.read_text(encoding="utf-8") + METHODS, encoding="utf-8")
    done = report.run(["rfm", "value_tier"], client, lang="en", params={"rfm.tiers": "quantile:4"})
    assert done.ok
    return client


@pytest.fixture
def project(first: Path, tmp_path: Path) -> Path:
    """A copy of that project to sign and to spoil."""
    folder = tmp_path / first.parent.name
    shutil.copytree(first.parent, folder)
    return folder / "client.yml"


def run_of(client: Path) -> Path:
    return manifest.all_runs(client.parent / "reports")[0].folder


def grow(client: Path) -> None:
    """Four months more, with dearer orders: quantiles drawn anew would all lie elsewhere."""
    path = client.parent / "data" / "orders.csv"
    more = shop.orders(300, seed=12)
    day = pd.to_datetime(more["day"]) + pd.Timedelta(days=120)
    more = more.assign(day=day.dt.strftime("%Y-%m-%d"), order="n" + more["order"], amount=more["amount"] * 3)
    pd.concat([pd.read_csv(path), more[more["day"] > "2025-12-30"]]).to_csv(path, index=False)


def test_a_signature_leaves_definitions_pages_and_one_line(project: Path) -> None:
    before = project.read_text(encoding="utf-8")
    signed = signing.sign(run_of(project), by="王芳", note="与委托方确认 10-17")
    day = signed.folder.name
    assert sorted(path.name for path in signed.folder.iterdir()) == ["rfm.json", "signed.md", "value_tier.json", "签署.md"]
    text = project.read_text(encoding="utf-8")
    assert text == before + f"definitions: signed/{day}\n"  # every other line stands, comments too
    for page in ("签署.md", "signed.md"):
        told = (signed.folder / page).read_text(encoding="utf-8")
        assert "王芳" in told
        assert "与委托方确认 10-17" in told
        assert all(scheme.hash in told for scheme in signed.schemes.values())
    told = (signed.folder / "签署.md").read_text(encoding="utf-8")
    assert "签署人：王芳" in told
    cuts = next(score for score in signed.schemes["value_tier"].scores if score.name == "V").cuts
    assert f"准确值：{', '.join(f'{cut:.12g}' for cut in cuts)}" in told
    assert "本期未购买 (`no_orders_in_window`)" in told
    scheme = seglib.load_scheme(signed.folder / "rfm.json")
    assert scheme.about["signed"]["by"] == "王芳"
    assert {"customers", "classes", "inputs"} == set(scheme.about["base"])
    content = json.loads((signed.folder / "rfm.json").read_text(encoding="utf-8"))
    assert {"order", "returns", "ties", "boundary", "zero", "missing", "outside", "window"} == set(content["contract"])


def test_later_data_keep_the_cuts_and_the_page_says_so(project: Path) -> None:
    signed = signing.sign(run_of(project), by="A")
    grow(project)
    done = report.run(["rfm", "value_tier"], project, lang="zh,en")
    assert done.ok
    client = seglib.open_client(project, definitions="")
    for name, scheme in signed.schemes.items():
        found = pd.read_parquet(done.folder / "zh" / "tables" / name / "assignments.parquet")
        wanted = scheme.apply(client.customers(window_days=scheme.window_days, also=scheme.inputs))
        assert found["segment"].tolist() == wanted["segment"].tolist()
        assert seglib.load_scheme(done.folder / "en" / "tables" / name / "scheme.json").hash == scheme.hash
        day, code = signed.folder.name, scheme.hash[:4]
        chinese = (done.folder / "zh" / f"{name}.html").read_text(encoding="utf-8")
        assert f'<p class="announcement">沿用 {day} 签署的定义 {name} #{code}…（界限不变）。</p>' in chinese
        assert f"均为签署时（{day}）的；客户与金额则是本期的。" in chinese
        english = (done.folder / "en" / f"{name}.html").read_text(encoding="utf-8")
        assert f"Following the definition signed on {day}, {name} #{code}… (cut points unchanged)." in english
        assert f"Definition {name} #{scheme.hash[:8]}, signed by A on " in english
    # Orders are three times as dear as when it was signed: whoever makes the report is told to sign anew.
    assert done.drift["value_tier"].advice == "resign"
    told = drift_words.lines(done.drift, "rfm", "zh")
    assert told[0].startswith("漂移（RFM 客户分类）：")
    assert any("建议重新签署，或说明为何不签" in line and "销售额" in line for line in told)


def test_a_parameter_or_a_window_that_contradicts_stops_before_any_kernel(project: Path) -> None:
    signing.sign(run_of(project), by="A")
    with pytest.raises(ParameterError, match="rfm: tiers is 'quantile:3', but the definition #"):
        plan.settle("methods", ["rfm"], project, params={"tiers": "quantile:3"})
    with pytest.raises(SettingsError, match="signed on a window of 365 days; asked for are 180"):
        plan.settle("methods", ["rfm"], project, window_days=180)
    settled = plan.settle("methods", ["rfm"], project)
    assert settled.given == {"rfm": {"tiers": "quantile:4"}}
    assert settled.window_days == 365
    assert plan.settle("methods", ["rfm"], project, params={"tiers": "quantile:3"}, refit=True).given["rfm"] == {"tiers": "quantile:3"}


def test_a_window_of_the_clients_own_does_not_move_what_was_signed(project: Path) -> None:
    signing.sign(run_of(project), by="A")
    project.write_text(project.read_text(encoding="utf-8") + "window: 180 days\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="asked for are 180"):
        plan.settle("methods", ["rfm"], project)


def test_who_signs_a_doubtful_definition_reads_what_was_not_met() -> None:
    """A line without dates of its own: gaps that outlast the data gave no limits."""
    from dataclasses import replace

    from seglib.methods import value_tier
    from seglib.report import signed_words

    table = pd.DataFrame({"customer_id": [str(n) for n in range(30)], "orders": 2, "spend": range(1, 31), "window_days": 365})
    scheme = value_tier.segment(table).scheme
    doubtful = replace(scheme, about={**scheme.about, "gates": [{"gate": "too_few", "passed": False, "found": 30, "needed": 100}]})
    assert signed_words.unmet(scheme, None, "en") == []
    assert signed_words.unmet(doubtful, None, "en") == ["too_few: found 30, needed 100."]
    assert any(line.startswith("- 签署时未满足的条件：") for line in signed_words.lines(doubtful, None, "zh"))


def test_signing_again_overwrites_nothing_and_carries_over(project: Path) -> None:
    signed = signing.sign(run_of(project), by="A")
    only = report.run(["value_tier"], project, lang="en")
    again = signing.sign(only.folder, by="B")
    assert again.folder.name == f"{signed.folder.name}_2"
    assert again.carried == ("rfm",)
    assert again.schemes["rfm"].hash == signed.schemes["rfm"].hash
    assert again.schemes["rfm"].about["signed"]["by"] == "A"  # type: ignore[index]
    assert again.schemes["value_tier"].about["signed"]["by"] == "B"  # type: ignore[index]
    assert f"definitions: signed/{again.folder.name}\n" in project.read_text(encoding="utf-8")
    assert (signed.folder / "rfm.json").is_file()


def test_a_run_that_was_changed_is_not_signed(project: Path) -> None:
    run = run_of(project)
    page = run / "en" / "rfm.html"
    page.write_text(page.read_text(encoding="utf-8").replace("RFM", "RFN"), encoding="utf-8")
    with pytest.raises(DataError, match=r"was changed after it was made: en/rfm\.html is not the file it wrote"):
        signing.sign(run, by="A")
    assert "definitions" not in project.read_text(encoding="utf-8")
    assert not (project.parent / "signed").exists()


@pytest.mark.parametrize("name", ["scheme.json", "assignments.parquet", "manifest.json"])
def test_a_table_that_was_changed_is_not_signed(project: Path, name: str) -> None:
    path = run_of(project) / "en" / "tables" / "rfm" / name
    if name == "manifest.json":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DataError, match="was changed after it was made"):
        signing.sign(run_of(project), by="A")


def test_a_run_that_is_not_finished_is_not_signed(project: Path) -> None:
    record = manifest.read(run_of(project))
    record.update(status="running")
    with pytest.raises(DataError, match="is not finished"):
        signing.sign(record.folder, by="A")


def test_nobody_signs_and_the_demo_has_no_project(project: Path) -> None:
    with pytest.raises(ParameterError, match="--by is empty"):
        signing.sign(run_of(project), by="  ")
    record = manifest.read(run_of(project))
    record.update(request={**record.content["request"], "client": ""})
    with pytest.raises(SettingsError, match="one of the demo"):
        signing.sign(record.folder, by="A")
    record.update(request={**record.content["request"], "client": "../../nowhere.yml"})
    with pytest.raises(SettingsError, match=r"there is no nowhere\.yml"):
        signing.sign(record.folder, by="A")


def test_a_run_without_definitions_is_not_signed(project: Path) -> None:
    run = run_of(project)
    shutil.rmtree(run / "en" / "tables")
    with pytest.raises(DataError, match="holds no definition to sign"):
        signing.sign(run, by="A")


def test_a_definition_that_was_changed_after_signing_stops_the_report(project: Path) -> None:
    signed = signing.sign(run_of(project), by="A")
    path = signed.folder / "value_tier.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["definition"]["scores"][-1]["cuts"][0] *= 1.1
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SchemeError, match="was changed after it was saved"):
        plan.settle("methods", ["value_tier"], project)


def test_a_definition_with_a_hash_of_its_own_is_not_the_one_on_the_page(project: Path) -> None:
    signed = signing.sign(run_of(project), by="A")
    from dataclasses import replace

    scheme = signed.schemes["value_tier"]
    replace(scheme, classes=tuple(reversed(scheme.classes))).save(signed.folder / "value_tier.json")
    with pytest.raises(SettingsError, match="is not the one on the page"):
        plan.settle("methods", ["value_tier"], project)


def test_a_folder_without_definitions_is_said(project: Path) -> None:
    project.write_text(project.read_text(encoding="utf-8") + "definitions: signed/none-there\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="none-there holds no signed definition"):
        plan.settle("methods", ["rfm"], project)


def test_which_definitions_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGLIB_DEFINITIONS", raising=False)
    assert followed(tmp_path, None) is None
    assert followed(tmp_path, "signed/a") == tmp_path / "signed/a"
    assert followed(tmp_path, "signed/a", "") is None
    assert followed(tmp_path, "signed/a", "signed/b") == tmp_path / "signed/b"
    monkeypatch.setenv("SEGLIB_DEFINITIONS", "none")
    assert followed(tmp_path, "signed/a") is None
    with pytest.raises(SettingsError):
        definitions(tmp_path)


def test_refit_draws_anew_and_shows_both(project: Path) -> None:
    signed = signing.sign(run_of(project), by="A")
    grow(project)
    done = report.build(project, lang="zh", refit=True, window_days=365)
    assert done.ok
    anew = seglib.load_scheme(done.folder / "zh" / "tables" / "rfm" / "scheme.json")
    assert anew.hash != signed.schemes["rfm"].hash
    beside = (done.folder / "zh" / "refit.html").read_text(encoding="utf-8")
    customers = seglib.open_client(project, definitions="").customers()
    was = signed.schemes["rfm"].apply(customers)["segment"]
    moved = int((was != anew.apply(customers)["segment"]).sum())
    assert moved > 0
    assert f"{moved} 户（" in beside
    assert "新划的界限与已签署的界限" in (done.folder / "zh" / "index.html").read_text(encoding="utf-8")
    assert "已重新划界（--refit）" in (done.folder / "zh" / "index.html").read_text(encoding="utf-8")
    again = signing.sign(done.folder, by="B")  # what was drawn anew can be signed in its turn
    assert again.schemes["rfm"].hash == anew.hash
    assert again.schemes["rfm"].about["signed"]["main"] is True  # type: ignore[index]


def test_a_run_made_before_the_signature_runs_again_as_it_was(project: Path) -> None:
    run = run_of(project)
    signing.sign(run, by="A")
    again = report.rerun(run)
    assert again.ok
    assert again.changed == []


def command(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    code = "from seglib.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, env={**os.environ, **variables}, capture_output=True, check=False
    )


def test_the_screen_says_it_first_also_on_a_gbk_console(project: Path) -> None:
    console = {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0", "LANG": "zh_CN.GBK"}
    run = run_of(project).relative_to(project.parent.parent)
    done = command("sign", str(run), "--by", "王芳", "--lang", "zh", cwd=project.parent.parent, **console)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    told = done.stdout.decode("utf-8").splitlines()
    assert told[-1].startswith("已签署。client.yml 现指向 ")
    assert signing.told(str(project), "zh").startswith("沿用 2025-12-30 签署的定义 ")
    assert signing.told(str(project), "en", refit=True).startswith("Lines drawn anew (--refit)")
    assert signing.told("", "zh") == ""
    ids = seglib.open_client(project).customers()["customer_id"]
    why = command("explain", str(project.parent.name), ids.iloc[0], "--method", "rfm", "--lang", "zh", cwd=project.parent.parent, **console)
    assert why.returncode == 0, why.stderr.decode("utf-8", "replace")
    assert len(why.stdout.decode("utf-8").splitlines()) == 5
    nobody = command("explain", str(project.parent.name), "c3333", "--method", "rfm", "--lang", "en", cwd=project.parent.parent)
    assert nobody.returncode == 2
    assert b"There is no customer c3333 among the 312 known." in nobody.stderr
    other = command("explain", str(project.parent.name), ids.iloc[0], "--method", "income", "--lang", "en", cwd=project.parent.parent)
    assert other.returncode == 2
    assert b"has no income; it has: rfm, value_tier." in other.stderr
