"""A feed document to articles, beside feedparser as it comes; and how long a poll holds up the event loop."""

from __future__ import annotations

import asyncio
import io
import itertools
import time
from collections.abc import Iterable
from contextlib import closing
from typing import cast

import feedparser

from bot import feeds
from bot.feeds import identify
from bot.model import Article, Feed
from bot.poll import Poller
from bot.sandbox.newsroom import Story, markup
from bot.store import open_store
from bot.web import Page, Web
from bot.worker import Reader

from .corpus import CORPUS, NOW
from .figures import Figure, cpu, quantile

ITEMS = 30
LARGE = 1 << 20  # bytes of what is hostile
BEAT = 0.001  # seconds between two looks at the clock
ROUNDS = 3  # of which the best counts: a busy machine stalls whom it likes

_FEED = Feed("news", "https://news.example.org/rss")


def document(articles: Iterable[Article], origin: str = "https://news.example.org") -> bytes:
    """A full-text RSS feed; the server at `origin` has its pictures."""
    parts = []
    for article in articles:
        story = Story(
            article.title,
            "zh-Hans",
            (),
            ("样本社",),
            "chart",
            "\n\n".join(block.text for block in article.body),
        )
        html = markup(story, article.published, origin)
        parts.append(
            f"<item><title>{article.title}</title><link>{article.url}</link><guid>{article.key}</guid>"
            f"<pubDate>{article.published:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
            f"<description><![CDATA[{html}]]></description></item>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>新闻</title>{''.join(parts)}</channel></rss>"
    ).encode()


def run(size: int) -> list[Figure]:
    """Figures for a feed of 30 items with full texts, fewer where `size` is small."""
    items = max(1, min(ITEMS, size // 10))
    body = document(itertools.islice(CORPUS.articles(items, seed=12), items))

    def changed() -> None:
        for entry in feeds.parse(body, "application/rss+xml", _FEED.url).entries:
            feeds.article(entry, feed=_FEED, source="", now=NOW)

    def unchanged() -> None:
        for entry in feeds.parse(body, "application/rss+xml", _FEED.url).entries:
            identify(_FEED.id, entry)

    large = min(LARGE, size << 8)
    hostile = {f"{large >> 10:,} KB of {name}": body for name, body in _hostile(large).items()}
    stalls = asyncio.run(_stalls({"nothing": b"", f"a feed of {items} full texts": body, **hostile}))
    naive = quantile(cpu(lambda: feedparser.parse(io.BytesIO(body)), 5), 0.5)
    return [
        Figure(
            f"a feed of {items} full texts: read, entries identified",
            quantile(cpu(unchanged, 5), 0.5),
            naive=naive,
            way="feedparser by default",
        ),
        Figure(f"a feed of {items} full texts: read, all cleaned", quantile(cpu(changed, 5), 0.5)),
        *(
            Figure(
                f"longest stall of the loop in a poll: {what}", apart, most=50, naive=here, way="in a thread"
            )
            for what, (apart, here) in stalls.items()
        ),
    ]


def _hostile(size: int) -> dict[str, bytes]:
    """Documents of so many bytes that are made to keep a reader busy, by what they consist of."""
    texts = {
        "nested divs": "<div>" * (size // 11) + "</div>" * (size // 11),
        "links": '<a href="https://a.example/">a link</a> ' * (size // 41),
        "<": "<" * size,
        "<a ": "<a " * (size // 3),
        "one tag's attributes": f"<p {'a=1 ' * (size // 4)}>",
        "short paragraphs": "<p>渡轮停航。</p>" * (size // 22),
    }
    head, foot = (
        "<rss version='2.0'><channel><item><description><![CDATA[",
        "]]></description></item></channel></rss>",
    )
    keys = ",".join(f'"{n}":{{}}' for n in range(size // 10))
    return {
        **{name: f"{head}{text}{foot}".encode() for name, text in texts.items()},
        "nested XML": b"<rss version='2.0'><channel>" + b"<a>" * (size // 7) + b"</a>" * (size // 7),
        "JSON keys": f'{{"version":"https://jsonfeed.org/version/1.1","items":[],{keys}}}'.encode(),
    }


class _Pages:
    """The web, which has one page."""

    body = b""

    async def get(self, url: str, **_: object) -> Page:
        return Page(url, self.body)


async def _stalls(bodies: dict[str, bytes]) -> dict[str, tuple[float, float]]:
    """The longest time that the loop did nothing else in a poll of each document, in ms: read by a reader, and in a
    thread."""
    found: dict[str, list[list[float]]] = {what: [[], []] for what in bodies}
    with closing(Reader()) as reader:
        for _ in range(ROUNDS):
            for (what, body), (way, read) in itertools.product(bodies.items(), enumerate((reader.run, None))):
                async with open_store(":memory:") as store:
                    pages = _Pages()
                    pages.body = body
                    poller = Poller(*store, cast("Web", pages), read=read)
                    found[what][way].append(await _longest_pause(poller))
                    poller.close()
    return {what: (min(apart), min(here)) for what, (apart, here) in found.items()}


async def _longest_pause(poller: Poller) -> float:
    polling, longest = asyncio.create_task(poller.poll(_FEED)), 0.0
    last = time.perf_counter()
    until = last + 20 * BEAT  # at least, so that nothing has its figure as well
    while not polling.done() or last < until:
        await asyncio.sleep(BEAT)
        now = time.perf_counter()
        longest, last = max(longest, now - last - BEAT), now
    await polling
    return longest * 1e3
