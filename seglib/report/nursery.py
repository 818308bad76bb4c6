"""A process that has loaded what every page needs, and of which kernels are born loaded: on Linux; elsewhere each kernel loads for itself.

A kernel spends more time loading libraries than working. The nursery loads them once and forks: each notebook still has a process, a memory
and a fate of its own, with the environment and the folder it was promised. Where anything goes wrong with it, a kernel starts the long way.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from threading import Lock
from typing import IO, Any, NoReturn

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

# What takes longest to load. None of it starts a thread then, but for the allocator of pyarrow, which is made to be forked.
LOADED = ("ipykernel.ipkernel", "ipykernel.kernelapp", "matplotlib.pyplot", "ibis.backends.duckdb", "pyarrow.parquet", "seglib.report.page")
LAUNCHER = "ipykernel_launcher"
FORKED = "seglib-forked"


class Newborn:
    """A forked kernel as its manager looks at a process; the nursery, whose child it is, buries it."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it lives."""
        if self.returncode is None and select.select([self._handle], [], [], 0)[0]:
            os.close(self._handle)
            self.returncode = 1  # how it ended, only its parent knows
        return self.returncode

    def wait(self) -> int:
        """Until it has ended."""
        while self.poll() is None:
            time.sleep(0.01)
        return self.returncode or 0

    def send_signal(self, signum: int) -> None:
        """A signal for this very process, never for one that has got its number since."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signum)

    def kill(self) -> None:
        """At once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """When it likes."""
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The process itself, seen from where the notebooks are run; it ends with its last reader."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", __name__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self._one_at_a_time = Lock()

    def bear(self, command: Sequence[str], env: Mapping[str, str], folder: str, silent: bool) -> Newborn:
        """A kernel with this command line, environment and folder; ``silent`` where its own messages go nowhere.

        Raises:
            OSError: The nursery has gone, or could not.
            ValueError: It answered with something else than a number.
        """
        wish = {"arguments": list(command), "env": dict(env), "folder": folder, "silent": silent}
        assert self._process.stdin
        assert self._process.stdout
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps(wish) + "\n")
            self._process.stdin.flush()
            return Newborn(int(self._process.stdout.readline()))

    def close(self) -> None:
        """No more kernels; those that live go on."""
        with contextlib.suppress(OSError):
            self._process.communicate(timeout=10)


class Forked(LocalProvisioner):
    """Kernels from the nursery that is open; as Jupyter starts them where there is none, or for another command."""

    nursery: Nursery | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """As Jupyter asks for it: the command line and what belongs to it; how to reach the kernel."""
        if self.nursery is None or LAUNCHER not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd = kwargs.get("cwd") or Path.cwd()
        try:
            arguments = cmd[cmd.index(LAUNCHER) + 1 :]
            silent = getattr(kwargs.get("stderr"), "name", "") == os.devnull
            born = self.nursery.bear(arguments, kwargs.get("env") or os.environ, os.fspath(self.cwd), silent)
        except (OSError, ValueError):
            return await super().launch_kernel(cmd, **kwargs)
        self.process = born  # type: ignore[assignment]  # it is asked no more than what a Newborn knows
        self.pid = self.pgid = born.pid  # it leads a group of its own, with whatever it starts
        return self.connection_info


def _can_watch() -> bool:
    """Does this system fork, and let a process be watched that is another's child?"""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):  # a Python built without it, or an old or narrow kernel
        return False
    return True


@contextlib.contextmanager
def opened(kernels: int) -> Iterator[None]:
    """Kernels started meanwhile are born of a nursery, where that is possible and pays for its own start."""
    if kernels < 2 or not _can_watch():
        yield
        return
    KernelProvisionerFactory.provisioners[FORKED] = EntryPoint(FORKED, f"{__name__}:{Forked.__name__}", KernelProvisionerFactory.GROUP_NAME)
    factory = KernelProvisionerFactory.instance()
    before, factory.default_provisioner_name = factory.default_provisioner_name, FORKED
    outer, Forked.nursery = Forked.nursery, Nursery()
    try:
        yield
    finally:
        Forked.nursery.close()
        Forked.nursery, factory.default_provisioner_name = outer, before


# --- inside the process ---------------------------------------------------------------------------------------------------------------


def main() -> None:
    """Load, then fork a kernel for every line that comes in and answer with its number; the end of the lines is the end."""
    for name in LOADED:
        import_module(name)
    signal.signal(signal.SIGCHLD, _bury)
    gc.collect()
    gc.freeze()  # what is loaded is never looked through again, and stays shared between the kernels
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a kernel says on its screen is no answer
    for line in sys.stdin:
        wish = json.loads(line)
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(tell)
            if not os.read(told, 1):  # the nursery died before anybody knew of this kernel, and another takes its place
                os._exit(1)
            _live(answers, **wish)
        answers.write(f"{pid}\n")
        answers.flush()
        os.write(tell, b"!")
        os.close(told)
        os.close(tell)
    os._exit(0)  # nothing to put away: some libraries would count what is frozen as lost, and say so


def _bury(*_: object) -> None:
    """Whoever has ended leaves no trace."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _live(answers: IO[str], arguments: Sequence[str], env: Mapping[str, str], folder: str, silent: bool) -> NoReturn:
    """The life of a kernel, from birth to its end."""
    from ipykernel import kernelapp

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, sys.stdin.fileno())
    os.dup2(nowhere, answers.fileno())
    if silent:
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = [LAUNCHER, *arguments]
    kernelapp.launch_new_instance([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
    os._exit(0)


if __name__ == "__main__":
    main()
