"""What of a feed's document is news: a feed's past is not, and a flood of unseen entries may be its past."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from . import feeds
from .model import Article, Feed, FeedState, Following

FLOOD = 10  # unseen entries at once that make one suspicious

_log = logging.getLogger(__name__)


def freshness(
    feed: Feed, state: FeedState, entries: Mapping[str, feeds.Entry], unseen: Collection[str], now: datetime
) -> Callable[[Article, Following], bool]:
    """Whether a follower may be owed an article: everything that is found after they followed, with two exceptions.

    A feed's first document holds what was there before anybody asked: of it, only what is dated later counts.
    Many unseen entries at once may be old ones in a new guise (the site moved, its guids changed): of those, only what
    is dated later than anything that was seen. Where nothing in the document was seen, that is the last good poll.
    """
    dates = {key: feeds.published(entry, now) for key, entry in entries.items()}
    if state.succeeded is None or (feed.added is not None and state.succeeded < feed.added):

        def first(article: Article, following: Following) -> bool:
            date = dates[article.key]
            return date is not None and date > max(following.since, feed.added or following.since)

        return first
    seen = [dates[key] for key in entries if key not in unseen]
    if len(unseen) < FLOOD or len(unseen) <= len(seen):
        return lambda _, following: following.since <= now
    newest = max(filter(None, seen), default=state.succeeded)
    # A feed without dates that goes on under the same guids is believed.
    old = {key for key in unseen if not (date > newest if (date := dates[key]) else seen)}
    _log.warning("feed %s: %d entries at once, %d of them too old to be news", feed.id, len(unseen), len(old))
    return lambda article, following: article.key not in old and following.since <= now
