"""Processes of Python to be killed and told to stop, forked from one that has the bot loaded already.

Loading it takes a second of CPU, which is not what these tests are about. How the program starts and ends by itself is
tested with the program itself.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["bot.app", "bot.cli"])


class Process:
    """A process that runs, and `output`: what it writes, to its standard output and errors alike."""

    def __init__(self, process: multiprocessing.process.BaseProcess, output: asyncio.StreamReader) -> None:
        assert process.pid is not None
        self.pid = process.pid
        self.output = output
        self._process = process

    async def ended(self) -> int:
        """Wait until it ends. Returns its exit status, or minus the signal that killed it."""
        await asyncio.to_thread(self._process.join)
        assert self._process.exitcode is not None
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


@asynccontextmanager
async def python(*arguments: str) -> AsyncIterator[Process]:
    """What `python -m ...` or `python -c ...` would run. It is killed at the end, if it has not ended by then."""
    ours, theirs = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_run, args=(theirs, *arguments))
    process.start()
    theirs.close()
    output = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(ours.fileno()), "rb")
    ours.close()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), pipe
    )
    try:
        yield Process(process, output)
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        process.close()
        transport.close()


def _run(output: Connection, option: str, program: str, *arguments: str) -> None:
    for number in 1, 2:
        os.dup2(output.fileno(), number)
    output.close()
    sys.argv = [option, *arguments]
    if option == "-m":
        runpy.run_module(program, run_name="__main__")
    else:
        exec(program, {"__name__": "__main__"})  # noqa: S102 - as Python's own -c does
