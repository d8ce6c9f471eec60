"""How often a feed is asked, and when its failing is worth a word to the admins: politeness as a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from .model import Feed, FeedState

LONGEST_BACKOFF = timedelta(hours=24)
LONGEST_MAX_AGE = timedelta(hours=1)  # a server may ask for fewer polls, but not for news of yesterday
LONGEST_TTL = timedelta(hours=24)  # what a feed's editors wrote into it weighs more than a cache's setting
JITTERED = timedelta(seconds=60)  # shorter intervals are kept exactly

ILL, DEAD = 1, 2  # alarms; the second one ends with the feed being paused
ILL_AFTER = timedelta(hours=24)
DEAD_AFTER = timedelta(days=14)
DEAD_ERRORS = 10  # a process that was off for a fortnight has not seen a feed fail for one
GONE = "gone"  # the kind of error that is for ever: 410


def pause(interval: timedelta, floor: timedelta, *, errors: int, wait: float, jitter: float) -> timedelta:
    """From one poll to the next: `interval`, doubled with each error in a row up to a day, times `jitter`.

    `wait` (seconds) is what the server asks for: it is never cut short, not by jitter either.
    """
    time = max(interval, min(interval * (1 << min(errors, 20)), LONGEST_BACKOFF))
    return max(time * jitter if time >= JITTERED else time, floor, timedelta(seconds=wait))


def fresh(feed: Feed, max_age: float, ttl: float) -> float:
    """Seconds for which a good answer is not asked for anew, by what its server (`max_age`) and its document (`ttl`)
    say. Whoever set an interval for this very feed knows better than the document."""
    longest = timedelta(0) if feed.interval else LONGEST_TTL
    return max(min(max_age, LONGEST_MAX_AGE.total_seconds()), min(ttl, longest.total_seconds()))


def alarm(state: FeedState, now: datetime) -> int:
    """What the admins are to be told now: `ILL`, `DEAD`, or 0 where there is nothing that they do not know."""
    if state.failing_since is None:
        return 0
    failing = now - state.failing_since
    dead = state.kind == GONE or (failing >= DEAD_AFTER and state.errors >= DEAD_ERRORS)
    found = DEAD if dead else ILL if failing >= ILL_AFTER and state.errors else 0
    return found if found > state.told else 0


def failing(feeds: Iterable[Feed], states: Mapping[str, FeedState]) -> list[FeedState]:
    """The states of the feeds that are watched and fail. Paused ones are not watched, and removed ones no longer."""
    watched = [states[feed.id] for feed in feeds if not feed.paused and feed.id in states]
    return [state for state in watched if state.errors]
