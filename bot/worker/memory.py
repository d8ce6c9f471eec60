"""How the C library hands out memory, and takes it back."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# See mallopt(3). Other C libraries have no such function, or do nothing.
_ARENA_MAX, _TRIM_THRESHOLD, _MMAP_THRESHOLD = -8, -1, -3
_LARGE = 64 << 10  # bytes


def lean() -> None:
    """Let all threads share one heap, which gives back to the system what is free at its end, and large blocks at once.

    Else each thread has one of its own, and what a feed's document once took stays with it. They would be for threads
    that allocate at the same time, which those of Python cannot.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        for parameter, value in (_ARENA_MAX, 1), (_TRIM_THRESHOLD, _LARGE), (_MMAP_THRESHOLD, _LARGE):
            library.mallopt(parameter, value)
