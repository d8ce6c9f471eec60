"""Wiring: from any source to finished messages, with no token and no store; and from a folder to the archive."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import feeds
from .config import Config
from .errors import ArticleError
from .habits import Habits, Sample, learn, sample
from .message import compose, said, visible_units
from .model import Article, Feed, Message
from .store import Ledger
from .web import Page, Web

BATCH = 200  # articles recorded in one transaction
ARCHIVE = "archive"  # the feed of what was imported


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A source that could not be read, and why, in one line."""

    path: str
    reason: str


def files(source: Path) -> Iterator[Path]:
    """The file itself, or all files of a folder and its folders, in order; hidden ones left out, and links to folders,
    which may lead back."""
    if not source.is_dir():
        yield source
        return
    try:
        inside = sorted(source.iterdir())
    except OSError:
        yield source  # reading it will say why
        return
    for path in inside:
        if not path.name.startswith(".") and not (path.is_symlink() and path.is_dir()):
            yield from files(path)


async def articles(
    source: str, config: Config, now: datetime
) -> AsyncIterator[tuple[str, Article | Unreadable]]:
    """Every article of a source, with the path or address that it came from: a feed's address or file, an archived
    article, or a folder of either. What cannot be read is told, and the rest still comes."""
    scheme, is_address, _ = source.partition("://")
    if is_address and scheme.lower() in ("http", "https"):
        for found in await _from_web(source, config, now):
            yield source, found
        return
    if not source or (is_address and scheme.isalpha()):
        yield source, Unreadable(source, "it is no address that begins with https:// or http://, and no file")
        return
    none = True
    for path in files(Path(source)):
        none = False
        # A pipe in a folder has nobody at its other end; one that is named, as <(…) at a shell, has.
        if path != Path(source) and path.exists() and not (path.is_file() or path.is_dir()):
            yield str(path), Unreadable(str(path), "it is no regular file")
            continue
        for found in _from_file(path, config, now):
            yield str(path), found
    if none:
        yield source, Unreadable(source, "there is no file in this folder")


async def _from_web(url: str, config: Config, now: datetime) -> Sequence[Article | Unreadable]:
    # Whoever names an address at the shell means it, be it a private one.
    allowed = (*config.polling.allow_hosts, urlsplit(url).netloc.rpartition("@")[2])
    async with Web(contact=config.polling.user_agent_contact, allow_hosts=allowed) as web:
        answer = await web.get(url)
    if not isinstance(answer, Page):
        return [Unreadable(url, getattr(answer, "reason", "nothing came"))]
    return _from_feed(answer.body, answer.content_type, answer.url, _feed(url, config), config, now)


def _feed(url: str, config: Config) -> Feed:
    """The configured feed of this address, or one without settings of its own."""
    known = next((feed for feed in config.feeds if feed.url == url), None)
    return known.feed(config.timezone) if known else Feed("preview", url, timezone=config.timezone)


def _from_file(path: Path, config: Config, now: datetime) -> Sequence[Article | Unreadable]:
    try:
        body = path.read_bytes()
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        return [Unreadable(str(path), error.strerror or "it cannot be read")]
    if not body:
        return [Unreadable(str(path), "it is empty")]
    text = body.decode("utf-8", "replace")
    try:
        entry = feeds.archived(text, name=str(path), modified=modified)
    except ArticleError as error:
        found = _from_feed(body, "", "", _feed(str(path), config), config, now)
        # A file that is neither is told what an article looks like: feeds are mostly given by address.
        return [Unreadable(str(path), str(error))] if found and isinstance(found[0], Unreadable) else found
    feed = Feed(ARCHIVE, "", timezone=config.timezone)
    return [feeds.article(entry, feed=feed, source="", now=now, clutter=config.clutter(feed.id))]


def _from_feed(
    body: bytes, kind: str, url: str, feed: Feed, config: Config, now: datetime
) -> Sequence[Article | Unreadable]:
    try:
        document = feeds.parse(body, kind, url)
    except ArticleError as error:
        return [Unreadable(url, str(error))]
    clutter = config.clutter(feed.id)
    return [
        feeds.article(entry, feed=feed, source=document.title, now=now, clutter=clutter)
        for entry in document.entries
    ]


class Learnt:
    """What feeds repeat around their articles, learnt from those that are given; archived ones by their host."""

    def __init__(self, articles: Iterable[Article]) -> None:
        samples: dict[str, list[Sample]] = defaultdict(list)
        for article in articles:
            samples[self._feed(article)].append(sample(article))
        self._habits = {feed: Habits.of(learn(of)) for feed, of in samples.items()}

    def without(self, article: Article) -> Article:
        """The article as messages show it."""
        return self._habits[self._feed(article)].without(article)

    def _feed(self, article: Article) -> str:
        return urlsplit(article.url).netloc if article.feed == ARCHIVE else article.feed


def composed(article: Article, config: Config, now: datetime) -> Message:
    """The message as a subscriber with the default settings would get it."""
    style = config.message.style()
    return compose(article, language=config.language, timezone=config.timezone, style=style, now=now)


def as_json(path: str, found: Article | Unreadable, learnt: Learnt, config: Config, now: datetime) -> str:
    """One line of JSON for an article, or for what could not be read."""
    if isinstance(found, Unreadable):
        return json.dumps({"source_path": path, "error": found.reason}, ensure_ascii=False)
    title, found = found.title, learnt.without(found)
    message = composed(found, config, now)
    style = config.message.style()
    values: dict[str, Any] = {
        "source_path": path,
        "key": found.key,
        "title": title,
        "url": found.url,
        "source": found.source,
        "published": found.published.isoformat(),
        "updated": found.updated.isoformat() if found.updated else None,
        "body": [block.text for block in found.body],
        "summary": said(found, style),
        "teaser": bool(found.teaser),
        "images": found.images,
        "lead_image": found.lead_image,
        "credits": found.credits,
        "rights_notice": found.rights_notice,
        "tags": found.tags,
        "message": {
            "html": message.html,
            "units": visible_units(message.html),
            "photo": message.photo,
            "preview": message.preview,
            "buttons": [
                [{"text": b.text, "url": b.url, "data": b.data} for b in row] for row in message.buttons
            ],
        },
    }
    return json.dumps(values, ensure_ascii=False)


def as_text(path: str, found: Article | Unreadable, learnt: Learnt, config: Config, now: datetime) -> str:
    """The finished message for a person at a terminal: its HTML as it is sent, and what goes around it."""
    if isinstance(found, Unreadable):
        return f"── {path}\n{found.reason}\n"
    found = learnt.without(found)
    message = composed(found, config, now)
    lines = [f"── {path}", f"🖼 {found.lead_image or '–'}", "", message.html, ""]
    lines += [f"[{button.text}] {button.url or ''}" for row in message.buttons for button in row]
    return "\n".join((*lines, f"{visible_units(message.html)} units", ""))


@dataclass(slots=True)
class Imported:
    """What an import did."""

    new: int = 0
    known: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)


async def import_folder(folder: str, config: Config, ledger: Ledger, now: datetime) -> Imported:
    """Put a folder's articles into the archive. Nobody is owed them."""
    done = Imported()
    batch: list[Article] = []
    async for path, found in articles(folder, config, now):
        if isinstance(found, Unreadable):
            done.unreadable.append(Unreadable(path, found.reason))
            continue
        batch.append(found)
        if len(batch) == BATCH:
            await _record(batch, ledger, done, now)
            batch.clear()
    await _record(batch, ledger, done, now)
    return done


async def _record(batch: Sequence[Article], ledger: Ledger, done: Imported, now: datetime) -> None:
    new = await ledger.record(None, batch, (), now)
    done.new += new
    done.known += len(batch) - new
