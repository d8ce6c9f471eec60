"""Door: hands for work that would hold up the event loop.

thread.py     one thread, for work of our own
reader.py     one process, for reading what strangers wrote
aside.py      one piece of work in a process of its own, for which that is worth what it takes to start one
servant.py    the program that runs in such processes
memory.py     what the running bot does to need little memory
"""

from __future__ import annotations

from .aside import aside
from .memory import lean
from .reader import Reader
from .thread import Run, Worker

__all__ = ["Reader", "Run", "Worker", "aside", "lean"]
