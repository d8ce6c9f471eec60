"""What runs in processes of their own. It is told what to do on its input, and answers on its output."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import IO, Any

_IDLING = 6  # times as long as its CPU, a piece of work may take by the clock: the machine may be busy


def serve(seconds: float, memory: int, large: int) -> None:
    """Do one piece of work after the other until there is nobody left to ask for any, and no way to end otherwise.

    `seconds` of CPU for each, at which the system ends the process, or at six times as many by the clock; `memory`:
    bytes of address space in all. Answers are triples: result, error, and whether it was the last, as the process has
    come to use `large` bytes.
    """
    with suppress(ValueError, OSError):  # not every system has such a limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    _do_without_what_is_not_called()
    jobs, answers = _ends()
    is_last = False
    with suppress(EOFError, BrokenPipeError), answers:
        while not is_last:
            work = pickle.load(jobs)  # noqa: S301 - from the bot
            _allow(seconds)
            result, error = _done(work)
            _allow(0)
            is_last = _in_use() > large
            answers.write(_pickled(result, error, is_last))
            answers.flush()


def serve_once() -> None:
    """Do one piece of work, which is the bot's own and takes what it takes."""
    jobs, answers = _ends()
    with suppress(BrokenPipeError), answers:
        answers.write(_pickled(*_done(pickle.load(jobs)), is_last=True))  # noqa: S301 - from the bot


def _ends() -> tuple[IO[bytes], IO[bytes]]:
    for request in signal.SIGINT, signal.SIGTERM:  # they mean the bot, which says when it is over
        signal.signal(request, signal.SIG_IGN)
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    return jobs, answers


def _do_without_what_is_not_called() -> None:
    """feedparser brings an HTTP client, and that brings OpenSSL: a seventh of the process, of which nothing is called.

    A module that is None is one that cannot be imported. The standard library can do without these two, and Beautiful
    Soup without the selectors of CSS.
    """
    sys.modules["ssl"] = None  # type: ignore[assignment]
    sys.modules["soupsieve"] = None  # type: ignore[assignment]
    warnings.filterwarnings("ignore", "The soupsieve package is not installed", UserWarning)
    if find_spec("_md5"):  # Python's own hashes, which some systems leave out for OpenSSL's
        sys.modules["_hashlib"] = None  # type: ignore[assignment]


def _allow(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * _IDLING)


def _in_use() -> int:
    """Bytes of memory; 0 where the system does not tell so."""
    with suppress(OSError), open("/proc/self/statm", "rb") as figures:
        return int(figures.read().split()[1]) * resource.getpagesize()
    return 0


def _done(work: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return work(), None
    except Exception as error:
        return None, error


def _pickled(result: Any, error: Exception | None, is_last: bool) -> bytes:
    if error is not None:
        error.add_note("".join(traceback.format_exception(error)))  # a traceback does not go over
    try:
        return pickle.dumps((result, error, is_last))
    except Exception as unfit:  # too large, or nothing that can be pickled
        return pickle.dumps(
            (None, unfit if isinstance(unfit, MemoryError) else RuntimeError(f"{error or unfit!r}"), is_last)
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    else:
        serve_once()
