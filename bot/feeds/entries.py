"""An entry: its identity, when it was published, and the article that it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from ..model import Article, Block, Feed, LineRule
from ..pictures import Candidate, is_presentable, unwrap
from ..sentences import is_whole, sentences
from ..urls import pieces
from .plain import squeezed

if TYPE_CHECKING:
    from ..clean import Clean

_SKEW = timedelta(minutes=15)  # clocks differ; a date further ahead is wrong
_OLDEST = timedelta(days=20 * 365)
_TITLE_CHARS = 60  # of the text, for an entry without a title


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed document, normalised but not yet cleaned."""

    identity: str  # what makes it this entry within its feed, at every poll; see `identify`
    title: str  # plain text; empty where it has none
    url: str  # the outlet's page, as it is shown to readers
    published: datetime | None = None  # as the feed says, not yet believed; see `published`
    updated: datetime | None = None
    html: str = ""  # the fullest text that the feed gives, untrusted
    summary_html: str = ""  # the outlet's own teaser; empty where it repeats the text, `html` where it is all
    media: tuple[str, ...] = ()  # pictures that the entry names outside its text, best first
    thumbnails: tuple[str, ...] = ()  # small ones, for want of better
    tags: tuple[str, ...] = ()
    digest: str = ""  # the same at the next poll unless its visible text or its address changes


def identify(feed: str, entry: Entry) -> str:
    """The key of the article that this entry of this feed becomes: 24 hex digits, the same at every poll."""
    return blake2b(f"{feed}\0{entry.identity}".encode(), digest_size=12).hexdigest()


def digest(entry: Entry) -> str:
    """A number for what the entry says."""
    teaser = "" if entry.summary_html == entry.html else entry.summary_html
    parts = (entry.title, entry.url, squeezed(entry.html), squeezed(teaser))
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=9).hexdigest()


def published(entry: Entry, now: datetime) -> datetime | None:
    """When the entry was published, None where the feed does not say, or says what cannot be.

    A date in the future or more than twenty years old is not believed.
    """
    return _credible(entry.published, now)


def article(
    entry: Entry, *, feed: Feed, source: str, now: datetime, clutter: tuple[LineRule, ...] = ()
) -> Article:
    """Clean the entry. `source` is the document's own title; `now` stands in for a date that is missing; `clutter` are
    the operator's own rules for this feed."""
    from .. import clean  # only here: a process that reads nothing itself can do without a parser of HTML

    text = clean.read(entry.html, title=entry.title, base=entry.url, clutter=clutter)
    when = published(entry, now) or now
    updated = _credible(entry.updated, now)
    images, proxied = unwrap(
        (
            *(Candidate(address) for address in entry.media if is_presentable(address)),
            *(Candidate(address) for address in text.proxied),
            *(Candidate(address, last=True) for address in entry.thumbnails if is_presentable(address)),
        )
    )
    return Article(
        key=identify(feed.id, entry),
        feed=feed.id,
        title=entry.title or _first_words(text.body[0].text if text.body else "") or _host(entry.url),
        url=entry.url,
        source=feed.title or source or text.outlet or clean.outlet_of(entry.url) or _host(entry.url),
        published=when,
        updated=updated if updated and updated > when else None,
        body=text.body,
        teaser=_teaser(entry, text),
        images=images,
        proxied=proxied,
        credits=text.credits,
        rights_notice=text.rights_notice,
        tags=entry.tags,
    )


def _teaser(entry: Entry, text: Clean) -> str:
    from .. import clean

    if entry.summary_html != entry.html:
        return clean.own_teaser(entry.summary_html, text.body, title=entry.title) or text.teaser
    # A summary of one sentence, with nothing behind it, is what the outlet wants to be passed on.
    return text.teaser or (_only_sentence(text.body) if entry.title else "")


def _only_sentence(body: Sequence[Block]) -> str:
    """The sentence that is all of the body, "" where there are more, or less than a whole one."""
    found = sentences(body[0].text) if len(body) == 1 and body[0].kind == "paragraph" else []
    return found[0] if len(found) == 1 and is_whole(found[0]) else ""


def _credible(time: datetime | None, now: datetime) -> datetime | None:
    return min(time, now) if time and now - _OLDEST <= time <= now + _SKEW else None


def _first_words(text: str) -> str:
    return text if len(text) <= _TITLE_CHARS else text[:_TITLE_CHARS].rstrip() + "…"


def _host(url: str) -> str:
    return (pieces(url).hostname or url).removeprefix("www.")
