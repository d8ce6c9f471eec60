"""One thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Run(Protocol):
    """A way to have work done elsewhere: `Worker.run`, `Reader.run`, `asyncio.to_thread`."""

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the work returns or raises."""


class Worker(Executor):
    """One daemon thread. That of a ThreadPoolExecutor would keep the process from ending until its work is done."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work when what was asked for earlier is done. Raises RuntimeError once it is closed."""
        return await asyncio.wrap_future(self.submit(work, *args, **kwargs))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The same, without waiting for it: see `Executor.submit`."""
        if self._closed:
            raise RuntimeError("the worker is closed")
        future: Future[T] = Future()
        self._queue.put((future, partial(fn, *args, **kwargs)))
        return future

    def close(self) -> None:
        """What it is at is finished, nothing more is begun."""
        self._closed = True
        self._queue.put(None)

    def join(self, seconds: float) -> None:
        """Once it is closed: wait until what it is at is finished."""
        self._thread.join(seconds)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            future, work = job
            if self._closed or not future.set_running_or_notify_cancel():
                future.cancel()
                continue
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            del job, future, work  # nothing is kept alive while it waits
