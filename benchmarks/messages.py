"""An entry's HTML to a finished message: cleaned, summarised, composed."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from html import escape

from bs4 import BeautifulSoup

from bot import feeds
from bot.feeds import Entry
from bot.message import compose
from bot.model import Feed, Message
from bot.sandbox.newsroom import Story, markup, stories

from .corpus import CORPUS, NOW
from .figures import Figure, cpu, quantile

MOST = 1000  # generated posts
LONG = 3600  # characters of a long post, the median
MEGABYTE = 1_000_000
FULL = 2500  # articles from which on hostile inputs have a whole megabyte

_FEED = Feed("news", "https://news.example.org/rss")
_ORIGIN = "https://news.example.org"


def message(entry: Entry) -> Message:
    """As poll and deliver make it."""
    return compose(feeds.article(entry, feed=_FEED, source="示例新闻", now=NOW))


def naive(entry: Entry) -> str:
    """The obvious way: all text by html.parser, its first 200 characters and the link."""
    text = BeautifulSoup(entry.html, "html.parser").get_text(" ", strip=True)
    return f'<b><a href="{escape(entry.url)}">{escape(entry.title)}</a></b>\n\n{escape(text[:200])}…'


def run(size: int) -> list[Figure]:
    """Figures for the newsroom's stories, up to 1,000 generated posts, and markup made to be slow."""
    samples = [_entry(number, story) for number, story in enumerate(stories())]
    posts = [_entry(number, story) for number, story in enumerate(_posts(max(1, min(MOST, size // 25))))]
    return [
        *_ordinary(f"{len(samples)} of the newsroom's", samples),
        *_ordinary(f"{len(posts)} long posts", posts),
        *_hostile(max(1, MEGABYTE * min(size, FULL) // FULL)),
    ]


def _entry(number: int, story: Story) -> Entry:
    return Entry(
        identity=str(number),
        title=story.title,
        url=f"{_ORIGIN}/a-{number}",
        published=NOW - timedelta(minutes=number),
        html=markup(story, NOW, _ORIGIN),
        tags=story.tags,
    )


def _posts(count: int) -> list[Story]:
    """Generated articles in the markup of full-text mirrors, with sub-headings and pictures in between."""
    random_ = random.Random(10)
    posts = []
    for article in CORPUS.articles(count, median=LONG, seed=11):
        blocks = []
        for block in article.body:
            blocks.append(block.text)
            if random_.random() < 0.1:
                blocks.append(random_.choice((f"## {block.text[:12]}", f"!chart | {block.text[:30]}")))
        posts.append(Story(article.title, "zh-Hans", ("经济",), ("样本社",), "chart", "\n\n".join(blocks)))
    return posts


def _ordinary(what: str, entries: Sequence[Entry]) -> list[Figure]:
    ours = [_time(message, entry) for entry in entries]
    theirs = [_time(naive, entry) for entry in entries]
    way = "html.parser, first 200 characters"
    return [
        Figure(f"{what}: mean", statistics.fmean(ours), most=10, naive=statistics.fmean(theirs), way=way),
        Figure(f"{what}: p99", quantile(ours, 0.99), most=60, naive=quantile(theirs, 0.99), way=way),
    ]


def _time(make: Callable[[Entry], object], entry: Entry) -> float:
    return min(cpu(lambda: make(entry), 2))


def _hostile(size: int) -> list[Figure]:
    taken = {}
    for name, html in hostile(size).items():
        entry = Entry(identity=name, title="标题", url=f"{_ORIGIN}/bad", html=html)
        (taken[name],) = cpu(partial(message, entry))
    figures = [
        Figure(
            f"{len(taken)} hostile inputs of {size / MEGABYTE:g} MB: mean", statistics.fmean(taken.values())
        )
    ]
    for name, slow in sorted(taken.items(), key=lambda item: -item[1])[:3]:
        figures.append(Figure(f"hostile, among the slowest: {name}", slow, most=1000))
    return figures


def hostile(size: int) -> dict[str, str]:
    """Markup of about so many characters each, made to be slow."""
    divs = min(8000, max(1, size // 11))
    links = min(5000, max(1, size // 60))
    shapes = {
        "<": "<",
        "<a ": "<a ",
        "<a>": "<a>",
        "<p>": "<p>",
        "</div>": "</div>",
        "<!--": "<!--",
        "<![CDATA[": "<![CDATA[",
        "&": "&",
        "&amp;": "&amp;",
        "<br>": "<br>",
        "<img src=x>": "<img src=x>",
        "<b><i>": "<b><i>",
        "<table><tr><td>": "<table><tr><td>",
        "<ul><li>": "<ul><li>",
        "<small>a</small>": "<small>a</small>",
        "spaces": " ",
        "one sentence without an end": "新闻",
        "full stops": "。",
        "open quotes": "“",
        "brackets": "（",
        "closing brackets": "）",
        "short sentences": "是。",
        "short paragraphs": "<p>新闻。</p>",
        "numbers": "1.",
    }
    return {name: shape * (size // len(shape)) for name, shape in shapes.items()} | {
        "8,000 nested divs": "<div>" * divs + "文" * max(0, size - 11 * divs) + "</div>" * divs,
        "5,000 links": "".join(f'<a href="/{n}?{"x" * 150}">新闻{n}</a> ' for n in range(links)),
        "one tag's attributes": "<p " + " ".join(f"a{n}=1" for n in range(size // 9)) + ">文</p>",
        "one script": f"<script>{'a<b;' * (size // 4)}</script>文",
        "one attribute": f'<img src="{"x" * size}">',
        "an unclosed attribute": f'<a href="{"x " * (size // 2)}',
    }
