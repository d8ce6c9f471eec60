"""One article against many topics: the matcher beside a loop over all keywords."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace

from bot.model import Article, Topic
from bot.query import Document, Matcher, parse
from bot.topics import Topics

from .corpus import CORPUS
from .figures import Figure, cpu, quantile

TOPICS = 10_000
KEYWORDS = 5  # of each topic
CHARACTERS = 1500  # of the article
LATIN = 0.2  # of the keywords

_ROUNDS = 15


def run(size: int) -> list[Figure]:
    """Figures for 100 and for up to 10,000 topics; both fewer where `size` is below 2,500."""
    article = CORPUS.article_of(CHARACTERS)
    folding = quantile(cpu(lambda: Document(article).texts, _ROUNDS), 0.5)
    most = min(TOPICS, 4 * size)
    figures = [Figure(f"folding an article of {CHARACTERS:,} characters", folding)]
    for count in (most // 100, most):
        topics = _topics(count)
        bar = 1.0 if count == TOPICS else None
        figures += _matching(f"{count:,} topics of {KEYWORDS} keywords", topics, article, folding, bar)
    topics = _topics(2 * most)
    keywords = f"{2 * most * KEYWORDS:,} keywords in {2 * most:,} topics"
    figures += _matching(keywords, topics, article, folding, 2.0 if most == TOPICS else None)
    return figures + _changing(topics[:most])


def _topics(count: int) -> list[Topic]:
    wanted = count * KEYWORDS
    latin = CORPUS.latin_words(int(wanted * LATIN))
    words = CORPUS.words[40:] + CORPUS.distinct_words(3 * wanted)  # readers look for no function words
    keywords = list(dict.fromkeys(words))[: wanted - len(latin)] + latin
    random.Random(7).shuffle(keywords)
    return [
        Topic(f"t{number}", f"t{number}", " OR ".join(keywords[number * KEYWORDS : (number + 1) * KEYWORDS]))
        for number in range(count)
    ]


def _matching(
    what: str, topics: list[Topic], article: Article, folding: float, bar: float | None
) -> list[Figure]:
    queries = {topic.id: parse(topic.query) for topic in topics}
    start = time.thread_time()
    matcher = Matcher(queries)
    build = (time.thread_time() - start) * 1e3
    whole = quantile(cpu(lambda: matcher.matching(article), _ROUNDS), 0.5)
    keywords = [(id, [term.folded for term in query.wanted()]) for id, query in queries.items()]
    folded = "\n".join(text for _, _, text in Document(article).texts)

    def loop() -> list[str]:
        return [id for id, words in keywords if any(word in folded for word in words)]

    naive = min(cpu(loop, 2))
    missed = set(matcher.matching(article)) - set(loop())  # the loop has no word boundaries: it finds more
    assert not missed, missed
    return [
        Figure(
            f"{what}, folding apart", max(0.0, whole - folding), most=bar, naive=naive, way="keyword in text"
        ),
        Figure(f"{what}, folding included", whole),
        Figure(f"{what}: building the matcher", build),
    ]


def _changing(topics: list[Topic]) -> list[Figure]:
    """One topic changed, as the poll sees it: from the topics as they are now to the first article matched."""
    start = time.thread_time()
    Topics(topics)
    first = (time.thread_time() - start) * 1e3
    changed = [replace(topics[0], query="港口 OR 码头"), *topics[1:]]
    (again,) = cpu(lambda: Topics(changed))
    stall = asyncio.run(_longest_stall(changed))
    what = f"{len(topics):,} topics"
    bars = (50.0, 20.0) if len(topics) == TOPICS else (None, None)
    return [
        Figure(f"{what}: all read and built, from nothing", first),
        Figure(f"{what}: one of them changed", again, most=bars[0]),
        Figure(f"{what}: the event loop's longest stall meanwhile, wall time", stall, most=bars[1]),
    ]


async def _longest_stall(topics: list[Topic]) -> float:
    """By how many ms a task that wakes each millisecond was late at worst while the topics were built."""
    late = 0.0
    done = asyncio.Event()

    async def heart() -> None:
        nonlocal late
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            late = max(late, time.perf_counter() - before - 0.001)

    beating = asyncio.create_task(heart())
    await asyncio.sleep(0.005)
    late = 0.0
    Topics(topics)  # where the poll does it: on the loop
    await asyncio.sleep(0.005)
    done.set()
    await beating
    return late * 1e3
