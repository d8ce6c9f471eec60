"""/feeds and /stats, for admins.

/feeds                        every feed and how it does, with buttons: its card, pause, poll at once, remove
/feeds add URL [title]        look at the address first, then watch it
/feeds remove ID
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html import escape
from urllib.parse import urlsplit

from ..errors import ArticleError, KuaixunError
from ..feeds import parse
from ..locale import say
from ..model import Button, Destination, Feed, FeedState, Message, Outcome, Retry
from ..rhythm import DEAD, failing
from ..web import Failure, Page, redacted
from .desk import Ask, Desk, cut, fitted
from .feed_card import find, reserves_rights
from .following import arrows
from .reading import ago

FEEDS_ON_PAGE = 10
TITLE_LENGTH = 64


async def feeds(ask: Ask) -> None:
    """Show the feeds, or add or remove one."""
    verb, _, rest = ask.args.partition(" ")
    if verb.lower() in ("add", "添加", "新增") and rest.strip():
        await _add(ask, rest.strip())
    elif verb.lower() in ("remove", "删除", "刪除") and rest.strip():
        await _remove(ask, rest.strip())
    elif verb:
        await ask.reply(ask.say("feeds.how"))
    else:
        await show_feeds(ask)


async def turn(ask: Ask) -> None:
    """An arrow below the feeds was pressed, or the way back to them."""
    if ask.page is not None:
        await show_feeds(ask, ask.page)


async def show_feeds(ask: Ask, page: int = 0) -> None:
    """A page of the feeds, each with its state in words."""
    states = await ask.desk.ledger.states()
    known = list(await ask.desk.registry.feeds())
    lines = [ask.say("feeds.list", n=len(known)) if known else ask.say("feeds.none")]
    pages = max(1, -(-len(known) // FEEDS_ON_PAGE))
    page = min(page, pages - 1)
    rows = []
    for feed in known[page * FEEDS_ON_PAGE : (page + 1) * FEEDS_ON_PAGE]:
        lines.append(_line(ask, feed, states.get(feed.id, FeedState(feed.id))))
        pause = Button(f"{'▶️' if feed.paused else '⏸'} {feed.id}", data=f"fp:{feed.id}")
        card = Button("⚙️", data=f"fc:{feed.id}")
        rows.append((pause, card, Button("🔄", data=f"fn:{feed.id}"), Button("🗑", data=f"fd:{feed.id}")))
    await ask.show(fitted(lines), (*rows, *arrows("fl", page, pages)))


def _line(ask: Ask, feed: Feed, state: FeedState) -> str:
    mark = "⏸" if feed.paused else "⚠️" if state.errors else "✅" if state.succeeded else "⏳"
    name = cut(feed.title or state.title or feed.id, 60)
    lines = [f"{mark} <b>{name}</b>  <code>{escape(feed.id)}</code>", cut(redacted(feed.url), 120)]
    if state.polled:
        lines.append(ask.say("feeds.polled", ago=ago(ask, state.polled)))
    if state.errors:
        lines.append(ask.say("feeds.failing", n=state.errors, error=_reason(ask.language, state)))
    return "\n".join(lines)


def _reason(language: str, state: FeedState) -> str:
    """Why the last poll failed, in the reader's language, and exactly, in the language of servers."""
    return (
        f"{say(language, f'failure.{state.kind}')} ({state.error[:120]})" if state.kind else state.error[:120]
    )


async def warn(desk: Desk, feed: Feed, state: FeedState, alarm: int) -> bool:
    """Tell the admins, each in their language, that a feed fails for long, or that it was paused for that.

    Whether anybody was told, or can be: who has never written to the bot cannot, and is not waited for.
    """
    key = "feeds.dead" if alarm == DEAD else "feeds.ill"
    outcomes: list[Outcome] = []
    for admin in desk.admins:
        destination = Destination(admin)
        known = await desk.registry.subscriber(destination)
        language = known.language if known else desk.language
        values = {
            "id": feed.id,
            "name": feed.title or state.title or feed.id,
            "reason": _reason(language, state),
        }
        if wait := await desk.pace.turn(admin):
            outcomes.append(Retry("too many requests", after=wait))
            continue
        text = say(language, key, **{name: escape(value, quote=False) for name, value in values.items()})
        outcome = await desk.sender.send(destination, Message(text))
        desk.pace.answered(admin, outcome.after if isinstance(outcome, Retry) else 0.0)
        outcomes.append(outcome)
    return not outcomes or not all(isinstance(outcome, Retry) for outcome in outcomes)


async def _add(ask: Ask, rest: str) -> None:
    """Fetch the address first: what cannot be read is not added."""
    url, _, title = rest.partition(" ")
    if not re.match(r"https?://\S+$", url):
        await ask.reply(ask.say("feeds.how"))
        return
    page = await ask.desk.web.get(url)
    if not isinstance(page, Page):
        kind, detail = (page.kind, page.reason) if isinstance(page, Failure) else ("status", "304")
        reason = f"{ask.plain(f'failure.{kind}')} ({detail})"
        await ask.reply(ask.say("feeds.cannot", url=redacted(url), reason=reason))
        return
    try:
        document = await ask.desk.read(parse, page.body, page.content_type, page.url)
    except ArticleError as error:
        reason = f"{ask.plain('failure.no_feed')} ({error})"
        await ask.reply(ask.say("feeds.cannot", url=redacted(url), reason=reason))
        return
    known = await ask.desk.registry.feeds()
    if same := next((feed for feed in known if feed.url == url), None):
        await ask.reply(ask.say("feeds.known", id=same.id))
        return
    id, title = _id(url, {f.id for f in known}), title.strip()[:TITLE_LENGTH]
    feed = Feed(id, url, title, timezone=ask.desk.zone.key, added=ask.desk.now())
    if not await ask.desk.registry.add_feed(feed):
        raise KuaixunError(ask.plain("feeds.known", id=feed.id))
    name = (title or document.title or feed.id)[:TITLE_LENGTH]
    added = ask.say("feeds.added", title=name, id=feed.id, n=len(document.entries))
    if await reserves_rights(ask, document, feed):
        teaser = ask.button("feeds.teaser_only", f"fm:{feed.id}:teaser")
        await ask.reply(f"{added}\n\n{ask.say('feeds.rights')}", ((teaser,),))
    else:
        await ask.reply(added)


def _id(url: str, taken: set[str]) -> str:
    host = (urlsplit(url).hostname or "feed").removeprefix("www.").removeprefix("feeds.").removeprefix("rss.")
    base = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:24] or "feed"
    return next(name for n in range(1, 10_000) if (name := base if n == 1 else f"{base}-{n}") not in taken)


async def _remove(ask: Ask, id: str) -> None:
    feed = await find(ask, id)
    await ask.desk.registry.remove_feed(feed.id)
    await ask.show(ask.say("feeds.removed", id=feed.id))


async def pause(ask: Ask) -> None:
    """⏸ or ▶️ was pressed."""
    feed = await find(ask, ask.data)
    await ask.desk.registry.change_feed(feed.id, lambda f: replace(f, paused=not f.paused))
    ids = [known.id for known in await ask.desk.registry.feeds()]
    await show_feeds(ask, ids.index(feed.id) // FEEDS_ON_PAGE if feed.id in ids else 0)


async def poll_now(ask: Ask) -> None:
    """🔄 was pressed: poll at the next tick, unless the server asked to be left alone until later."""
    feed = await find(ask, ask.data)
    state = (await ask.desk.ledger.states()).get(feed.id)
    if state is not None and state.hold is not None and state.hold > ask.desk.now():
        await ask.toast("feeds.holding")
        return
    ask.desk.hurry(feed.id)
    await ask.toast("feeds.polling")


async def delete(ask: Ask) -> None:
    """🗑 was pressed: ask once more."""
    feed = await find(ask, ask.data)
    yes, no = ask.button("card.delete_yes", f"fy:{feed.id}"), ask.button("card.back", "fl:0")
    await ask.show(ask.say("feeds.certain", id=feed.id), ((yes, no),))


async def delete_certainly(ask: Ask) -> None:
    """And it was meant."""
    feed = await find(ask, ask.data)
    await ask.desk.registry.remove_feed(feed.id)
    await ask.toast("feeds.removed", id=feed.id)
    await show_feeds(ask)


async def stats(ask: Ask) -> None:
    """The bot in figures."""
    counts = await ask.desk.ledger.counts()
    subscribers = await ask.desk.registry.subscribers()
    feeds = await ask.desk.registry.feeds()
    states = await ask.desk.ledger.states()
    oldest: datetime | None = counts.oldest_ready
    values = {
        "feeds": len(feeds),
        "failing": len(failing(feeds, states)),
        "topics": len([t for t in await ask.desk.registry.topics() if t.owner is None]),
        "subscribers": sum(s.active and bool(s.following) for s in subscribers),
        "gone": sum(not s.active for s in subscribers),
        "articles": counts.articles,
        "sent": counts.deliveries.get("sent", 0),
        "waiting": counts.deliveries.get("ready", 0) + counts.deliveries.get("inflight", 0),
        "oldest": ago(ask, oldest) if oldest else "–",
        "refused": sum(counts.deliveries.get(state, 0) for state in ("refused", "gone", "unknown")),
    }
    await ask.reply(ask.say("stats.text", **values))
