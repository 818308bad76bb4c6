"""Runs notebooks through papermill, strictly: own kernel, one thread each, and a status that never comes from the notebook."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["ok", "failed", "timeout", "killed"]
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Job:
    """One notebook to run: its name on screen, the notebook, and the parameters, already checked."""

    name: str
    lang: str
    notebook: Any
    parameters: Mapping[str, object]


@dataclass(frozen=True)
class Event:
    """What a run tells whoever watches it: a page started, or ended with a status.

    Attributes:
        page: The method's name.
        lang: Language of the page.
        state: ``started`` or the status it ended with.
        done, total: Pages that have ended, and pages in all.
        seconds: How long the page took; 0 when it starts.
        message: First line of the error, "" where there is none.
    """

    page: str
    lang: str
    state: str
    done: int
    total: int
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class Fault:
    """Why a notebook did not end: in which code cell (from 1; 0 where no cell is known), the error, the cell, the last lines."""

    cell: int
    name: str
    message: str
    source: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Outcome:
    """How one job ended. ``notebook`` is the executed notebook, and None unless ``status`` is ok."""

    job: Job
    status: Status
    seconds: float
    notebook: Any = None
    fault: Fault | None = None
    warnings: int = field(default=0)


def papermill() -> Any:
    """The papermill module, imported without a parser of IRIs that costs more time to load than all the rest."""
    if "papermill" not in sys.modules:
        # jsonschema asks for rfc3987_syntax and does without it where it is absent; nothing here uses IRI formats
        absent = "rfc3987_syntax" not in sys.modules
        if absent:
            sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
        # a dead kernel leaves nbclient's watcher behind, which says so on the screen when Python collects it
        logging.getLogger("asyncio").addFilter(lambda record: "Task was destroyed but it is pending" not in record.getMessage())
        # whoever asks for a page's parameters reads the same line better
        logging.getLogger("papermill.translators").addFilter(lambda record: not record.getMessage().startswith("Unable to parse line"))
        try:
            import papermill  # noqa: F401
        finally:
            if absent:
                del sys.modules["rfc3987_syntax"]
    return sys.modules["papermill"]


def run_all(
    jobs: Sequence[Job],
    *,
    workers: int,
    timeout: float,
    finished: Callable[[Outcome], None],
    progress: Callable[[Event], None] | None = None,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Runs the jobs, ``workers`` at a time, each in a kernel of its own.

    Args:
        jobs: What to run; started in this order.
        workers: Kernels that run at the same time. Two suit two cores; more only help where there are more.
        timeout: Seconds a single cell may take.
        finished: Called in the worker's thread as soon as a job has ended, whatever its status.
        progress: Called when a job starts and when it has ended.
        variables: What every kernel finds in its environment.
    """
    papermill()
    from seglib.report import nursery

    tell = progress or (lambda event: None)
    done = 0

    def one(job: Job) -> None:
        nonlocal done
        tell(Event(job.name, job.lang, "started", done, len(jobs)))
        outcome = run_one(job, timeout=timeout)
        finished(outcome)
        done += 1
        message = f"{outcome.fault.name}: {outcome.fault.message}" if outcome.fault else ""
        tell(Event(job.name, job.lang, outcome.status, done, len(jobs), outcome.seconds, message.split("\n")[0]))

    with _kernel_environment(variables), nursery.opened(len(jobs)), ThreadPoolExecutor(max(1, workers)) as pool:
        try:
            for waiting in [pool.submit(one, job) for job in jobs]:
                waiting.result()
        except BaseException:  # somebody pressed Ctrl-C: what has not started must not start
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def run_one(job: Job, *, timeout: float) -> Outcome:
    """Runs one notebook; whatever goes wrong inside becomes the outcome's status, never an exception."""
    engine = papermill()
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    settings = Config(
        {
            "KernelManager": {"transport_encryption": "auto"},
            "KernelSpecManager": {"kernel_dirs": []},  # only this Python's own kernel, whatever else is installed under the name
            "NotebookClient": {"shutdown_kernel": "immediate"},  # a kernel has nothing to save
        }
    )
    started = time.monotonic()

    def ended(status: Status, fault: Fault) -> Outcome:
        return Outcome(job, status, time.monotonic() - started, fault=fault)

    def executed() -> Any:
        return engine.execute_notebook(
            job.notebook,
            None,
            parameters=dict(job.parameters),
            kernel_name="python3",
            progress_bar=False,
            execution_timeout=timeout,
            start_timeout=60,
            config=settings,
        )

    try:
        notebook = _begun(executed)
    except PapermillExecutionError as error:
        cell = max((error.exec_count or 0) - bool(job.parameters), 0)  # papermill's own cell with the values is none of ours
        trace = _ANSI.sub("", "\n".join(error.traceback)).splitlines()[-20:]
        return ended("failed", Fault(cell, error.ename, error.evalue, error.source, without_paths("\n".join(trace))))
    except DeadKernelError:
        return ended("killed", Fault(0, "DeadKernelError", "the kernel died (killed, or out of memory)"))
    except CellTimeoutError:
        return ended("timeout", Fault(0, "CellTimeoutError", f"a cell took longer than {timeout:g} seconds"))
    except Exception as error:  # a kernel can fail in ways no list is complete for, and the other pages must still come
        return ended("failed", Fault(0, type(error).__name__, without_paths(str(error))))
    return Outcome(job, "ok", time.monotonic() - started, notebook, warnings=_stderr_lines(notebook))


def _begun(execute: Callable[[], Any]) -> Any:
    """What ``execute`` gives; a kernel that does not answer when it starts has run no cell, and gets one successor."""
    from nbclient.exceptions import DeadKernelError

    try:
        return execute()
    except DeadKernelError:  # while it worked
        raise
    except RuntimeError:
        return execute()


def without_paths(text: str) -> str:
    """``text`` with the folders of files cut off: an error page names files, not a person's folders."""
    return re.sub(r"(?:[A-Za-z]:)?(?:[\\/][^\\/\s:\"'<>|]+)+[\\/]([^\\/\s:\"'<>|]+)", r"\1", text)


def _stderr_lines(notebook: Any) -> int:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum(output.text.count("\n") for output in outputs if output.output_type == "stream" and output.name == "stderr")


@contextlib.contextmanager
def _kernel_environment(variables: Mapping[str, str] | None = None) -> Iterator[None]:
    """What every kernel inherits: one thread for linear algebra, sets in one order, this very seglib, and what the run gives it."""
    package_home = str(Path(__file__).parents[2])
    paths = [package_home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    wanted = dict.fromkeys(_ONE_THREAD, "1") | {
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **(variables or {}),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
