"""What a query would have matched lately, against the one that it is to replace: asked before an edit is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..model import Article
from ..query import Query, parse
from . import Ledger

SAMPLE = 3  # titles shown of what is new and of what is lost


@dataclass(frozen=True, slots=True)
class Trial:
    """How many articles of the last `days` days each query matches, and how they differ, with the newest of each."""

    days: int
    before: int
    after: int
    added: int
    removed: int
    added_sample: tuple[Article, ...] = ()
    removed_sample: tuple[Article, ...] = ()


async def trial(ledger: Ledger, old: Query | None, new: Query, *, days: int, now: datetime) -> Trial:
    """Try `new` on the archive; `old` is None where there was no query before."""
    recent = parse(f"last:{days}d", dates=True, now=now)
    after = (await ledger.search(new & recent, limit=0)).total
    if old is None:
        found = await ledger.search(new & recent, limit=SAMPLE)
        return Trial(days, 0, after, after, 0, found.articles)
    before = (await ledger.search(old & recent, limit=0)).total
    added = await ledger.search(new & ~old & recent, limit=SAMPLE)
    removed = await ledger.search(old & ~new & recent, limit=SAMPLE)
    return Trial(days, before, after, added.total, removed.total, added.articles, removed.articles)
