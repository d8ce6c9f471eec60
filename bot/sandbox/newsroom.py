"""A newsroom on loopback: a full-text feed that publishes an article every few seconds, for the demo and for tests.

    async with Newsroom(every=8) as newsroom:
        newsroom.url  # the feed, RSS 2.0
        newsroom.publish()  # the next article, now

The markup around each text is that of full-text mirrors, with all that has to be cleaned away: a bare timestamp,
pictures behind a proxy, empty captions, a dateline, an agency line, a rights notice and a promotion. The texts are
samples, not news.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import tomllib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

from aiohttp import web

_DATA = Path(__file__).with_suffix("")
_PICTURES = {path.name: path for path in (_DATA / "pictures").glob("*.jpg")}
_NEWEST = 20  # items in the feed, as many as mirrors keep
_TITLE = "样本新闻网"
_SECOND = "海湾通讯社"


@dataclass(frozen=True, slots=True)
class Story:
    """A sample text as the data file holds it."""

    title: str
    language: str
    tags: tuple[str, ...]
    credits: tuple[str, ...]
    lead: str  # the name of a picture
    text: str


@dataclass(frozen=True, slots=True)
class Published:
    """A story in the feed: with its title of this round, its address and its moment."""

    story: Story
    title: str
    url: str
    guid: str
    at: datetime
    html: str


def stories() -> tuple[Story, ...]:
    """All sample texts, in the order of publication."""
    data = tomllib.loads((_DATA / "articles.toml").read_text(encoding="utf-8"))
    return tuple(
        Story(
            title=table["title"],
            language=table["language"],
            tags=tuple(table["tags"]),
            credits=tuple(table["credits"]),
            lead=table["lead"],
            text=table["text"],
        )
        for table in data["story"]
    )


class Newsroom:
    """Publishes the sample stories, one each `every` seconds (None: only by `publish`), again and again.

    Listens on 127.0.0.1, on any free port unless one is given. Raises OSError where the port is taken.
    """

    def __init__(self, port: int = 0, every: float | None = 8.0) -> None:
        self._port = port
        self._every = every
        self._stories = stories()
        self._shelf: deque[Published] = deque(maxlen=_NEWEST)
        self._queue = deque(self._stories)  # the next one first; what was published goes to its end
        self._times: Counter[str] = Counter()  # how often each was published, by its title
        # Numbers go on from run to run, so that a bot that remembers an earlier run sees new articles, not old ones.
        self._first = int(datetime.now(UTC).timestamp())
        self._stack = contextlib.AsyncExitStack()
        self.origin = ""
        self._feed, self._second, self._changed = b"", b"", datetime.now(UTC)

    @property
    def url(self) -> str:
        """The address of the feed, once the newsroom is open."""
        return f"{self.origin}/rss/zh-all"

    @property
    def second_url(self) -> str:
        """The address of another outlet's feed, which brings every third article a little later."""
        return f"{self.origin}/rss/second"

    async def __aenter__(self) -> Self:
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        self.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._print()
        if self._every is not None:
            self._stack.push_async_callback(_stop, asyncio.create_task(self._go_on(self._every)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def publish(self, wanted: Callable[[Story], bool] = lambda story: True) -> Published:
        """Put the next story that is wanted into the feed, now; where none is, the next."""
        story = next(filter(wanted, self._queue), self._queue[0])
        self._queue.remove(story)
        self._queue.append(story)
        number = self._first + self._times.total()
        self._times[story.title] += 1
        times, at = self._times[story.title], datetime.now(UTC)
        item = Published(
            story=story,
            title=story.title + (f" ({times})" if times > 1 else ""),
            url=f"{self.origin}/{story.language}/{quote(story.title, safe='')}/a-{number}",
            guid=f"sample-{number}",
            at=at,
            html=markup(story, at, self.origin),
        )
        self._shelf.appendleft(item)
        self._print()
        return item

    async def _go_on(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            self.publish()

    def _print(self) -> None:
        self._changed = datetime.now(UTC).replace(microsecond=0)
        self._feed = self._channel(_TITLE, self._shelf)
        later = [item for item in list(self._shelf)[1:] if int(item.guid.rpartition("-")[2]) % 3 == 0]
        self._second = self._channel(
            _SECOND, (replace(item, url=f"{item.url}?edition=2", guid=f"{item.guid}-2") for item in later)
        )

    def _channel(self, title: str, published: Iterable[Published]) -> bytes:
        items = "".join(map(_item, published))
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
            f"<title>{title}</title><link>{self.origin}/</link>"
            "<description>样本文字，并非新闻 (sample texts, not news)</description><language>zh</language>\n"
            f"<lastBuildDate>{format_datetime(self._changed, usegmt=True)}</lastBuildDate>\n{items}</channel></rss>\n"
        ).encode()

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._front_page)
        app.router.add_get("/rss/zh-all", self._serve_feed)
        app.router.add_get("/rss/second", self._serve_feed)
        app.router.add_get("/proxy/", self._serve_proxied)
        app.router.add_get("/pictures/{name}", self._serve_picture)
        app.router.add_get("/api/detail/article/{story:[0-9]{1,9}}", self._serve_story)
        app.router.add_get(r"/{language}/{title}/a-{number:[0-9]+}", self._serve_article)
        return app

    async def _serve_feed(self, request: web.Request) -> web.Response:
        feed = self._second if request.path == "/rss/second" else self._feed
        etag = f'"{hashlib.sha256(feed).hexdigest()[:16]}"'
        headers = {
            "ETag": etag,
            "Last-Modified": format_datetime(self._changed, usegmt=True),
            "Cache-Control": "no-cache",
        }
        if _unchanged(request, etag, self._changed):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = "application/rss+xml; charset=utf-8"
        return web.Response(body=feed, headers=headers)

    async def _serve_picture(self, request: web.Request) -> web.StreamResponse:
        return _picture(request.match_info["name"])

    async def _serve_proxied(self, request: web.Request) -> web.StreamResponse:
        """As an image proxy does, for this newsroom's own pictures alone: it must not become an open proxy."""
        address = request.query.get("url", "")
        if not address.startswith(f"{self.origin}/pictures/"):
            raise web.HTTPNotFound
        return _picture(Path(urlsplit(address).path).name)

    async def _serve_story(self, request: web.Request) -> web.Response:
        index = int(request.match_info["story"])
        if not 1 <= index <= len(self._stories):
            raise web.HTTPNotFound
        return self._page(self._stories[index - 1])

    async def _serve_article(self, request: web.Request) -> web.Response:
        title = request.match_info["title"]
        story = next((s for s in self._stories if s.title == title), None)
        if story is None:
            raise web.HTTPNotFound
        return self._page(story)

    async def _front_page(self, _request: web.Request) -> web.Response:
        links = "".join(f'<p><a href="{i.url}">{escape(i.title)}</a></p>' for i in self._shelf)
        return _document("zh-Hans", _TITLE, links)

    def _page(self, story: Story) -> web.Response:
        at = next((i.at for i in self._shelf if i.story is story), self._changed)
        return _document(story.language, story.title, markup(story, at, self.origin))


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _unchanged(request: web.Request, etag: str, changed: datetime) -> bool:
    """RFC 9110, 13.1.3: where a client sends If-None-Match, its If-Modified-Since is not looked at."""
    if (tags := request.headers.get("If-None-Match")) is not None:
        return tags.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    try:
        return changed <= parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
    except (ValueError, TypeError, OverflowError):
        return False


def _picture(name: str) -> web.StreamResponse:
    path = _PICTURES.get(name)  # no name from outside becomes a path
    if path is None:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "max-age=3600"})


def _item(item: Published) -> str:
    categories = "".join(f"<category>{escape(tag)}</category>" for tag in item.story.tags)
    return (
        f"<item><title>{escape(item.title)}</title><link>{escape(item.url)}</link>"
        f'<guid isPermaLink="false">{item.guid}</guid><pubDate>{format_datetime(item.at, usegmt=True)}</pubDate>'
        f"{categories}<description><![CDATA[{item.html}]]></description></item>\n"
    )


# The mirrors' markup, part by part.

_DATELINE = {
    "zh-Hans": "（样本新闻中文网）",
    "zh-Hant": "（樣本新聞中文網）",
    "en": "PORT ELLERY — ",
}
_RIGHTS = {
    "zh-Hans": "© {year}年样本新闻版权声明：本文为演示软件而写的样本文字，并非新闻；未经许可，不得擅自使用。",
    "zh-Hant": "© {year}年樣本新聞版權聲明：本文為示範軟體而寫的樣本文字，並非新聞；未經許可，不得擅自使用。",
    "en": "© {year} Sample News. All rights reserved. A sample text that was written for a demo; it is not news.",
}
_PROMOTION = (
    "<br><hr><div>获取更多RSS：<br>"
    + " <br>".join(
        f'<a href="https://{host}" style="color:orange" target="_blank">https://{host}</a>'
        for host in ("fulltext.example", "mirror.example")
    )
    + "<br></div>"
)


def markup(story: Story, at: datetime, origin: str) -> str:
    """The full text as a mirror hands it on: HTML for an item that was published at `at` by the server at `origin`."""
    moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    credits = "、".join(story.credits)
    agencies = f"({', '.join(story.credits)})" if story.language == "en" else f"（{credits}）"
    parts = [f"<div><i><br>{moment}</i></div>", _figure(story.lead, "", origin), *_blocks(story, origin)]
    parts += [f"<p>{escape(agencies)}</p>", f"<p><em>{_RIGHTS[story.language].format(year=at.year)}</em></p>"]
    return "".join(parts) + _PROMOTION


def _blocks(story: Story, origin: str) -> Iterator[str]:
    opening = _DATELINE[story.language]
    for block in story.text.strip().split("\n\n"):
        if block.startswith("## "):
            yield _heading(block.removeprefix("## "))
        elif block.startswith("!"):
            picture, _, caption = block.removeprefix("!").partition(" | ")
            yield _figure(picture, caption, origin)
        else:
            yield f"<p>{opening}{_linked(block, origin)}</p>"
            opening = ""


def _heading(words: str) -> str:
    """A bold paragraph; an opening quote stands in a <strong> of its own, as editors' tools leave it."""
    quoted, rest = (words[0], words[1:]) if words.startswith('"') else ("", words)
    first = f"<strong>{escape(quoted, quote=False)}</strong>" if quoted else ""
    return f"<p>{first}<strong>{escape(rest, quote=False)}</strong></p>"


def _linked(words: str, origin: str) -> str:
    link = rf'<a href="{origin}/api/detail/article/\2" rel="ArticleRef">\1</a>'
    return re.sub(r"\[([^\]]+)\]\((\d+)\)", link, escape(words, quote=False))


def _figure(picture: str, caption: str, origin: str) -> str:
    # Whole and encoded: image proxies take an address without a scheme to be https, and this server is not.
    address = quote(f"{origin}/pictures/{picture}.jpg", safe="")
    return (
        f'<img src="{origin}/proxy/?url={address}" width="100%">'
        f'<div><small style="color: #999;">{escape(caption)}</small></div>'
    )


def _document(language: str, title: str, body: str) -> web.Response:
    """A page of the newsroom's own site, for who follows an article's link."""
    text = f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width"><style>
body {{ max-width: 40rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; color-scheme: light dark; line-height: 1.8;
  font-family: system-ui, "PingFang SC", "PingFang TC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif }}
h1 {{ line-height: 1.35; text-wrap: balance }} img {{ border-radius: .75rem; display: block; margin: 1rem 0 .5rem }}
header {{ font-size: .875rem; opacity: .75 }} i, small {{ opacity: .8; font-style: normal; font-size: .875rem }}
</style></head><body><header>{_TITLE} · 样本文字，并非新闻 · Sample texts, not news</header>
<h1>{escape(title)}</h1>{body}</body></html>"""
    return web.Response(text=text, content_type="text/html")
