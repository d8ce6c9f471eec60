"""What the running bot is told: the configuration, in the domain's words and plain values.

What reads and judges a configuration takes as much memory as a chat library, and is needed once. So it is done in a
process of its own, and this is what comes back.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from .model import Feed, LineRule, Picture, Style, Topic
from .pace import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The configuration when there is no mistake in it. What each value means, config.example.yaml says."""

    token: str = field(repr=False)  # empty: there is none
    api_url: str
    webhook_url: str | None
    rate: Rate
    paid_broadcast: bool
    admins: frozenset[int]
    storage: str
    language: str
    timezone: str
    interval: timedelta
    floor: timedelta
    concurrency: int
    contact: str | None
    allow_hosts: tuple[str, ...]
    feeds: tuple[Feed, ...]
    topics: tuple[Topic, ...]
    aliases: tuple[tuple[str, ...], ...]
    boilerplate: tuple[LineRule, ...]  # of all feeds …
    boilerplates: Mapping[str, tuple[LineRule, ...]]  # … and of each, by its id
    image: Picture
    plain_style: Style  # without a summariser of the operator's own, which is named only
    summariser: str | None
    host: str
    port: int | None

    def style(self) -> Style:
        """How messages are composed."""
        own = self.summariser and pkgutil.resolve_name(self.summariser)
        return replace(self.plain_style, summariser=own or None)

    def clutter(self, feed: str) -> tuple[LineRule, ...]:
        """The rules for lines that are no part of this feed's articles, beside those that ship."""
        return self.boilerplate + self.boilerplates.get(feed, ())
