"""What the running bot does to need little memory."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType

# See mallopt(3). Other C libraries have no such function, or do nothing.
_ARENA_MAX, _TRIM_THRESHOLD, _MMAP_THRESHOLD = -8, -1, -3
_LARGE = 64 << 10  # bytes


@contextmanager
def lean() -> Iterator[None]:
    """Have what is loaded meanwhile bring nothing that is never called, and all threads share one heap from now on."""
    _share_one_heap()
    # aiohttp's lists of callbacks would be in C++, whose library is a megabyte.
    os.environ.setdefault("FROZENLIST_NO_EXTENSIONS", "1")
    # python-telegram-bot loads its own HTTP client even where it is given another, as it is by transport.py. Whoever
    # wants httpx later, such as a summariser of the operator's own, shall have it.
    unused = _Unused("httpx")
    loaded = sys.modules.setdefault("httpx", unused)
    try:
        yield
    finally:
        if loaded is unused:
            del sys.modules["httpx"]


def _share_one_heap() -> None:
    """One heap for all threads, which gives back to the system what is free at its end, and large blocks at once.

    Else each thread has one of its own, and what a feed's document once took stays with it. They would be for threads
    that allocate at the same time, which those of Python cannot.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        for parameter, value in (_ARENA_MAX, 1), (_TRIM_THRESHOLD, _LARGE), (_MMAP_THRESHOLD, _LARGE):
            library.mallopt(parameter, value)


class _Unused(ModuleType):
    """A module of which names are mentioned when another is loaded, and nothing is called."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})
