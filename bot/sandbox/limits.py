"""Telegram's rates. They are soft and not documented in detail: every number can be changed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from .refusal import bad, flood


@dataclass(frozen=True, slots=True)
class Rates:
    """How much a bot may send before it is answered 429. Sends and edits count, an album counts its items."""

    chat_per_second: float = 1.0  # Bots FAQ: "avoid sending more than one message per second" to a chat ...
    chat_burst: int = 4  # ... "we may allow short bursts that go over this limit": the number is a guess
    group_per_minute: int = 20  # Bots FAQ: "not be able to send more than 20 messages per minute" to a group
    overall_per_second: float = 30.0  # Bots FAQ: "about 30 messages per second" in bulk
    overall_burst: int = 30  # one second's worth: no allowance is documented
    channels_as_groups: bool = True  # the support bot says so, no document does: assume the stricter
    paid_per_second: float = (
        0.0  # sendMessage's allow_paid_broadcast: 1000 for who may buy it; 0: this bot may not
    )

    @classmethod
    def unlimited(cls) -> Self:
        """No rates at all: for tests of something else."""
        return cls(math.inf, 1, 10**9, math.inf, 1)


class Bucket:
    """A token bucket: `rate` tokens a second, `size` at most, full at first."""

    def __init__(self, rate: float, size: int) -> None:
        self.rate = rate
        self.size = size
        self.tokens = float(size)
        self.then = -math.inf

    def wait(self, count: int, now: float) -> float:
        """Seconds until `count` could be taken; 0: now. More than `size` at once is taken as `size`."""
        if math.isinf(self.rate):
            return 0.0
        if now > self.then:
            self.tokens = min(float(self.size), self.tokens + (now - max(self.then, 0.0)) * self.rate)
        self.then = now
        missing = min(count, self.size) - self.tokens
        return max(0.0, missing / self.rate)

    def take(self, count: int) -> None:
        """Take them, after `wait` said 0."""
        self.tokens -= count


class Window:
    """At most `size` in any span of `seconds`."""

    def __init__(self, size: int, seconds: float) -> None:
        self.size = size
        self.seconds = seconds
        self.times: deque[float] = deque()
        self.now = 0.0

    def wait(self, count: int, now: float) -> float:
        """Seconds until `count` more fit; 0: now."""
        self.now = now
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        surplus = len(self.times) + min(count, self.size) - self.size
        return 0.0 if surplus <= 0 else self.times[surplus - 1] + self.seconds - now

    def take(self, count: int) -> None:
        """Count them, after `wait` said 0."""
        self.times.extend([self.now] * count)


class Pacer:
    """Counts what the bot sends, and refuses what is too much, as Telegram does."""

    FORGET_AT = 10_000  # chats whose counters are kept; the least recently used goes first

    def __init__(self, rates: Rates, clock: Callable[[], float]) -> None:
        self.rates = rates
        self.clock = clock
        self.overall = Bucket(rates.overall_per_second, rates.overall_burst)
        self.paid = Bucket(rates.paid_per_second, max(1, int(rates.paid_per_second)))
        self.chats: dict[int, tuple[Bucket | Window, ...]] = {}

    def take(self, chat: int, kind: str, count: int = 1, *, paid: bool = False) -> None:
        """Count `count` messages to this chat of this type. Raises Refusal 429, and then counts nothing."""
        if paid and not self.rates.paid_per_second:
            raise bad("FLOODSKIP_NOT_ALLOWED")
        now = self.clock()
        counters = (self.paid if paid else self.overall, *self._counters(chat, kind))
        wait = max(counter.wait(count, now) for counter in counters)
        if wait > 0:
            raise flood(max(1, math.ceil(wait)))
        for counter in counters:
            counter.take(count)

    def _counters(self, chat: int, kind: str) -> tuple[Bucket | Window, ...]:
        counters = self.chats.pop(chat, None)
        if counters is None:
            counters = (Bucket(self.rates.chat_per_second, self.rates.chat_burst),)
            if kind in ("group", "supergroup") or (kind == "channel" and self.rates.channels_as_groups):
                counters += (Window(self.rates.group_per_minute, 60.0),)
        self.chats[chat] = counters
        while len(self.chats) > self.FORGET_AT:
            del self.chats[next(iter(self.chats))]
        return counters
