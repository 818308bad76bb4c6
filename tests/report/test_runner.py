"""The runner against real kernels: every way a notebook can end, and what its kernel inherits."""

from __future__ import annotations

import os
import sys

import nbformat
import pytest

from seglib.report import nursery, runner
from seglib.report.runner import Event, Job, Outcome


def job(name: str, *cells: str, **given: object) -> Job:
    book = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "a-colleagues-kernel", "display_name": "x", "language": "python"}})
    book.cells = [nbformat.v4.new_code_cell("x: int = 1", metadata={"tags": ["parameters"]}), *map(nbformat.v4.new_code_cell, cells)]
    return Job(name, "en", book, given)


def run(*jobs: Job, timeout: float = 60) -> tuple[dict[str, Outcome], list[Event]]:
    ended: dict[str, Outcome] = {}
    events: list[Event] = []
    runner.run_all(jobs, workers=2, timeout=timeout, finished=lambda one: ended.setdefault(one.job.name, one), progress=events.append)
    return ended, events


@pytest.fixture(scope="module")
def outcomes() -> tuple[dict[str, Outcome], list[Event]]:
    return run(
        job("good", "import os, sys\nsys.stderr.write('careful\\n')\n(x, os.environ['OMP_NUM_THREADS'], sys.executable)", x=7),
        job("bad", "1", "raise ValueError('no /home/someone/secret/file.py here')"),
        job("dead", "import os\nos._exit(9)"),
        job("slow", "import time\ntime.sleep(60)"),
        timeout=4,
    )


def test_a_notebook_that_ends_gives_its_outputs_with_the_parameters(outcomes: tuple[dict[str, Outcome], list[Event]]) -> None:
    good = outcomes[0]["good"]
    shown = [out for cell in good.notebook.cells for out in cell.outputs if out.output_type == "execute_result"]
    assert good.status == "ok"
    assert eval(shown[0].data["text/plain"]) == (7, "1", sys.executable)


def test_lines_on_stderr_are_counted(outcomes: tuple[dict[str, Outcome], list[Event]]) -> None:
    assert outcomes[0]["good"].warnings == 1


def test_an_error_says_which_cell_and_why_without_folders(outcomes: tuple[dict[str, Outcome], list[Event]]) -> None:
    bad = outcomes[0]["bad"]
    assert (bad.status, bad.notebook, bad.fault.name) == ("failed", None, "ValueError")
    assert bad.fault.cell == 3
    assert "raise ValueError" in bad.fault.source
    assert "/home/someone" not in bad.fault.trace


def test_a_dead_kernel_is_never_finished(outcomes: tuple[dict[str, Outcome], list[Event]]) -> None:
    dead = outcomes[0]["dead"]
    assert (dead.status, dead.notebook) == ("killed", None)


def test_a_cell_that_takes_too_long_is_never_finished(outcomes: tuple[dict[str, Outcome], list[Event]]) -> None:
    slow = outcomes[0]["slow"]
    assert (slow.status, slow.notebook) == ("timeout", None)
    assert "4 seconds" in slow.fault.message


def test_every_job_is_announced_and_ended(outcomes: tuple[dict[str, Outcome], list[Event]]) -> None:
    events = outcomes[1]
    assert sorted(e.page for e in events if e.state == "started") == ["bad", "dead", "good", "slow"]
    assert {e.page: e.state for e in events if e.state != "started"} == {"good": "ok", "bad": "failed", "dead": "killed", "slow": "timeout"}
    assert max(e.done for e in events) == 4
    assert next(e.message for e in events if e.state == "failed").startswith("ValueError: no ")


WHOSE = "import os, sys\n(os.getppid(), os.getpid() == os.getpgid(0), 'matplotlib.pyplot' in sys.modules, os.environ['PYTHONHASHSEED'])"


def parents(*names: str) -> list[tuple[int, bool, bool, str]]:
    ended, _ = run(*(job(name, WHOSE) for name in names))
    assert {one.status for one in ended.values()} == {"ok"}
    return [eval(ended[name].notebook.cells[-1].outputs[0].data["text/plain"]) for name in names]


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_kernels_are_born_of_one_process_that_has_loaded_what_they_need() -> None:
    before = nursery.Forked.nursery
    (one, *born), (other, *second) = parents("one", "other")
    assert one == other != os.getpid()
    assert born == second == [True, True, "0"]
    assert nursery.Forked.nursery is before


def test_a_single_kernel_needs_no_nursery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery.Forked, "nursery", None)
    [(parent, _, loaded, _)] = parents("alone")
    assert (parent, loaded) == (os.getpid(), False)


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_where_the_nursery_dies_a_kernel_starts_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: nursery.Nursery, *_: object) -> nursery.Newborn:
        self._process.kill()
        self._process.wait()
        return bear(self, *_)  # type: ignore[arg-type]

    bear = nursery.Nursery.bear
    monkeypatch.setattr(nursery.Nursery, "bear", gone)
    assert {parent for parent, *_ in parents("one", "other")} == {os.getpid()}


@pytest.mark.parametrize(("silent", "status"), [(1, "ok"), (2, "failed")])
def test_a_kernel_that_does_not_answer_at_its_start_has_one_successor(
    monkeypatch: pytest.MonkeyPatch, silent: int, status: runner.Status
) -> None:
    engine, starts = runner.papermill(), []

    def execute(notebook: object, *_: object, **__: object) -> object:
        starts.append(1)
        if len(starts) <= silent:
            raise RuntimeError("Kernel didn't respond in 60 seconds")
        return notebook

    monkeypatch.setattr(engine, "execute_notebook", execute)
    assert runner.run_one(job("late"), timeout=5).status == status
    assert len(starts) == 2


def test_where_a_kernel_cannot_be_watched_there_is_no_nursery(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refused, raising=False)
    monkeypatch.setattr(nursery.Forked, "nursery", None)
    with nursery.opened(2):
        assert nursery.Forked.nursery is None


def test_the_environment_is_as_before(outcomes: tuple[dict[str, Outcome], list[Event]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    with runner._kernel_environment():
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "3"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("File /opt/proj/seglib/x.py:3", "File x.py:3"),
        (r"File C:\Users\name\x.py", "File x.py"),
        ("a/b", "a/b"),
        ("https", "https"),
    ],
)
def test_folders_are_cut_off_paths(text: str, clean: str) -> None:
    assert runner.without_paths(text) == clean
