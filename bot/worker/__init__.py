"""Door: hands for work that would hold up the event loop.

thread.py     one thread, for work of our own
reader.py     one process, for reading what strangers wrote
servant.py    the program that runs in it
"""

from __future__ import annotations

from .reader import Reader
from .thread import Run, Worker

__all__ = ["Reader", "Run", "Worker"]
