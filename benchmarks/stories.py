"""One story or two: what it costs to find out for a new article, beside comparing it with all others.

The ledger has the prints of as many articles of the last days as there are in the archive. Most of them are drawn, as
making so many articles would take longer than all that is measured; one in eight is that of a stock phrase, which
hundreds have. A few articles are real, and half of the new ones are theirs: word for word, or shortened.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.kin import Kin
from bot.model import Article, Findings
from bot.store import open_store
from bot.stories import prints, signature

from .corpus import CORPUS, NOW
from .figures import Figure, cpu, quantile

KNOWN = 200  # articles in full, at most
PRINTS = 16  # of an article
STOCK = 200  # stock phrases


def run(size: int) -> list[Figure]:
    """Figures for new articles against the prints of `size` ones."""
    count = max(8, min(KNOWN, size))
    known = [
        replace(article, published=NOW - timedelta(hours=2)) for article in CORPUS.articles(count, seed=31)
    ]
    fresh = [_told_elsewhere(article, number) for number, article in enumerate(known[::2])]
    fresh += [replace(article, published=NOW) for article in CORPUS.articles(len(fresh), seed=32)]
    times, found = asyncio.run(_judge(size, known, fresh))
    twins = sum(article.key in found for article in fresh[: len(fresh) // 2])
    return [
        Figure(
            f"a new article among the prints of {size:,}: looked at, looked up, decided; mean",
            sum(times) / len(times),
            most=3,
            naive=_pairwise(known, fresh[0]) * size,
            way="its shingles with those of each, kept in memory",
        ),
        Figure("the same, p99", quantile(times, 0.99)),
        Figure("twins found", twins / (len(fresh) // 2), "", least=0.95),
        Figure("others taken for twins", float(len(found) - twins), "", most=0),
    ]


def _told_elsewhere(article: Article, number: int) -> Article:
    body = article.body if number % 2 else article.body[: max(1, len(article.body) * 2 // 3)]
    url, key = f"https://beilu.example/{number}", f"{number:024x}"
    return replace(
        article, key=key, url=url, source="北路电台", feed="beilu", published=NOW, body=tuple(body)
    )


async def _judge(
    size: int, known: Sequence[Article], fresh: Sequence[Article]
) -> tuple[list[float], dict[str, str]]:
    """The CPU time of each new article, in ms, and of whom each of them is a twin."""
    times: list[float] = []
    twins: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(folder) as store:
            numbers = {article.key: prints(signature(article)) for article in known}
            await store.ledger.record(None, known, (), NOW, Findings(prints=numbers))
        _fill(Path(folder) / "ledger.db", size)
        async with open_store(folder) as store:
            for article in fresh:
                kin = Kin([article.url])
                start = time.process_time()
                mine = kin.look(article)
                for candidate in kin.candidates(mine, await store.ledger.alike(kin.prints[mine.key])):
                    if kin.join(mine, candidate, await store.ledger.story(candidate.key)):
                        break
                times.append((time.process_time() - start) * 1e3)
                twins |= kin.twins
    return times, twins


def _fill(path: Path, size: int) -> None:
    """Draw the prints of so many articles that nobody asks for."""
    random_ = random.Random(33)
    stock = [random_.getrandbits(32) for _ in range(STOCK)]
    db = sqlite3.connect(path)
    with db:
        db.executemany(
            "INSERT OR IGNORE INTO print VALUES (?, ?)",
            (
                (KNOWN + 1 + number, random_.choice(stock) if at % 8 == 0 else random_.getrandbits(32))
                for number in range(size)
                for at in range(PRINTS)
            ),
        )
    db.close()


def _pairwise(known: Sequence[Article], article: Article) -> float:
    """What it takes to compare an article with one other, in ms."""
    mine, others = signature(article).body, [signature(one).body for one in known]
    return quantile(cpu(lambda: [len(mine & one) / len(mine | one) for one in others], 5), 0.5) / len(others)
