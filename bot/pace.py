"""Rules about how fast Telegram may be called: overall, per chat, and after it said "too many requests".

Seconds are those of any monotonic clock; every function is told what time it is.

Telegram's limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this): about 30
messages a second in all, one a second to one chat, 20 a minute to one group. They are soft and may change, so that the
numbers are configured, and what holds in the end is the 429.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Set
from dataclasses import dataclass

_MARGIN = 0.1  # seconds on top of a chat's gap: what leaves a second apart may arrive closer together
_BULK = 0.9  # of the overall rate; the rest is the burst, and room for replies to people
_STORM_CHATS, _STORM_SECONDS = 3, 2.0  # so many chats refused within so long: it is the bot that is too fast
_SLOWED = 0.8  # of the rate, after a storm
_RECOVERY = 0.05 / 60  # of the rate, each second
_FAILURES = 8  # calls in a row that got nowhere: it is the network, or Telegram itself
_LONGEST_PAUSE = 5.0  # seconds between knocks at a door that does not open


@dataclass(frozen=True, slots=True)
class Rate:
    """What Telegram allows: messages a second overall and to one chat, and a minute to one group or channel."""

    overall: float = 30.0
    chat: float = 1.0
    group_per_minute: float = 20.0


class Pace:
    """When the next call may start.

    Overall it is a leaky bucket (GCRA) of nine tenths of the rate with a burst of the last tenth, so that no second
    sees more than the rate, the first one included. A chat's gap counts from the last answer to the next
    call. Replies to people are never held up: they are only counted.
    """

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._full_at = float("-inf")  # the bucket's "theoretical arrival time"
        self._held_until = float("-inf")
        self._chats: dict[int, float] = {}  # not to be called before
        self._told: dict[int, float] = {}  # the same, for what a 429 said alone
        self._refusals: deque[tuple[float, int, float]] = deque(maxlen=_STORM_CHATS * 8)
        self._slowed_at: float | None = None
        self._speed = 1.0
        self._failures = 0

    def delay(self, now: float, chat: int | None = None, *, ahead: int = 0) -> float:
        """For how many seconds no call may start, or none to this chat. `ahead`: calls promised already that are still
        to start, and go first."""
        interval = self._interval(now)
        burst = max(1.0, self._rate.overall * (1 - _BULK))
        level = max(self._full_at, now) if ahead else self._full_at
        earliest = max(level + (ahead + 1 - burst) * interval, self._held_until)
        if chat is not None:
            earliest = max(earliest, self._chats.get(chat, now))
        wait = earliest - now
        return wait if wait > 1e-6 else 0.0  # closer than a clock can tell

    def gap(self, now: float, chat: int) -> float:
        """For how many seconds this chat is not to be called."""
        return max(0.0, self._chats.get(chat, now) - now)

    def told(self, now: float, chat: int) -> float:
        """For how many seconds this chat is not to be called because Telegram said so."""
        return max(0.0, self._told.get(chat, now) - now)

    def count(self, now: float) -> None:
        """A call starts now."""
        self._full_at = max(self._full_at, now) + self._interval(now)

    def leave_gap(self, now: float, chat: int) -> None:
        """A call to this chat has just been answered, or given up."""
        # Groups and channels have negative ids.
        gap = 1 / self._rate.chat if chat > 0 else 60 / self._rate.group_per_minute
        self._chats[chat] = max(now + gap + _MARGIN, self._chats.get(chat, now))

    def worked(self) -> None:
        """A call was answered, whatever the answer."""
        self._failures = 0

    def failed(self, now: float) -> None:
        """A call got nowhere. After several in a row everything waits, the longer the more there were."""
        self._failures += 1
        if self._failures >= _FAILURES:
            self._hold(now + min(_LONGEST_PAUSE, 2.0 ** (self._failures - _FAILURES)))

    def refused(self, now: float, chat: int, seconds: float) -> None:
        """Telegram told this chat to wait. Others go on, unless several were told so at once: then everything waits,
        and goes on more slowly."""
        until = now + seconds
        for waits in (self._chats, self._told):
            waits[chat] = max(until, waits.get(chat, until))
        self._refusals.append((now, chat, until))
        while self._refusals[0][0] < now - _STORM_SECONDS:
            self._refusals.popleft()
        if len({chat for _, chat, _ in self._refusals}) >= _STORM_CHATS:
            if now >= self._held_until:
                self._speed, self._slowed_at = self._current_speed(now) * _SLOWED, now
            # The shortest: one chat alone may have to wait for half a day.
            self._hold(min(until for _, _, until in self._refusals))

    def waiting(self, now: float) -> Set[int]:
        """The chats that are not to be called yet."""
        self._chats = {chat: until for chat, until in self._chats.items() if until > now}
        self._told = {chat: until for chat, until in self._told.items() if until > now}
        return self._chats.keys()

    def next_change(self, now: float) -> float:
        """In how many seconds the first of the waiting chats may be called; infinite where none waits."""
        return max(0.0, min(self._chats.values(), default=float("inf")) - now)

    def _hold(self, until: float) -> None:
        self._held_until = max(self._held_until, until)

    def _interval(self, now: float) -> float:
        return 1 / (self._rate.overall * _BULK * self._current_speed(now))

    def _current_speed(self, now: float) -> float:
        if self._slowed_at is None:
            return 1.0
        speed = max(self._speed, 0.1) + (now - self._slowed_at) * _RECOVERY
        if speed >= 1:
            self._slowed_at = None
        return min(speed, 1.0)
