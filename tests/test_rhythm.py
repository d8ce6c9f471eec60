from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.model import Counts, Feed, FeedState
from bot.rhythm import failing

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_neither_paused_nor_removed_feeds_count_as_failing() -> None:
    feeds = [Feed("well", ""), Feed("ill", ""), Feed("paused", "", paused=True), Feed("new", "")]
    states = {id: FeedState(id, errors=1) for id in ("ill", "paused", "removed")} | {
        "well": FeedState("well")
    }
    assert failing(feeds, states) == [states["ill"]]


def test_nothing_has_waited_where_nothing_waits() -> None:
    assert Counts().waited(NOW) == 0
    assert Counts(oldest_ready=NOW - timedelta(minutes=2)).waited(NOW) == 120
    assert Counts(oldest_ready=NOW + timedelta(minutes=2)).waited(NOW) == 0
