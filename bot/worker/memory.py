"""What the running bot does to need little memory. It is done before anything large is loaded."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from types import ModuleType

# See mallopt(3). Other C libraries have no such function, or do nothing.
_ARENA_MAX, _TRIM_THRESHOLD, _MMAP_THRESHOLD = -8, -1, -3
_LARGE = 64 << 10  # bytes


def lean() -> None:
    """Share one heap, and load nothing that is never called."""
    _share_one_heap()
    _do_without_httpx()
    # aiohttp's lists of callbacks would be in C++, whose library is a megabyte.
    os.environ.setdefault("FROZENLIST_NO_EXTENSIONS", "1")


def _share_one_heap() -> None:
    """One heap for all threads, which gives back to the system what is free at its end, and large blocks at once.

    Else each thread has one of its own, and what a feed's document once took stays with it. They would be for threads
    that allocate at the same time, which those of Python cannot.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        for parameter, value in (_ARENA_MAX, 1), (_TRIM_THRESHOLD, _LARGE), (_MMAP_THRESHOLD, _LARGE):
            library.mallopt(parameter, value)


def _do_without_httpx() -> None:
    """python-telegram-bot loads its own HTTP client even where it is given another, as it is by transport.py."""
    sys.modules["httpx"] = _Unused("httpx")


class _Unused(ModuleType):
    """A module of which names are mentioned when another is loaded, and nothing is called."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})
