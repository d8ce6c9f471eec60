"""A topic's card: what an admin sees of it, with a button for each thing that can be changed."""

from __future__ import annotations

from hashlib import blake2b
from html import escape

from ..edits import keywords
from ..errors import Missing, QueryError
from ..model import Button, Topic
from ..query import parse, spelt
from ..topics import read
from .desk import Ask, cut
from .trying import DAYS

MOST_KEYWORDS = 60  # buttons; Telegram takes 100 in all


async def shared(ask: Ask) -> list[Topic]:
    """The topics that admins edit."""
    return [topic for topic in await ask.desk.registry.topics() if topic.owner is None]


async def find(ask: Ask, id: str) -> Topic:
    """The shared topic of that id. Raises Missing."""
    found = next((topic for topic in await shared(ask) if topic.id == id), None)
    if found is None:
        raise Missing(ask.plain("topic.unknown", id=id))
    return found


async def card(ask: Ask) -> None:
    """A topic's ✏️ was pressed."""
    await show_card(ask, await find(ask, ask.data))


async def show_card(ask: Ask, topic: Topic, above: str = "", first: tuple[Button, ...] = ()) -> None:
    """Show the card; `above` it what has just been done, and a row of buttons that belongs to that."""
    followers = sum(
        s.follows(topic.id) is not None for s in await ask.desk.registry.subscribers() if s.active
    )
    lines = [above, ""] if above else []
    lines += [
        f"<b>{escape(topic.title, quote=False)}</b>  <code>{escape(topic.id)}</code>",
        f"<code>{cut(spelt(topic.query, ask.language), 1500)}</code>",
        ask.say("card.feeds", feeds=", ".join(topic.feeds) or ask.say("card.all_feeds")),
        ask.say("card.figures", followers=followers, articles=await _matched(ask, topic), days=DAYS),
    ]
    parts = [
        Button(f"✕ {spelt(part, ask.language)}"[:60], data=f"ek:{topic.id}:{mark(part)}")
        for part in keywords_of(topic)
    ]
    rows = [first] if first else []
    if len(parts) > 1:
        rows += [tuple(parts[i : i + 3]) for i in range(0, min(len(parts), MOST_KEYWORDS), 3)]
    rows += [
        (ask.button("card.add", f"ea:{topic.id}:+"), ask.button("card.leave_out", f"ea:{topic.id}:!")),
        (ask.button("card.query", f"ea:{topic.id}:="), ask.button("card.title", f"ea:{topic.id}:title")),
        (ask.button("card.delete", f"ed:{topic.id}"), ask.button("card.back", "el:")),
    ]
    await ask.show("\n".join(lines), tuple(rows))


def keywords_of(topic: Topic) -> tuple[str, ...]:
    """The parts of its query that can be taken away; none of one that cannot be read."""
    try:
        return keywords(topic.query)
    except QueryError:
        return ()


async def _matched(ask: Ask, topic: Topic) -> int | str:
    """How many articles of the last days the topic matches; – where its query cannot be read, as a hand in the store's
    file may have left it: its card is where that can be mended."""
    recent = parse(f"last:{DAYS}d", dates=True, now=ask.desk.now())
    try:
        query = read(topic) & recent
    except QueryError:
        return "–"
    return (await ask.desk.ledger.search(query, limit=0, count=None)).total


def mark(text: str) -> str:
    """A text's short name in callback data, whose 64 bytes may not hold the text itself."""
    return blake2b(text.encode(), digest_size=6).hexdigest()
