"""The tests on all cores: once they are collected, workers are forked, and each takes what is next until all is done.

Workers that load and collect everything for themselves, as those of pytest-xdist do, take four seconds of CPU each, and
to tell of each test takes another three milliseconds: together a seventh of all that the tests take.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator
from itertools import groupby
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

FORK = multiprocessing.get_context("fork")

# What waits long, or has something for the whole file, is done whole, and first: at the end all are at short tests.
WHOLE = ("page", "story", "benchmarks", "deliver_http", "demo", "reader", "store_damage", "edits")
TAKEN = 16  # tests of any other file, at once


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parallel", "tests on all cores")
    group._addoption(
        "-n", dest="workers", type=int, default=0, help="So many workers; 0: all in this process."
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    names = [f"test_{name}" for name in WHOLE]

    def turn(item: pytest.Item) -> int:
        return names.index(item.path.stem) if item.path.stem in names else len(names)

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    # What is loaded stays: that the garbage collector looks through it again and again is a tenth of the time. Looking
    # through what is young less often saves as much again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    option = session.config.option
    if not option.workers or option.usepdb or option.collectonly or session.testsfailed:
        return None  # pytest's own loop does it, or says what could not be collected
    session.config._tmp_path_factory.getbasetemp()  # one folder for all
    share = _Share(_chunks(session.items), option.workers)
    workers: dict[Connection, tuple[int, BaseProcess]] = {}
    try:
        for number in range(option.workers):
            ours, theirs = FORK.Pipe(duplex=False)
            process = FORK.Process(target=_work, args=(session, share, number, theirs))
            process.start()
            theirs.close()
            workers[ours] = number, process
        while workers:
            for ours in wait(list(workers)):
                number, process = workers[ours]
                try:
                    _tell(session, *ours.recv())
                except EOFError:
                    del workers[ours]
                    process.join()
                    if process.exitcode:
                        at = session.items[share.at[number]].nodeid
                        session.shouldfail = f"a worker ended with {process.exitcode} at {at}"
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
                if session.shouldstop:
                    raise session.Interrupted(session.shouldstop)
    finally:
        for _, process in workers.values():
            process.terminate()
            process.join()
    return True


class _Share:
    """What the workers share: who has taken what, and is where in it."""

    def __init__(self, chunks: list[range], workers: int) -> None:
        self._chunks = chunks
        self._taken = FORK.Value("i", 0)
        self.at = FORK.RawArray("i", workers)  # the place of each in the list of all tests

    def places(self, worker: int) -> Iterator[tuple[int, int | None]]:
        """The tests that fall to a worker, each with the one after it."""
        places = self._places()
        place = next(places, None)
        while place is not None:
            self.at[worker] = place
            following = next(places, None)
            yield place, following
            place = following

    def _places(self) -> Iterator[int]:
        while True:
            with self._taken.get_lock():
                taken, self._taken.value = self._taken.value, self._taken.value + 1
            if taken >= len(self._chunks):
                return
            yield from self._chunks[taken]


def _chunks(items: list[pytest.Item]) -> list[range]:
    """What is taken at once, as places in the list of all tests."""
    chunks, first = [], 0
    for name, group in groupby(item.path.stem for item in items):
        last = first + sum(1 for _ in group)
        step = last - first if name.removeprefix("test_") in WHOLE else TAKEN
        chunks += [range(n, min(n + step, last)) for n in range(first, last, step)]
        first = last
    return chunks


def _tell(session: pytest.Session, place: int, reports: list[dict[str, Any]]) -> None:
    """Tell pytest's plugins of a test that a worker has done."""
    item, hook = session.items[place], session.config.hook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in reports:
        hook.pytest_runtest_logreport(
            report=hook.pytest_report_from_serializable(config=session.config, data=report)
        )
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


class _Reports:
    """In a worker, in place of what writes to the terminal: what is to be told of the test that it is at."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.kept = list[dict[str, Any]]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.kept.append(self._config.hook.pytest_report_to_serializable(config=self._config, report=report))


def _work(session: pytest.Session, share: _Share, number: int, theirs: Connection) -> None:
    config, items = session.config, session.items
    capture = config.pluginmanager.getplugin("capturemanager")  # into files of its own
    capture.stop_global_capturing()
    capture.start_global_capturing()
    capture.suspend_global_capture()
    reports = _Reports(config)
    config.pluginmanager.unregister(name="terminalreporter")
    config.pluginmanager.register(reports)
    for place, following in share.places(number):
        after = None if following is None else items[following]
        config.hook.pytest_runtest_protocol(item=items[place], nextitem=after)
        theirs.send((place, reports.kept))
        reports.kept = []
