"""A feed document to articles, beside feedparser as it comes."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable

import feedparser

from bot import feeds
from bot.feeds import identify
from bot.model import Article, Feed
from bot.sandbox.newsroom import Story, markup

from .corpus import CORPUS, NOW
from .figures import Figure, cpu, quantile

ITEMS = 30

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

    naive = quantile(cpu(lambda: feedparser.parse(io.BytesIO(body)), 5), 0.5)
    return [
        Figure(
            f"a feed of {items} full texts: read, entries identified",
            quantile(cpu(unchanged, 5), 0.5),
            naive=naive,
            way="feedparser by default",
        ),
        Figure(f"a feed of {items} full texts: read, all cleaned", quantile(cpu(changed, 5), 0.5)),
    ]
