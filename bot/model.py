"""The words of the domain, as frozen values. Everything else in this package is said in these words.

All times are aware datetimes in UTC; a reader's time zone is applied only where a message is composed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

Mode = Literal["title", "teaser", "summary"]
Picture = Literal["photo", "preview", "none"]
BlockKind = Literal["paragraph", "heading", "quote", "item"]


@dataclass(frozen=True, slots=True)
class Feed:
    """A web feed that is polled: what people decided about it. What polling found out is `FeedState`."""

    id: str
    url: str
    title: str = ""  # the outlet as readers see it; empty: the feed's own title
    interval: timedelta | None = None  # None: the configured default
    timezone: str = "Asia/Shanghai"  # IANA name; times in messages are shown in it
    mode: Mode = "summary"
    paused: bool = False
    added: datetime | None = None  # entries published before this are never owed


@dataclass(frozen=True, slots=True)
class FeedState:
    """What polling a feed has found out, and when to poll it next. Validators are opaque: kept byte for byte."""

    feed: str
    etag: str | None = None
    last_modified: str | None = None
    validators_since: datetime | None = None  # the last full answer: validators are dropped after 8 days
    body_hash: str | None = None
    url: str = ""  # the feed's address at that time: validators and hash say nothing about any other
    title: str = ""
    next_poll: datetime | None = None  # None: due at once
    polled: datetime | None = None
    succeeded: datetime | None = None  # None: no poll has succeeded yet, the next success is the baseline
    errors: int = 0  # in a row
    failing_since: datetime | None = None
    error: str = ""  # one line, for people; no secrets in it
    kind: str = ""  # of that error, for those who read another language: a key of [failure] in bot/locale
    told: int = 0  # how far the admins know of it, see rhythm.alarm
    hold: datetime | None = None  # until then, the server asked not to be asked
    ttl: float = 0.0  # seconds between two polls that the feed's document asks for


@dataclass(frozen=True, slots=True)
class LineRule:
    """Lines that are no part of an article: those that one of the patterns (RE2) finds something in.

    `any`: wherever they stand; `head` and `tail`: at its start and its end; `cut`: they and all that follows.
    """

    where: Literal["any", "head", "tail", "cut"]
    match: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of an article's body. Only paragraphs, quotes and items are worth summarising; a heading never is."""

    text: str
    kind: BlockKind = "paragraph"


@dataclass(frozen=True, slots=True)
class Article:
    """A feed's entry after cleaning: what is stored, matched, searched, summarised and sent."""

    key: str  # identity: 24 hex digits, see feeds.identify
    feed: str  # the feed's id; "archive" for what was imported
    title: str
    url: str  # the outlet's own page, percent-encoded as it came; never a mirror
    source: str  # the outlet as readers see it
    published: datetime
    updated: datetime | None = None
    body: tuple[Block, ...] = ()
    teaser: str = ""  # the outlet's own, empty where it wrote none
    images: tuple[str, ...] = ()  # candidates, best first, unwrapped from proxies
    proxied: tuple[str, ...] = ()  # the same pictures at the addresses that the feed gave, as a fallback
    credits: tuple[str, ...] = ()  # agencies: 路透社, 美联社
    rights_notice: str = ""
    tags: tuple[str, ...] = ()
    found: datetime | None = None  # when the poll first saw it; None until recorded
    withdrawn: bool = False  # by its outlet: it is no longer summarised

    @property
    def lead_image(self) -> str | None:
        """The picture that a message shows, None where the article has none."""
        return self.images[0] if self.images else None

    @property
    def size(self) -> int:
        """The characters of its body."""
        return sum(len(block.text) for block in self.body)


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """Where messages go: a chat, or one forum topic (thread) of it."""

    chat: int
    thread: int | None = None

    def __str__(self) -> str:
        return str(self.chat) if self.thread is None else f"{self.chat}/{self.thread}"

    @classmethod
    def parse(cls, text: str) -> Destination:
        """The inverse of `str`. Raises ValueError."""
        chat, _, thread = text.partition("/")
        return cls(int(chat), int(thread) if thread else None)


@dataclass(frozen=True, slots=True)
class Topic:
    """A query that people follow: shared and edited by admins, or personal where it has an owner."""

    id: str
    title: str
    query: str
    feeds: tuple[str, ...] = ()  # ids; empty: every feed
    owner: Destination | None = None


@dataclass(frozen=True, slots=True)
class Following:
    """That a subscriber follows a topic, and their own narrowing of it."""

    topic: str
    since: datetime
    muted: tuple[str, ...] = ()  # queries: an article that one of them matches is not sent
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A chat (or a forum topic of one) that the bot knows, and what it chose."""

    destination: Destination
    name: str = ""  # as Telegram last told it; for admins' eyes
    language: str = "zh-Hans"  # a name in bot/locale
    picture: Picture | None = None  # None: as configured
    paused: bool = False
    active: bool = True  # False: the chat is gone (blocked, kicked, deleted)
    following: tuple[Following, ...] = ()
    left: tuple[Following, ...] = ()  # with words muted, which are again when the topic is followed again

    def follows(self, topic: str) -> Following | None:
        """How this subscriber follows that topic, None where they do not."""
        return next((f for f in self.following if f.topic == topic), None)


@dataclass(frozen=True, slots=True)
class Owed:
    """A debt, before it has a row: this destination is to get this article, for these topics."""

    destination: Destination
    article: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A debt with a row in the ledger. Claimed by a sender, settled by Telegram's answer."""

    id: int
    destination: Destination
    article: str
    topics: tuple[str, ...]
    attempts: int = 0  # how often it was claimed, this time included
    ambiguous: int = 0  # how often Telegram may have accepted it without our knowing
    message_id: int | None = None  # once sent
    photo: bool = False  # sent as a photo: its text is a caption
    reason: str = field(
        default="", compare=False
    )  # of the last attempt's failure, in Telegram's words or ours
    settled: datetime | None = field(default=None, compare=False)  # when Telegram last answered


@dataclass(frozen=True, slots=True)
class Revision:
    """A message that was sent is to be edited. Claimed by a sender, settled by Telegram's answer."""

    delivery: Delivery
    version: int  # of the wish: it may be asked for again while the edit is on its way
    attempts: int  # how often it was claimed, this time included
    changed: bool  # the article was changed by its outlet since the message was last composed
    updates: int = 0  # edits of this message that told of such a change
    related: tuple[str, ...] | None = None  # keys of what is named below where it is shown at length


@dataclass(frozen=True, slots=True)
class Change:
    """An article as its feed has it now. `after`: when messages about it are to be edited, None where nothing in them
    has changed. `was` and `says` stand for what readers were told of it and are to be told now."""

    article: Article
    after: datetime | None = None
    was: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a poll found out besides new articles; by articles' keys."""

    changed: tuple[Change, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)  # of the feed's entries, as they are now
    prints: Mapping[str, Sequence[int]] = field(default_factory=dict)  # see stories.prints
    twins: Mapping[str, str] = field(default_factory=dict)  # of a new article: another one of its story


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: a link, or callback data of at most 64 bytes."""

    text: str
    url: str | None = None
    data: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A finished message: Telegram HTML within its limits, and what goes around it."""

    html: str
    photo: str | bytes | None = None  # an address, a file_id, or the picture itself; html is then its caption
    preview: str | None = None  # without a photo: the picture or page to preview, large, above the text
    buttons: Keyboard = ()


class Summariser(Protocol):
    """An article in some of its own sentences: bot/summary.py ships one, another can be plugged in."""

    def __call__(self, article: Article, *, chars: int, share: float, wanted: Sequence[str]) -> Sequence[str]:
        """Whole sentences in their order: at most `chars` characters and `share` of the body's in all, if possible
        with one of the folded terms in `wanted`. Called in a thread, one article after the other: the messages behind
        it wait, and nothing else."""


@dataclass(frozen=True, slots=True)
class Style:
    """How messages are composed: the `message` section of the config."""

    image: Picture = "photo"
    summary_chars: int = 260
    summary_share: float = 0.25  # of the body's characters
    buttons: bool = True
    summariser: Summariser | None = None  # None: bot/summary.py


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram accepted it."""

    message_id: int
    file_id: str | None = None  # of the photo: good for every other chat, for ever
    photo: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `ambiguous`: Telegram may have accepted it all the same (an answer was lost on the way)."""

    reason: str
    after: float = 0.0  # seconds that Telegram asked for; 0: the ledger's own backoff
    ambiguous: bool = False
    unsent: bool = False  # it never left: there is no way to Telegram at all, whatever the message


@dataclass(frozen=True, slots=True)
class Moved:
    """The group became a supergroup with another id."""

    chat: int


@dataclass(frozen=True, slots=True)
class Gone:
    """This chat will never accept a message again, until its people come back."""

    reason: str
    topic_only: bool = False  # a closed forum topic: the chat's others may be open


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram refuses this very message for ever. `picture`: because of its photo; without it, it may pass.
    `unforeseen`: for a reason that nobody here knows; a plainer one may pass."""

    reason: str
    picture: bool = False
    unforeseen: bool = False


Outcome = Sent | Retry | Moved | Gone | Refused


@dataclass(frozen=True, slots=True)
class Found:
    """A page of search results, newest (or best) first, and how many match.

    `total` is how many were counted; with `more` there are more than that. `since`: there was no time to look at
    articles that were published before; None where there was.
    """

    articles: tuple[Article, ...]
    total: int
    more: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What /stats shows: the ledger in figures."""

    articles: int = 0
    deliveries: dict[str, int] = field(default_factory=dict)  # by state
    oldest_ready: datetime | None = None
    edits: int = 0  # messages that wait to be edited

    def waited(self, now: datetime) -> float:
        """Seconds that the oldest delivery which could go has waited, 0 where there is none."""
        return max(0.0, (now - self.oldest_ready).total_seconds()) if self.oldest_ready else 0.0
