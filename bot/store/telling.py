"""What there is to tell of an article when its message is made: the article itself, and the others of its story."""

from __future__ import annotations

from ..habits import Habits
from ..model import Article
from . import Ledger


async def told(ledger: Ledger, key: str) -> list[Article]:
    """The article without what its feed repeats, and behind it the others of its story; nothing where it is gone."""
    members = await ledger.story(key)
    article = next((one for one in members if one.key == key), None)
    if article is None:
        return []
    habits = Habits.of(await ledger.habits(article.feed))
    return [habits.without(article), *(one for one in members if one.key != key)]
