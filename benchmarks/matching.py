"""One article against many topics: the matcher beside a loop over all keywords."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.model import Article, Block, Topic
from bot.query import Document, Matcher, parse
from bot.store.tiny import TinyRegistry
from bot.topics import Topics

from .corpus import CORPUS
from .figures import Figure, cpu, quantile

TOPICS = 10_000
KEYWORDS = 5  # of each topic
CHARACTERS = 1500  # of the article
LATIN = 0.2  # of the keywords
HOSTILE = 400_000  # characters of an article that is made to be slow

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
    return [
        *figures,
        *_changing(topics[:most], article),
        *_changing(topics, article),
        *_hostile(100 * size, article),
    ]


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
    keywords = [(id, [s for term in query.wanted() for s in term.spellings]) for id, query in queries.items()]
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


def _hostile(length: int, article: Article) -> list[Figure]:
    """The worst of queries on the worst of articles: many keywords that stand in each place, or nearly do."""
    length = min(HOSTILE, length)
    queries = [
        parse(query, everything=True)
        for query in (
            "-a " * 149,
            "|".join("a" * count for count in range(1, 61)),
            "|".join("的" * count for count in range(1, 61)),
            "|".join("的" * count + "了" for count in range(1, 60)),
            "|".join("a的" * count + "a" for count in range(1, 40)),
            "|".join(
                f"{letter}{han}的"
                for letter in "abcdefghijklmno"
                for han in "的了是在有我他这中大来上国个到说"
            ),
            "|".join(f"普京普京{han}" for han in CORPUS.words[:140]),
        )
    ]
    shapes = ("a", "的", "a ", "aa的", "的" * 62 + "x", "普京普丁普亭蒲亭")
    bodies = [(Block(shape * (length // len(shape))),) for shape in shapes]
    bodies.append((Block("a的" * 13),) * (length // 26))
    articles = [replace(article, body=body) for body in bodies]
    alone = [min(cpu(partial(query.match, one), 2)) for query in queries for one in articles]
    topics = [
        min(cpu(partial(Matcher({1: query}).matching, one), 2)) for query in queries for one in articles
    ]
    folding = max(min(cpu(lambda one=one: Document(one).joined(None), 2)) for one in articles)
    what = f"{len(queries)} hostile queries on {len(articles)} hostile articles of {length:,} characters"
    return [
        Figure(f"{what}: slowest alone", max(alone)),
        Figure(f"{what}: median alone", quantile(alone, 0.5)),
        Figure(f"{what}: slowest as a topic", max(topics)),
        Figure(f"{what}: folding, the slowest of the articles", folding),
    ]


def _changing(topics: list[Topic], article: Article) -> list[Figure]:
    """One topic changed as the bot does it: from an admin's edit, by way of the file, to the first article matched."""
    what = f"{len(topics):,} topics"
    bars = (50.0, 20.0) if len(topics) == TOPICS else (None, None)
    (first,) = cpu(lambda: Topics(topics))
    with TemporaryDirectory() as folder:
        changes = asyncio.run(_changes(Path(folder), topics, article))
    queries = {topic.id: parse(topic.query) for topic in topics}
    matcher, other = Matcher(queries), parse("港口 OR 码头")
    alone = quantile(cpu(lambda: matcher.changed({topics[0].id: other}), _ROUNDS), 0.5)
    return [
        Figure(f"{what}: all read and built, from nothing", first),
        Figure(f"{what}: one changed in the matcher alone", alone),
        Figure(
            f"{what}: one changed, written to the file, and an article matched, all threads",
            quantile((spent for spent, _ in changes), 0.5),
            most=bars[0],
            naive=first,
            way="all read and built",
        ),
        Figure(
            f"{what}: the event loop's longest stall meanwhile, wall time",
            quantile((stall for _, stall in changes), 0.5),
            most=bars[1],
            way="median of the changes; an idle loop on this machine: "
            f"{asyncio.run(_idle(len(changes))):.1f} ms",
        ),
    ]


async def _changes(folder: Path, topics: list[Topic], article: Article) -> list[tuple[float, float]]:
    """For each of some changes, ms of CPU in all threads, and the event loop's longest stall in ms."""
    registry = await TinyRegistry.open(folder)
    await registry.seed([], topics)
    known = await asyncio.to_thread(Topics, await registry.topics())
    taken = []
    for number in range(_ROUNDS):
        query = f"港口{number} OR 码头"
        async with _heart() as stalls:
            start = time.process_time()
            await registry.change_topic(topics[number].id, lambda topic, new=query: replace(topic, query=new))
            known = await asyncio.to_thread(Topics, await registry.topics(), known)
            await asyncio.to_thread(known.about, article)
            spent = time.process_time() - start
        taken.append((spent * 1e3, max(stalls) * 1e3))
    await registry.close()
    return taken


async def _idle(rounds: int) -> float:
    """The median of as many longest stalls of an event loop that has nothing to do for 50 ms."""
    longest = []
    for _ in range(rounds):
        async with _heart() as stalls:
            await asyncio.sleep(0.05)
        longest.append(max(stalls) * 1e3)
    return quantile(longest, 0.5)


@asynccontextmanager
async def _heart() -> AsyncIterator[list[float]]:
    """By how many seconds a task that wakes each millisecond is late each time."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(time.perf_counter() - before - 0.001)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.005)
    late.clear()
    yield late
    await asyncio.sleep(0.005)
    beating.cancel()
