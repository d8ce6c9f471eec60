"""One piece of work in a process of its own.

What it has to load for that is gone with the process. A process that stays would keep the modules for ever.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from subprocess import PIPE, run
from typing import TypeVar

from .reader import SERVANT

T = TypeVar("T")


def aside(work: Callable[[], T]) -> T:
    """Do it and wait for it. It is our own work: it has our environment, and no limits.

    Raises what it raises; CalledProcessError where the process ends without an answer.
    """
    program = [sys.executable, "-P", str(SERVANT)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = run(program, input=pickle.dumps(work), stdout=PIPE, env=environment, check=True)  # noqa: S603 - our own
    result: T
    result, error, _ = pickle.loads(done.stdout)  # noqa: S301 - from a program of ours
    if error is not None:
        raise error
    return result
