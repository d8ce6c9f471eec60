from __future__ import annotations

import gc
import importlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal import charmap
from hypothesis.internal.intervalsets import IntervalSet

# A few examples, the same in every run, so that what was green stays green; `--hypothesis-profile explore` draws many
# new ones.
settings.register_profile("same", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("same")

# What UTF-8 can encode, and what it cannot read back. In a fresh clone Hypothesis tries every character there is, which
# takes three seconds of each worker; constraints.txt says of which version this is the inside.
_UTF8 = IntervalSet(((0, 0xD7FF), (0xE000, 0x10FFFF))), IntervalSet(())
_intervals = charmap.intervals_from_codec
charmap.intervals_from_codec = lambda codec: _UTF8 if codec == "utf-8" else _intervals(codec)

# What waits long, or loads what no other file needs, begins first and on one worker: xdist gives the first third of the
# tests to the first, and the others help with the end of that third. So at the end all are at something short.
FIRST = ("page", "story", "deliver_http", "benchmarks", "demo", "reader", "store_damage", "sandbox", "edits")


def pytest_collection(session: pytest.Session) -> None:
    """Load the files of tests in another order in each worker: what one has compiled, the others read. In a fresh clone
    a third of the CPU that loading takes is saved."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and all(map(os.path.isdir, session.config.args)):  # all are asked for, not one file
        names = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
        first = len(names) * int(worker.removeprefix("gw")) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        for name in names[first:] + names[:first]:
            with suppress(BaseException):  # what is the matter with it is told when it is collected
                importlib.import_module(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    names = [f"test_{name}" for name in FIRST]

    def turn(item: pytest.Item) -> int:
        return names.index(item.path.stem) if item.path.stem in names else len(names)

    items.sort(key=turn)


@pytest.fixture(scope="session", autouse=True)
def layout_of_ledgers_in_memory() -> Iterator[None]:
    """Each ledger in memory begins as a copy of one: all migrations take 7 ms, in a thousand ledgers. Those on disk are
    laid out as ever, and so are those where a test changes what layouts depend on."""
    from bot.store import places, sqlite

    template = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    sqlite._migrate(template)
    connect, first = sqlite._connect, places.FIRST

    def connected(path: Path | None, *, read_only: bool) -> sqlite3.Connection:
        db = connect(path, read_only=read_only)
        if path is None and first == places.FIRST:
            template.backup(db)
        return db

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "_connect", connected)
        yield
    template.close()


def pytest_collection_finish() -> None:
    # What is loaded stays: that the garbage collector looks through it again and again is a tenth of the time. Looking
    # through what is young less often saves as much again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
