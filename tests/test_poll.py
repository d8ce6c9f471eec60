from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web as http
from aiohttp.test_utils import TestServer

from bot import feeds, rhythm
from bot.errors import StoreError, Unreadable
from bot.model import Article, Destination, Feed, FeedState, Following, LineRule, Owed, Sent, Topic
from bot.poll import MOST_CHANGED, Poller, recording
from bot.query import parse
from bot.store import Store, open_store
from bot.web import Web
from bot.worker import Reader, Run
from tests.processes import python

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANN, BOB = Destination(1), Destination(2)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, time: timedelta) -> None:
        self.time += time


def item(number: object, title: str = "", *, at: datetime | None = None) -> str:
    title = title or f"渡轮第{number}条"
    date = f"<pubDate>{at:%Y-%m-%dT%H:%M:%SZ}</pubDate>" if at else ""
    link = f"https://news.example/{number}"
    return f"<item><guid>{number}</guid><link>{link}</link><title>{title}</title>{date}</item>"


def rss(*items: str, title: str = "河岸日报") -> bytes:
    return f'<rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'.encode()


class Site:
    """A web server whose next answers the test decides."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[http.Request] = []
        self.answer: Callable[[http.Request], Awaitable[http.StreamResponse]] | http.Response | bytes = b""

    async def handle(self, request: http.Request) -> http.StreamResponse:
        self.requests.append(request)
        answer = self.answer
        if callable(answer):
            return await answer(request)
        if isinstance(answer, bytes):
            return http.Response(body=answer)
        return http.Response(status=answer.status, body=answer.body, headers=dict(answer.headers))

    def says(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = http.Response(status=status, body=body, headers=names)

    @property
    def last(self) -> http.Request:
        return self.requests[-1]


@asynccontextmanager
async def running() -> AsyncIterator[Site]:
    site = Site()
    app = http.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    site.url = str(server.make_url("/")).rstrip("/")
    try:
        yield site
    finally:
        await server.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running() as site:
        yield site


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store(":memory:") as store:
        yield store


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web(allow_hosts=[f"127.0.0.{n}" for n in range(1, 5)], total=60) as web:
        yield web


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def poller(store: Store, web: Web, clock: Clock) -> Iterator[Poller]:
    poller = Poller(store.registry, store.ledger, web, interval=15 * MINUTE, floor=MINUTE, now=clock)
    yield poller
    poller.close()


async def follow(
    store: Store,
    *followers: Destination,
    since: datetime = START - DAY,
    topic: str = "ferry",
    query: str = "渡轮",
) -> None:
    await store.registry.add_topic(Topic(topic, topic, query))
    for follower in followers or (ANN,):
        await store.registry.change_subscriber(
            follower, lambda one: replace(one, following=(*one.following, Following(topic, since)))
        )


async def add(store: Store, site: Site, id: str = "river", path: str = "/feed", **fields: object) -> Feed:
    feed = Feed(id, site.url + path, added=START - HOUR, **fields)  # type: ignore[arg-type]
    await store.registry.add_feed(feed)
    return feed


async def followed(store: Store, site: Site, poller: Poller, *items: str) -> Feed:
    """A feed that somebody follows, and whose first document, with these items, has been read."""
    await follow(store)
    feed = await add(store, site)
    site.answer = rss(*items)
    await poller.poll(feed)
    return feed


async def sent(store: Store, to: Destination = ANN) -> list[str]:
    """Pay all debts; the titles of what this reader got, in order."""
    titles = []
    while claimed := await store.ledger.claim(START + 365 * DAY, 100):
        for delivery in claimed:
            article = await store.ledger.article(delivery.article)
            assert article is not None
            if delivery.destination == to:
                titles.append(article.title)
            await store.ledger.settle(delivery, Sent(delivery.id), START + 365 * DAY)
    return titles


async def state(store: Store, feed: str = "river") -> FeedState:
    return (await store.ledger.states())[feed]


# What is owed


async def test_the_first_document_owes_only_what_is_dated_after_feed_and_follower_came(
    store: Store, site: Site, poller: Poller
) -> None:
    await follow(store, ANN)
    await follow(store, BOB, since=START - 5 * MINUTE)
    feed = await add(store, site)  # an hour ago
    site.answer = rss(
        item("undated"),
        item("future", at=START + DAY),
        item(1, at=START - MINUTE),
        item(2, at=START - 10 * MINUTE),
        item(3, at=START - 2 * HOUR),
    )
    await poller.poll(feed)
    assert await sent(store, BOB) == ["渡轮第1条"]
    assert (await store.ledger.counts()).articles == 5


async def test_readers_get_the_oldest_first(store: Store, site: Site, poller: Poller) -> None:
    await followed(
        store,
        site,
        poller,
        *(item(n, at=START - n * MINUTE) for n in (3, 1, 2)),
        item(5, at=START - 2 * MINUTE),
    )
    assert await sent(store) == ["渡轮第3条", "渡轮第5条", "渡轮第2条", "渡轮第1条"]


async def test_later_polls_owe_whatever_is_new_however_it_is_dated(
    store: Store, site: Site, poller: Poller
) -> None:
    feed = await followed(store, site, poller, item(1))
    assert await sent(store) == []
    site.answer = rss(item(4), item(3, at=START - 300 * DAY), item(2, at=START + DAY), item(1))
    await poller.poll(feed)
    assert await sent(store) == ["渡轮第3条", "渡轮第2条", "渡轮第4条"]
    assert (await store.ledger.counts()).articles == 4


async def test_who_follows_later_than_an_article_was_found_is_not_owed_it(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    await follow(store, ANN)
    await follow(store, BOB, since=START + HOUR)
    feed = await add(store, site)
    site.answer = rss(item(1))
    await poller.poll(feed)
    site.answer = rss(item(2), item(1))
    await poller.poll(feed)
    assert await sent(store, BOB) == []


async def test_a_second_poll_of_the_same_entries_owes_nothing(
    store: Store, site: Site, poller: Poller
) -> None:
    await follow(store)
    feed = await add(store, site)
    for counter in range(3):
        site.answer = rss(item(1, at=START - MINUTE), title=f"河岸日报（{counter} 次）")
        await poller.poll(feed)
    assert await sent(store) == ["渡轮第1条"]


async def test_a_feed_that_was_empty_at_first_owes_what_comes(
    store: Store, site: Site, poller: Poller
) -> None:
    feed = await followed(store, site, poller)
    site.answer = rss(item(1))
    assert (await poller.poll(feed)).error == ""
    assert await sent(store) == ["渡轮第1条"]


async def test_a_feed_that_is_added_anew_begins_anew(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    feed = await followed(store, site, poller, item(1))
    clock.pass_(DAY)
    feed = replace(feed, added=clock())
    site.answer = rss(item(2), item(1))
    await poller.poll(feed)
    assert await sent(store) == []


async def test_what_matches_no_topic_is_kept_and_owed_to_nobody(
    store: Store, site: Site, poller: Poller
) -> None:
    await followed(store, site, poller, item(1, "市场收盘", at=START - MINUTE))
    assert await sent(store) == []
    assert (await store.ledger.counts()).articles == 1


async def test_a_topic_whose_query_cannot_be_read_is_named_once_and_holds_up_no_other(
    store: Store, site: Site, poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    feed = await followed(store, site, poller)
    await store.registry.add_topic(Topic("torn", "torn", "(渡轮"))
    for number in (1, 2):
        site.answer = rss(item(number, f"渡轮{number}", at=START))
        await poller.poll(feed)
    assert len(await sent(store)) == 2
    (told,) = [record.message for record in caplog.records if "torn" in record.message]
    assert "cannot be read" in told


async def test_articles_carry_when_they_were_found_and_where(
    store: Store, site: Site, poller: Poller
) -> None:
    feed = await add(store, site, title="河岸")
    site.answer = rss("<item><guid>1</guid><link>/a</link><title>甲</title></item>")
    await poller.poll(feed)
    (article,) = await store.ledger.by_url(f"{site.url}/a")
    assert (article.found, article.published, article.source) == (START, START, "河岸")
    assert (await state(store)).title == "河岸日报"


async def test_deliveries_are_woken_when_there_are_debts_and_only_then(
    store: Store, site: Site, web: Web, clock: Clock
) -> None:
    wake = asyncio.Event()
    poller = Poller(store.registry, store.ledger, web, now=clock, wake=wake.set)
    feed = await add(store, site)
    site.answer = rss(item(1))
    await poller.poll(feed)
    assert not wake.is_set()
    await follow(store)
    site.answer = rss(item(2), item(1))
    await poller.poll(feed)
    assert wake.is_set()
    poller.close()


async def test_seen_and_owed_are_recorded_together_or_not_at_all(
    store: Store, site: Site, poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    await follow(store)
    feed = await add(store, site)
    site.answer = rss(item(1, at=START - MINUTE))
    record = store.ledger.record

    async def fail_with_articles(
        state: FeedState | None, articles: Sequence[Article], owed: Sequence[Owed], now: datetime
    ) -> int:
        if articles:
            raise StoreError
        return await record(state, articles, owed, now)

    with monkeypatch.context() as patch:
        patch.setattr(store.ledger, "record", fail_with_articles)
        assert (await poller.poll(feed)).errors == 1
    assert (await store.ledger.counts()).articles == 0
    await poller.poll(feed)
    assert await sent(store) == ["渡轮第1条"]


# Floods, moves, mirrors


async def test_thirty_old_entries_under_new_guids_are_not_news(
    store: Store, site: Site, poller: Poller, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    feed = await followed(store, site, poller, *(item(n, at=START - n * DAY) for n in range(1, 31)))
    clock.pass_(HOUR)
    moved = [item(f"moved-{n}", at=START - n * DAY) for n in range(1, 31)]
    site.answer = rss(item("new", "渡轮停航", at=clock() - MINUTE), *moved)
    with caplog.at_level(logging.WARNING):
        await poller.poll(feed)
    assert await sent(store) == ["渡轮停航"]
    assert "30 of them too old" in caplog.text
    site.answer = rss(item("newer", "渡轮复航"), *moved)
    await poller.poll(feed)
    assert await sent(store) == ["渡轮复航"]


async def test_many_new_entries_are_news_if_they_are_dated_so(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    await follow(store)
    feed = await add(store, site)
    old = [item(n, at=START - n * DAY) for n in range(1, 6)]
    site.answer = rss(*old)
    await poller.poll(feed)
    clock.pass_(DAY)
    site.answer = rss(*(item(f"n{n}", at=START + n * MINUTE) for n in range(20)), *old)
    await poller.poll(feed)
    assert len(await sent(store)) == 20


@pytest.mark.parametrize(("goes_on", "owed"), [(True, 20), (False, 0)])
async def test_many_new_entries_without_dates_are_news_if_the_feed_goes_on(
    store: Store, site: Site, poller: Poller, goes_on: bool, owed: int
) -> None:
    feed = await followed(store, site, poller, item("old"))
    site.answer = rss(*(item(n) for n in range(20)), *([item("old")] if goes_on else []))
    await poller.poll(feed)
    assert len(await sent(store)) == owed


async def test_a_few_new_entries_are_no_flood(store: Store, site: Site, poller: Poller) -> None:
    feed = await followed(store, site, poller, item(0, at=START - DAY))
    site.answer = rss(*(item(n, at=START - n * DAY) for n in range(2, 9)))
    await poller.poll(feed)
    assert len(await sent(store)) == 7


async def test_one_story_from_two_feeds_is_owed_once(store: Store, site: Site, poller: Poller) -> None:
    await follow(store, ANN)
    await add(store, site, "river")
    await add(store, site, "mirror", "/mirror")
    site.answer = rss(item(1, "渡轮停航", at=START - MINUTE))
    assert await poller.tick() == 2
    assert await sent(store) == ["渡轮停航"]
    assert (await store.ledger.counts()).articles == 2


async def test_a_guid_that_changes_with_the_headline_makes_no_second_story(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    await follow(store, ANN)
    feed = await add(store, site)
    story = "<link>https://news.example/2026/ferry</link><pubDate>2026-11-22T07:59:00Z</pubDate>"
    site.answer = rss(f"<item><guid>ferry-stops</guid><title>渡轮停航</title>{story}</item>")
    await poller.poll(feed)
    clock.pass_(MINUTE)
    await follow(store, BOB, topic="late", since=clock() - 1 * MINUTE)
    site.answer = rss(f"<item><guid>ferry-stops-again</guid><title>渡轮再度停航</title>{story}</item>")
    await poller.poll(feed)
    assert await sent(store, ANN) == ["渡轮停航"]


async def test_entries_that_all_link_to_the_front_page_are_stories_of_their_own(
    store: Store, site: Site, poller: Poller
) -> None:
    feed = await followed(store, site, poller)
    for link in ("https://news.example/", "https://news.example/live"):
        entries = [
            f"<item><guid>{link}{n}</guid><link>{link}</link><title>渡轮{n}</title></item>" for n in range(3)
        ]
        site.answer = rss(entries[0], entries[1])
        await poller.poll(feed)
        site.answer = rss(entries[2], entries[1], entries[0])
        await poller.poll(feed)
    assert len(await sent(store)) == 6


# Conditional requests (C1-C8)


async def test_validators_come_back_byte_for_byte(store: Store, site: Site, poller: Poller) -> None:
    feed = await add(store, site)
    site.says(body=rss(), ETag='W/"a"', Last_Modified="some odd text")
    await poller.poll(feed)
    assert "If-None-Match" not in site.last.headers
    await poller.poll(feed)
    assert site.last.headers["If-None-Match"] == 'W/"a"'
    assert site.last.headers["If-Modified-Since"] == "some odd text"


async def test_a_validator_that_is_no_longer_sent_is_dropped(
    store: Store, site: Site, poller: Poller
) -> None:
    feed = await add(store, site)
    site.says(body=rss(), ETag='"a"', Last_Modified="x")
    await poller.poll(feed)
    site.says(body=rss(item(1)), ETag='"b"')
    await poller.poll(feed)
    await poller.poll(feed)
    assert site.last.headers["If-None-Match"] == '"b"'
    assert "If-Modified-Since" not in site.last.headers


async def test_new_validators_are_kept_also_with_the_same_body(
    store: Store, site: Site, poller: Poller
) -> None:
    feed = await add(store, site)
    for etag in ('"v1"', '"v2"'):
        site.says(body=rss(item(1)), ETag=etag)
        await poller.poll(feed)
    await poller.poll(feed)
    assert site.last.headers["If-None-Match"] == '"v2"'


async def test_a_304_replaces_what_it_brings_and_keeps_the_rest(
    store: Store, site: Site, poller: Poller
) -> None:
    feed = await add(store, site)
    site.says(body=rss(), ETag='"a"', Last_Modified="x")
    await poller.poll(feed)
    site.says(304, ETag='"b"')
    await poller.poll(feed)
    site.says(304)
    new = await poller.poll(feed)
    assert (new.etag, new.last_modified, new.error, new.errors) == ('"b"', "x", "", 0)


async def test_after_eight_days_of_304_the_whole_feed_is_asked_for(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    feed = await add(store, site)
    site.says(body=rss(), ETag='"stuck"')
    await poller.poll(feed)
    site.says(304)
    clock.pass_(7 * DAY)
    await poller.poll(feed)
    assert "If-None-Match" in site.last.headers
    clock.pass_(DAY)
    await poller.poll(feed)
    assert "If-None-Match" not in site.last.headers
    site.says(body=rss(item(1)), ETag='"stuck"')
    await poller.poll(feed)
    await poller.poll(feed)
    assert "If-None-Match" in site.last.headers


async def test_an_identical_body_is_not_parsed_again(
    store: Store, site: Site, poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = await add(store, site)
    site.answer = rss(item(1))
    await poller.poll(feed)
    monkeypatch.setattr(feeds, "parse", lambda *args: pytest.fail("parsed"))
    assert (await poller.poll(feed)).error == ""


async def test_a_stuck_etag_does_not_hide_new_content(store: Store, site: Site, poller: Poller) -> None:
    await follow(store)
    feed = await add(store, site)
    site.says(body=rss(item(1)), ETag='"stuck"')
    await poller.poll(feed)
    site.says(body=rss(item(2), item(1)), ETag='"stuck"')
    await poller.poll(feed)
    assert await sent(store) == ["渡轮第2条"]


@pytest.mark.parametrize("body", [b"", b" \r\n"])
async def test_an_empty_answer_changes_nothing(store: Store, site: Site, poller: Poller, body: bytes) -> None:
    feed = await add(store, site)
    site.says(body=rss(item(1)), ETag='"a"')
    await poller.poll(feed)
    before = await state(store)
    site.says(body=body)
    after = await poller.poll(feed)
    assert replace(after, next_poll=None) == replace(before, next_poll=None)


async def test_the_first_document_is_the_first_whatever_answers_came_before(
    store: Store, site: Site, poller: Poller
) -> None:
    await follow(store)
    feed = await add(store, site)
    for status in (200, 304, 500):
        site.says(status)
        await poller.poll(feed)
    site.answer = rss(*(item(n) for n in range(5)))
    await poller.poll(feed)
    assert await sent(store) == []


async def test_a_new_address_gets_no_validators_of_the_old_one(
    store: Store, site: Site, poller: Poller
) -> None:
    feed = await add(store, site)
    site.says(body=rss(item(1)), ETag='"a"')
    await poller.poll(feed)
    await poller.poll(replace(feed, url=f"{site.url}/moved"))
    assert "If-None-Match" not in site.last.headers
    assert (await state(store)).error == ""
    await poller.poll(replace(feed, url=f"{site.url}/moved"))
    assert "If-None-Match" in site.last.headers


# Failures (S1-S14)


async def test_retry_after_is_honoured_also_after_a_restart(
    site: Site, web: Web, clock: Clock, tmp_path: Path
) -> None:
    for status, value in ((429, "7200"), (503, "Sun, 22 Nov 2026 10:00:00 GMT")):
        folder = str(tmp_path / str(status))
        site.says(status, Retry_After=value, Date="Sun, 22 Nov 2026 08:00:00 GMT")
        site.requests.clear()
        clock.time = START
        for passed in (timedelta(0), MINUTE, 119 * MINUTE, 121 * MINUTE):
            clock.time = START + passed
            async with open_store(folder) as store:
                await add(store, site)
                poller = Poller(store.registry, store.ledger, web, now=clock)
                await poller.tick()
                poller.close()
        assert len(site.requests) == 2


async def test_a_feed_that_is_gone_is_paused_and_says_why(store: Store, site: Site, poller: Poller) -> None:
    await add(store, site)
    site.says(410)
    await poller.tick()
    (feed,) = await store.registry.feeds()
    assert feed.paused
    assert "410" in (await state(store)).error


@pytest.mark.parametrize("status", [401, 403, 404, 429, 451, 500, 502])
async def test_a_failing_feed_is_asked_ever_more_rarely(
    store: Store, site: Site, poller: Poller, clock: Clock, status: int
) -> None:
    await add(store, site)
    site.says(status)
    times = []
    while clock.time < START + 2 * DAY:
        if await poller.tick():
            times.append(clock.time)
        clock.pass_(15 * MINUTE)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) <= 9
    assert gaps == sorted(gaps)
    assert (await state(store)).failing_since == START


async def test_the_backoff_doubles_up_to_a_day(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    feed = await add(store, site)
    site.says(500)
    for errors in range(1, 12):
        new = await poller.poll(feed)
        assert (new.errors, new.polled) == (errors, clock.time)
        assert new.next_poll is not None
        expected = min(15 * MINUTE * 2**errors, DAY)
        assert 0.9 * expected <= new.next_poll - clock.time <= 1.1 * expected
    site.answer = rss()
    well = await poller.poll(feed)
    assert (well.errors, well.failing_since, well.error) == (0, None, "")


async def test_failures_keep_validators_hash_and_what_was_seen(
    store: Store, site: Site, poller: Poller
) -> None:
    await follow(store)
    feed = await add(store, site)
    site.says(body=rss(item(1, at=START - MINUTE)), ETag='"a"', Last_Modified="x")
    before = await poller.poll(feed)
    assert await sent(store) == ["渡轮第1条"]
    page = b"<!doctype html><html><title>down</title></html>"
    for status, body in ((500, b""), (404, b"<rss/>"), (200, page), (200, b"\x89PNG....")):
        site.says(status, body=body, ETag='"other"')
        after = await poller.poll(feed)
        assert after.error
        kept = (after.etag, after.last_modified, after.body_hash, after.title, after.succeeded)
        assert kept == (before.etag, before.last_modified, before.body_hash, before.title, before.succeeded)
    site.answer = rss(item(1, at=START - MINUTE))
    await poller.poll(feed)
    assert await sent(store) == []


async def test_a_web_page_is_an_error_that_says_so(store: Store, site: Site, poller: Poller) -> None:
    feed = await add(store, site)
    site.says(body=b"<html><body>log in</body></html>", Content_Type="application/rss+xml")
    assert (await poller.poll(feed)).error == "this is a web page, not a feed"


async def test_no_redirect_changes_the_feeds_address(store: Store, site: Site, poller: Poller) -> None:
    feed = await add(store, site)

    async def redirect(request: http.Request) -> http.Response:
        if request.path == "/feed":
            return http.Response(status=302, headers={"Location": "/elsewhere"})
        return http.Response(body=rss("<item><link>a</link><title>甲</title></item>"))

    site.answer = redirect
    await poller.poll(feed)
    (article,) = await store.ledger.by_url(f"{site.url}/a")
    assert article.title == "甲"
    assert [feed.url for feed in await store.registry.feeds()] == [f"{site.url}/feed"]
    await poller.poll(feed)
    assert site.requests[2].path == "/feed"


async def test_a_redirect_loop_is_an_error(store: Store, site: Site, poller: Poller) -> None:
    feed = await add(store, site)
    site.says(301, Location="/feed")
    assert "redirects" in (await poller.poll(feed)).error


async def test_thirty_entries_in_broken_xml_are_delivered_and_a_bad_one_only_costs_itself(
    store: Store, site: Site, poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    await follow(store)
    feed = await add(store, site)
    article = feeds.article

    def fail_on_seven(entry: feeds.Entry, **kwargs: object) -> Article:
        if entry.identity == "7":
            raise RuntimeError("a bug")
        return article(entry, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(feeds, "article", fail_on_seven)
    site.answer = rss(*(item(n, f"渡轮 A&B {n}", at=START - MINUTE) for n in range(30)))
    assert (await poller.poll(feed)).error == ""
    assert len(await sent(store)) == 29


async def test_an_unexpected_error_is_that_feeds_alone(
    store: Store,
    site: Site,
    poller: Poller,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await add(store, site, "good", "/good")
    await add(store, site, "bad", "/bad")
    parse = feeds.parse

    def fail_on_bad(body: bytes, content_type: str, url: str) -> feeds.Document:
        if url.endswith("/bad"):
            raise RuntimeError("a bug")
        return parse(body, content_type, url)

    monkeypatch.setattr(feeds, "parse", fail_on_bad)
    site.answer = rss(item(1))
    assert await poller.tick() == 2
    assert (await state(store, "good")).error == ""
    bad = await state(store, "bad")
    assert (bad.error, bad.errors) == ("internal error (RuntimeError)", 1)
    assert bad.next_poll is not None
    assert bad.next_poll > START
    assert "Traceback" in caplog.text


async def test_a_ledger_that_cannot_write_does_not_make_a_storm_of_requests(
    store: Store, site: Site, poller: Poller, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: object) -> int:
        raise StoreError

    await add(store, site)
    site.answer = rss(item(1))
    with monkeypatch.context() as patch:
        patch.setattr(store.ledger, "record", fail)
        for _ in range(60):
            await poller.tick()
            clock.pass_(timedelta(seconds=1))
    assert len(site.requests) == 1
    clock.pass_(HOUR)
    await poller.tick()
    assert (await state(store)).error == ""


async def test_our_own_network_being_down_counts_against_no_feed(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    hosts = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    down = [Feed(host, f"http://{host}:1/feed") for host in hosts]
    for _ in range(3):
        for feed in down:
            await poller.poll(feed)
    assert [(await state(store, host)).errors for host in hosts] == [1, 0, 0]
    assert all([(await state(store, host)).error for host in hosts])
    site.answer = rss()
    for feed in down:
        await poller.poll(await add(store, site, f"up-{feed.id}"))  # others answer, so it is theirs
        await poller.poll(feed)
    assert [(await state(store, host)).errors for host in hosts] == [2, 1, 1]


async def test_two_dead_hosts_are_not_taken_for_our_own_network_for_ever(
    store: Store, poller: Poller, clock: Clock
) -> None:
    dead = [Feed(host, f"http://{host}:1/feed") for host in ("127.0.0.2", "127.0.0.3")]
    for _ in range(4):
        for feed in dead:
            await poller.poll(feed)
        clock.pass_(10 * MINUTE)
    assert [(await state(store, feed.id)).errors for feed in dead] == [3, 2]


@pytest.mark.parametrize(
    "link", ["https://[zz]/x", "http://[::1", "https://a.example:99999/x", "https://℀.example/"]
)
async def test_an_entry_whose_link_is_no_address_is_owed_and_so_is_the_rest(
    store: Store, site: Site, poller: Poller, link: str
) -> None:
    feed = await followed(store, site, poller)
    site.answer = rss(item(1).replace("https://news.example/1", link), item(2))
    assert (await poller.poll(feed)).error == ""
    assert sorted(await sent(store)) == ["渡轮第1条", "渡轮第2条"]
    await poller.poll(feed)
    assert (await store.ledger.counts()).articles == 2


async def test_a_document_that_is_being_parsed_does_not_keep_the_process_alive() -> None:
    program = """
import asyncio, time
from bot.poll import MOST_CHANGED, Poller, recording
async def main():
    poller = Poller(None, None, None)
    task = asyncio.create_task(poller._worker.run(time.sleep, 60))
    await asyncio.sleep(0.1)
    task.cancel()
    poller.close()
asyncio.run(main())
"""
    async with asyncio.timeout(60), python("-c", program) as process:
        assert await process.ended() == 0, await process.output.read()


async def test_a_document_that_takes_for_ever_is_reported_and_every_other_feed_goes_on(
    store: Store, site: Site, web: Web, clock: Clock
) -> None:
    with closing(Reader(seconds=0.2)) as reader:

        async def read(work: Callable[..., object], /, *args: object, **named: object) -> object:
            if work is feeds.parse and b"for ever" in cast("bytes", args[0]):
                return await reader.run(re.match, r"(a+)+$", "a" * 60 + "b")
            return work(*args, **named)  # here, where no time is measured

        async def answer(request: http.Request) -> http.Response:
            titles = {"/ill": "for ever", "/well": "渡轮停航"}
            return http.Response(body=rss(item(1, titles[request.path], at=START - MINUTE)))

        await follow(store)
        for name in "ill", "well":
            await add(store, site, name, f"/{name}")
        site.answer = answer
        poller = Poller(store.registry, store.ledger, web, now=clock, read=cast("Run", read))
        await poller.tick()
        poller.close()
    assert ((await state(store, "ill")).kind, (await state(store, "ill")).errors) == ("unreadable", 1)
    assert "too long" in (await state(store, "ill")).error
    assert await sent(store) == ["渡轮停航"]


@pytest.mark.parametrize(("unreadable", "errors", "owed"), [(2, 0, 3), (3, 1, 0)])
async def test_entries_that_take_for_ever_cost_only_themselves_while_they_are_few(
    store: Store, site: Site, web: Web, clock: Clock, unreadable: int, errors: int, owed: int
) -> None:
    async def read(work: Callable[..., object], /, *args: object, **named: object) -> object:
        if work is feeds.article and cast("feeds.Entry", args[0]).title == "for ever":
            raise Unreadable
        return work(*args, **named)

    await follow(store)
    poller = Poller(store.registry, store.ledger, web, now=clock, read=cast("Run", read))
    endless = [item(f"e{n}", "for ever", at=START - MINUTE) for n in range(unreadable)]
    site.answer = rss(*endless, *(item(n, at=START - MINUTE) for n in range(3)))
    assert (await poller.poll(await add(store, site))).errors == errors
    assert len(await sent(store)) == owed
    poller.close()


async def test_no_secret_of_an_address_reaches_log_or_state(
    store: Store, site: Site, poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    url = site.url.replace("//", "//ann:pa55word@") + "/feed?token=t0ken"
    feed = Feed("river", url)
    moves = {"/feed": "/b?token=t0ken", "/b": "/c?token=t0ken"}

    async def redirect(request: http.Request) -> http.Response:
        if target := moves.get(request.path):
            return http.Response(status=301, headers={"Location": target})
        return http.Response(body=rss(item(1)))

    with caplog.at_level(logging.DEBUG, "bot"):
        site.answer = redirect
        await poller.poll(feed)
        moves["/c"] = "/b?token=t0ken"
        await poller.poll(feed)
        site.says(500)
        await poller.poll(feed)
        await poller.poll(replace(feed, url=url.replace("127.0.0.1", "[::1")))
    logged = "".join(record.getMessage() for record in caplog.records if record.name.startswith("bot"))
    assert "has moved for good" in logged
    for secret in ("pa55word", "t0ken"):
        assert secret not in logged
        assert secret not in (await state(store)).error


# Scheduling (T1, T12-T15)


async def test_a_restart_polls_nothing_early(site: Site, web: Web, clock: Clock, tmp_path: Path) -> None:
    site.answer = rss(item(1))
    for passed in (timedelta(0), MINUTE, 13 * MINUTE, 17 * MINUTE):
        clock.time = START + passed
        async with open_store(str(tmp_path / "data")) as store:
            await add(store, site)
            poller = Poller(store.registry, store.ledger, web, now=clock)
            await poller.tick()
            poller.close()
    assert len(site.requests) == 2


async def test_every_answer_leaves_a_next_poll(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    feed = await add(store, site)
    for status, body in (
        (200, rss(item(1))),
        (200, rss(item(1))),
        (200, b""),
        (200, rss()),
        (200, b"<html>"),
        (200, bytes((5 << 20) + 1)),
        (304, b""),
        (302, b""),
        (404, b""),
        (500, b""),
    ):
        site.says(status, body=body)
        clock.pass_(MINUTE)
        await poller.poll(feed)
        next_poll = (await state(store)).next_poll
        assert next_poll is not None
        assert next_poll - clock.time >= MINUTE


async def test_feeds_are_polled_every_interval_give_or_take_a_tenth(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    site.answer = rss()
    pauses = set()
    for number in range(10):
        feed = await add(store, site, f"f{number}", interval=HOUR)
        new = await poller.poll(feed)
        assert new.next_poll is not None
        pauses.add(new.next_poll - clock.time)
    assert all(54 * MINUTE <= pause <= 66 * MINUTE for pause in pauses)
    assert len(pauses) > 1


async def test_short_intervals_are_kept_exactly_down_to_the_floor(
    store: Store, site: Site, web: Web, clock: Clock
) -> None:
    second = timedelta(seconds=1)
    poller = Poller(store.registry, store.ledger, web, interval=5 * second, floor=2 * second, now=clock)
    site.answer = rss()
    assert (await poller.poll(await add(store, site, "a"))).next_poll == clock.time + 5 * second
    assert (
        await poller.poll(await add(store, site, "b", interval=second))
    ).next_poll == clock.time + 2 * second
    poller.close()


async def test_max_age_makes_polls_rarer_up_to_an_hour_and_never_more_frequent(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    feed = await add(store, site)
    for age, low, high in ((1800, 30, 30), (10**8, 60, 60), (60, 13.5, 16.5), (0, 13.5, 16.5)):
        site.says(body=rss(), Cache_Control=f"max-age={age}")
        new = await poller.poll(feed)
        assert new.next_poll is not None
        assert low * MINUTE <= new.next_poll - clock.time <= high * MINUTE


async def test_a_feed_is_fetched_once_however_many_follow_it(
    store: Store, site: Site, poller: Poller
) -> None:
    for chat in range(1, 51):
        await follow(store, Destination(chat), topic=f"t{chat % 5}")
    await add(store, site)
    site.answer = rss(item(1, at=START - MINUTE))
    await poller.tick()
    assert len(site.requests) == 1
    assert (await store.ledger.counts()).deliveries == {"ready": 50}


async def test_a_paused_feed_is_not_fetched(store: Store, site: Site, poller: Poller) -> None:
    await add(store, site, paused=True)
    assert await poller.tick() == 0
    assert site.requests == []


async def test_what_has_been_due_longest_is_polled_first(
    store: Store, site: Site, web: Web, clock: Clock
) -> None:
    poller = Poller(store.registry, store.ledger, web, concurrency=1, now=clock)
    site.answer = rss()
    for id, minutes in (("b", 2), ("c", 1), ("a", 3)):
        await add(store, site, id, f"/{id}")
        await store.ledger.record(FeedState(id, next_poll=START - minutes * MINUTE), (), (), START)
    await add(store, site, "new", "/new")
    await poller.tick()
    assert [request.path for request in site.requests] == ["/new", "/a", "/b", "/c"]
    poller.close()


async def test_a_slow_poll_is_never_overlapped_by_the_next(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    go, arrived = asyncio.Event(), asyncio.Event()

    async def slow(request: http.Request) -> http.Response:
        arrived.set()
        await go.wait()
        return http.Response(body=rss())

    site.answer = slow
    feed = await add(store, site)
    first = asyncio.create_task(poller.tick())
    await arrived.wait()
    clock.pass_(DAY)
    assert await poller.tick() == 0
    await poller.poll(feed)
    assert len(site.requests) == 1
    go.set()
    assert await first == 1


class Crowd:
    """Requests that are answered when the test says so, and how many there were at a time."""

    def __init__(self) -> None:
        self.go, self.two = asyncio.Event(), asyncio.Event()
        self.waiting = self.most = 0

    async def __call__(self, request: http.Request) -> http.Response:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.most >= 2:
            self.two.set()
        await self.go.wait()
        self.waiting -= 1
        return http.Response(body=rss())


async def test_a_slow_host_holds_up_no_other(store: Store, site: Site, poller: Poller) -> None:
    site.answer = crowd = Crowd()
    for number in range(12):
        await add(store, site, f"slow{number}", f"/{number}")

    async def release(request: http.Request) -> http.Response:
        crowd.go.set()
        return http.Response(body=rss())

    async with running() as other:
        other.answer = release
        await add(store, other, "quick")
        await asyncio.wait_for(poller.tick(), 60)
    assert (await state(store, "quick")).error == ""
    assert crowd.most == 1


async def test_no_more_feeds_are_polled_at_a_time_than_configured(
    store: Store, web: Web, clock: Clock
) -> None:
    poller = Poller(store.registry, store.ledger, web, concurrency=2, now=clock)
    crowd = Crowd()
    async with AsyncExitStack() as servers:
        for number in range(5):
            site = await servers.enter_async_context(running())
            site.answer = crowd
            await add(store, site, f"f{number}")
        ticking = asyncio.create_task(poller.tick())
        await crowd.two.wait()
        crowd.go.set()
        assert await ticking == 5
    assert crowd.most == 2
    poller.close()


async def test_a_feed_that_was_removed_meanwhile_harms_nothing(
    store: Store, site: Site, poller: Poller
) -> None:
    async def remove(request: http.Request) -> http.Response:
        await store.registry.remove_feed("river")
        return http.Response(status=410)

    site.answer = remove
    await add(store, site)
    assert await poller.tick() == 1
    assert await store.registry.feeds() == ()


# Politeness


async def test_a_retry_after_holds_every_feed_of_its_host_also_after_a_restart(
    site: Site, web: Web, clock: Clock, tmp_path: Path
) -> None:
    site.says(429, Retry_After="7200")
    for passed, requests in ((timedelta(0), 1), (119 * MINUTE, 1), (2 * HOUR, 2)):
        clock.time = START + passed
        async with open_store(str(tmp_path)) as store:
            for id in ("a", "b", "c"):
                await add(store, site, id, f"/{id}")
            poller = Poller(store.registry, store.ledger, web, now=clock)
            for id in ("a", "b", "c"):
                poller.hurry(id)
            await poller.tick()
            poller.close()
        assert len(site.requests) == requests, passed


async def test_a_held_host_holds_no_other(store: Store, site: Site, poller: Poller) -> None:
    async with running() as other:
        other.says(body=rss(item(1)))
        site.says(503, Retry_After="7200")
        await add(store, site, "a")
        await add(store, other, "b")
        await poller.tick()
        assert (await state(store, "b")).succeeded
        assert not (await state(store, "a")).succeeded


@pytest.mark.parametrize(
    ("head", "low", "high"),
    [
        ("<ttl>120</ttl>", 120, 120),
        ("<ttl>5</ttl>", 13, 17),
        ("<ttl>999999</ttl>", 1440, 1440),
        ("<ttl>soon</ttl><ttl/>", 13, 17),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 13, 17),
        ("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 360, 360),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 13, 17),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>",
            13,
            17,  # as WordPress says of every feed
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 30, 30),
        ("<sy:updatePeriod>never</sy:updatePeriod>", 13, 17),
    ],
)
async def test_a_feed_that_asks_for_longer_pauses_gets_them_up_to_a_day(
    store: Store, site: Site, poller: Poller, clock: Clock, head: str, low: int, high: int
) -> None:
    feed = await add(store, site)
    space = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    body = (
        rss(item(1))
        .replace(b"<channel>", f"<channel>{head}".encode())
        .replace(b"<rss", f"<rss {space}".encode())
    )
    site.says(body=body, ETag='"1"')
    for _ in "first", "the same once more", "304":
        new = await poller.poll(feed)
        assert new.next_poll is not None
        assert low * MINUTE <= new.next_poll - clock.time <= high * MINUTE
        if _ == "the same once more":
            site.says(304)


async def test_an_interval_that_somebody_set_for_a_feed_wins_over_what_its_document_asks_for(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    feed = await add(store, site, interval=MINUTE * 20)
    site.says(body=rss(item(1)).replace(b"<channel>", b"<channel><ttl>600</ttl>"))
    new = await poller.poll(feed)
    assert new.next_poll is not None
    assert 18 * MINUTE <= new.next_poll - clock.time <= 22 * MINUTE
    assert new.ttl == 36_000, "which holds again once nobody has set one"


class Admins:
    """Who is told of feeds that fail, and can be out of reach."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []
        self.within_reach = True

    async def tell(self, feed: Feed, state: FeedState, alarm: int) -> bool:
        if self.within_reach:
            self.heard.append((feed.id, alarm))
        return self.within_reach


@pytest.fixture
def admins() -> Admins:
    return Admins()


@pytest.fixture
def loud(store: Store, web: Web, clock: Clock, admins: Admins) -> Iterator[Poller]:
    poller = Poller(store.registry, store.ledger, web, now=clock, tell=admins.tell)
    yield poller
    poller.close()


async def test_a_day_of_failing_is_told_once_and_a_fortnight_pauses_the_feed(
    store: Store, site: Site, loud: Poller, clock: Clock, admins: Admins
) -> None:
    await add(store, site)
    site.says(500)
    heard: dict[int, timedelta] = {}
    while clock.time < START + 16 * DAY:
        await loud.tick()
        for _, alarm in admins.heard:
            heard.setdefault(alarm, clock.time - START)
        clock.pass_(HOUR)
    assert [alarm for _, alarm in admins.heard] == [rhythm.ILL, rhythm.DEAD]
    assert DAY <= heard[rhythm.ILL] <= DAY + HOUR, "an hour later where it was just being tried again"
    assert 14 * DAY <= heard[rhythm.DEAD] <= 14 * DAY + HOUR
    (feed,) = await store.registry.feeds()
    assert feed.paused


async def test_a_feed_that_recovered_and_fails_again_is_told_again(
    store: Store, site: Site, loud: Poller, clock: Clock, admins: Admins
) -> None:
    await add(store, site)
    for status in 500, 200, 500:
        site.says(status, rss(item(1)))
        for _ in range(50):
            await loud.tick()
            clock.pass_(HOUR)
    assert admins.heard == [("river", rhythm.ILL)] * 2


async def test_what_admins_could_not_be_told_is_told_when_they_can_be(
    store: Store, site: Site, loud: Poller, clock: Clock, admins: Admins
) -> None:
    await add(store, site)
    site.says(410)
    admins.within_reach = False
    for _ in range(3):
        await loud.tick()
        clock.pass_(HOUR)
    admins.within_reach = True
    for _ in range(3):
        await loud.tick()
        clock.pass_(HOUR)
    assert admins.heard == [("river", rhythm.DEAD)], "that it is paused is told, and once"
    assert len(site.requests) == 1


async def test_a_fortnight_in_which_nobody_looked_is_no_fortnight_of_failing(
    store: Store, site: Site, loud: Poller, clock: Clock, admins: Admins
) -> None:
    await add(store, site)
    site.says(500)
    await loud.tick()
    clock.pass_(20 * DAY)
    site.says(body=rss(item(1)))
    await loud.tick()
    await loud.tick()
    assert admins.heard == []


async def test_a_feed_that_is_hurried_is_polled_at_the_next_tick_but_not_sooner_than_the_floor(
    store: Store, site: Site, poller: Poller, clock: Clock
) -> None:
    await add(store, site)
    site.says(500)
    await poller.tick()
    poller.hurry("river")
    await poller.tick()
    assert len(site.requests) == 1
    clock.pass_(MINUTE)
    await poller.tick()
    await poller.tick()
    assert len(site.requests) == 2


async def test_what_is_polled_is_cleaned_by_the_operators_own_rules(
    store: Store, site: Site, web: Web, clock: Clock
) -> None:
    plea = "喜欢就点个在看，让更多邻居读到河岸日报。"
    text = f"<![CDATA[<p>渡轮今天加开了两班。</p><p>码头说旺季还会再加。</p><p>{plea}</p>]]>"
    entry = item(1, at=START - HOUR).replace("</item>", f"<description>{text}</description></item>")
    rules = {"river": (LineRule("tail", ("^喜欢就点个在看",)),)}
    poller = Poller(store.registry, store.ledger, web, now=clock, clutter=lambda id: rules.get(id, ()))
    with closing(poller):
        await followed(store, site, poller, entry)
    (article,) = (await store.ledger.search(parse("渡轮"))).articles
    assert [block.text for block in article.body] == ["渡轮今天加开了两班。", "码头说旺季还会再加。"]


def test_in_a_feed_that_changes_all_over_each_entry_has_its_turn() -> None:
    keys = [str(number) for number in range(3 * MOST_CHANGED)]
    turns = [recording._some(keys, START + n * MINUTE) for n in range(60)]
    assert all(len(turn) == MOST_CHANGED for turn in turns)
    assert set(keys) == {key for turn in turns for key in turn}
    assert recording._some(keys[:9], START) == keys[:9]
