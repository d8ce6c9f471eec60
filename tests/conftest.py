from __future__ import annotations

import sqlite3
from collections.abc import Iterator
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
# takes three seconds; constraints.txt says of which version this is the inside.
_UTF8 = IntervalSet(((0, 0xD7FF), (0xE000, 0x10FFFF))), IntervalSet(())
_intervals = charmap.intervals_from_codec
charmap.intervals_from_codec = lambda codec: _UTF8 if codec == "utf-8" else _intervals(codec)

pytest_plugins = ["tests.parallel"]


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
