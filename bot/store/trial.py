"""What a query would have matched lately, against the one that it is to replace: asked before an edit is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import Article, Found
from ..nearest import wider
from ..query import Query, parse
from ..stories import Signature, same, signature
from . import Ledger

SAMPLE = 3  # titles shown of what is new and of what is lost
LOOKED_AT = 4 * SAMPLE  # articles among which so many stories are looked for
MANY = 50.0  # articles a day that few people want to be told of
FEW = 10  # articles more or less that surprise nobody, whatever share they are
MOST_TRIES = 4  # other queries that are named where nothing was found
COUNTED = 1000  # articles that are counted, and "more than" beyond


@dataclass(frozen=True, slots=True)
class Trial:
    """How many articles of the last `days` days each query matches, and how they differ, with the newest of each.

    `covered`: of how many of those days there are articles at all; a young archive does not reach back as far.
    """

    days: int
    covered: float
    before: int
    after: int
    added: int
    removed: int
    added_sample: tuple[Article, ...] = ()
    removed_sample: tuple[Article, ...] = ()
    is_partial: bool = False  # there was no time to count everything

    @property
    def per_day(self) -> float:
        """Articles that the new query matches in a day, on average."""
        return self.after / self.covered

    @property
    def is_drastic(self) -> bool:
        """Whether to ask first: it more than doubles what was matched, loses more than half of it, or begins to bring
        more than `MANY` a day."""
        doubles = FEW <= self.before < self.added
        halves = self.removed >= FEW and 2 * self.removed > self.before
        return doubles or halves or self.before / self.covered <= MANY < self.per_day


async def trial(
    ledger: Ledger,
    old: Query | None,
    new: Query,
    *,
    days: int,
    now: datetime,
    patience: float | None = None,
) -> Trial:
    """Try `new` on the archive; `old` is None where there was no query before. `patience`: seconds for each count,
    None for as long as it takes; what is not counted by then is missing, and the trial says so."""
    recent = parse(f"last:{days}d", dates=True, now=now)
    covered = await _covered(ledger, days, now)

    async def count(query: Query, sample: int) -> Found:
        return await ledger.search(query & recent, limit=sample, count=None, patience=patience)

    if old is None:
        found = await count(new, LOOKED_AT)
        sample = await _stories(ledger, found.articles)
        return Trial(
            days, covered, 0, found.total, found.total, 0, sample, is_partial=found.since is not None
        )
    before, added, removed = (
        await count(old, 0),
        await count(new & ~old, LOOKED_AT),
        await count(old & ~new, LOOKED_AT),
    )
    return Trial(
        days,
        covered,
        before.total,
        max(before.total - removed.total, 0) + added.total,
        added.total,
        removed.total,
        await _stories(ledger, added.articles),
        await _stories(ledger, removed.articles),
        is_partial=any(found.since for found in (before, added, removed)),
    )


async def fruitful(ledger: Ledger, query: Query, *, patience: float) -> list[tuple[Query, Found]]:
    """Queries like one that finds nothing that do find something, with how much that is, `COUNTED` at most.
    `patience`: seconds for each count."""
    found: list[tuple[Query, Found]] = []
    for other in wider(query):
        if len(found) == MOST_TRIES:
            break
        hits = await ledger.search(other, limit=0, count=COUNTED, patience=patience)
        if hits.total:
            found.append((other, hits))
    return found


async def _stories(ledger: Ledger, articles: Sequence[Article]) -> tuple[Article, ...]:
    """The first article of each story: of those that the ledger knows, and of those that are alike, such as imported
    ones."""
    told: set[str] = set()
    shown: list[tuple[Article, Signature]] = []
    for article in articles:
        mine = signature(article)
        if article.key not in told and not any(same(mine, other) for _, other in shown):
            shown.append((article, mine))
            if len(shown) == SAMPLE:
                break
            told.update(one.key for one in await ledger.story(article.key))
    return tuple(article for article, _ in shown)


async def _covered(ledger: Ledger, days: int, now: datetime) -> float:
    """How many days the archive reaches back, from 1 to `days`."""
    oldest = await ledger.oldest(now - timedelta(days=days))
    return min(float(days), max(1.0, (now - oldest) / timedelta(days=1))) if oldest else float(days)
