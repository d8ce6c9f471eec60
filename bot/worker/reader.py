"""A process of its own for reading what strangers wrote.

A parser written in C holds the interpreter's lock, and a garbage collection stops every thread: read in a thread, one
hostile document would stop the whole bot for a second. In another process it may take its time, and as it is no longer
in ours, it can be stopped: a document that takes too long, too much memory, or the parser down, costs itself alone.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, Any, cast

from ..errors import Unreadable
from .thread import P, T, Worker

SECONDS = 20.0  # of CPU for one piece of work: a feed of the largest size that is no attack takes two
MEMORY = 400 << 20  # bytes of address space: what is no attack takes a quarter
LARGE = 96 << 20  # bytes of memory in use with which a process does no more work
IDLE = 60.0  # seconds without work after which there is no process
# What goes over of the environment, by the beginnings of names.
_GOES_OVER = ("PATH", "PYTHON", "LD_", "DYLD_", "LANG", "LC_")
SERVANT = Path(__file__).with_name("servant.py")
_LAST = 5.0  # seconds for the thread to end; its process is dead by then


class Reader:
    """One process, while there is something to read. Only values go between it and the bot: functions by their names
    in their modules, arguments and results pickled. It knows no secrets, and ends with the bot however that ends."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY, idle: float = IDLE) -> None:
        self._limits = seconds, memory, LARGE
        self._idle = idle
        self._worker = Worker("reader")
        self._process: Popen[bytes] | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._closed = False

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work when what was asked for earlier is done. Raises what it raises, or `Unreadable`."""
        self._stay()
        try:
            result: T = await self._worker.run(self._ask, partial(work, *args, **kwargs))
            return result
        finally:
            self._stay()
            if not self._closed:
                # Behind whatever has begun by then, for the worker does one thing after the other.
                self._rest = asyncio.get_running_loop().call_later(self._idle, self._worker.submit, self._end)

    def close(self) -> None:
        """End the process, whatever it is at."""
        self._closed = True
        self._stay()
        if process := self._process:
            process.kill()
        self._worker.close()
        self._worker.join(_LAST)
        self._end()

    def _stay(self) -> None:
        """Do not end for want of work."""
        if self._rest is not None:
            self._rest.cancel()

    def _ask(self, work: Callable[[], Any]) -> Any:
        job = pickle.dumps(work)
        process = self._process if self._process and self._process.poll() is None else self._start()
        try:
            result, error, is_last = _exchange(process, job)
        except (EOFError, OSError, pickle.UnpicklingError):
            status = self._end()
            if self._closed:
                raise RuntimeError("the reader is closed") from None
            raise Unreadable(_why(status)) from None
        except BaseException:
            self._end()  # what is left of its answer would be taken for the next one
            raise
        if is_last:
            self._end()
        if isinstance(error, MemoryError):
            raise Unreadable("reading this takes too much memory")
        if error is not None:
            raise error
        return result

    def _start(self) -> Popen[bytes]:
        self._end()
        # Not by its name in the package, which would load ours; and without `site`, which loads two megabytes, and the
        # result of whose work is in PYTHONPATH.
        program = [sys.executable, "-P", "-S", str(SERVANT), *map(str, self._limits)]
        process = Popen(program, stdin=PIPE, stdout=PIPE, env=_environment(os.environ))  # noqa: S603 - our own
        self._process = process
        if self._closed:  # too late for `close` to see it
            process.kill()
        return process

    def _end(self) -> int:
        """What the process ended with, if there was one."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with suppress(OSError), process:  # which closes its pipes and waits for it
            process.kill()
        return process.returncode


def _exchange(process: Popen[bytes], job: bytes) -> Any:
    to, back = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    to.write(job)
    to.flush()
    return pickle.load(back)  # noqa: S301 - from a program of ours


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What a program of Python needs. The rest may be tokens and passwords."""
    needed = {name: value for name, value in ours.items() if name.startswith(_GOES_OVER)}
    return {**needed, "PYTHONPATH": os.pathsep.join(sys.path)}


def _why(status: int) -> str:
    if -status in (signal.SIGPROF, signal.SIGALRM):
        return "this takes too long to read"
    name = signal.Signals(-status).name if status < 0 else str(status)
    return f"the process that was to read this has ended ({name})"
