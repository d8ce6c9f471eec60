"""The sample feed: what the demo and other tests take for granted of it."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import feedparser
import pytest

from bot.sandbox.newsroom import Newsroom, stories


@pytest.fixture
async def newsroom() -> AsyncIterator[Newsroom]:
    async with Newsroom(every=None) as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def read(client: aiohttp.ClientSession, url: str) -> feedparser.FeedParserDict:
    async with client.get(url) as answer:
        assert answer.content_type == "application/rss+xml"
        body = await answer.read()
    parsed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    return parsed


async def test_an_empty_newsroom_serves_an_empty_feed(
    newsroom: Newsroom, client: aiohttp.ClientSession
) -> None:
    feed = await read(client, newsroom.url)
    assert feed.feed.title == "样本新闻网"
    assert feed.entries == []


async def test_the_feed_keeps_the_newest_twenty_and_their_guids(
    newsroom: Newsroom, client: aiohttp.ClientSession
) -> None:
    published = [newsroom.publish() for _ in range(30)]
    first, again = await read(client, newsroom.url), await read(client, newsroom.url)
    assert [e.title for e in first.entries] == [p.title for p in reversed(published[-20:])]
    assert [e.id for e in first.entries] == [e.id for e in again.entries]
    assert len({p.url for p in published}) == len({p.guid for p in published}) == 30
    assert timegm(first.entries[0].published_parsed) == int(published[-1].at.timestamp())


async def test_every_article_has_the_parts_that_mirrors_leave_in(
    newsroom: Newsroom, client: aiohttp.ClientSession
) -> None:
    for story in stories():
        newsroom.publish()
        html = (await read(client, newsroom.url)).entries[0].summary
        assert re.match(r"<div><i><br>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z</i></div><img src=", html)
        assert 'width="100%"><div><small style="color: #999;"></small></div><p>' in html
        assert re.search(r"<p>(（[^）]+）|[A-Z ]+ — )", html), "a dateline"
        assert len(re.findall("<p>", html)) >= 6
        assert "</strong></p>" in html
        assert all(name in html for name in story.credits)
        assert re.search(r"<p><em>© \d{4}.+</em></p><br><hr><div>获取更多RSS：<br><a href=", html)
        assert 350 <= len(re.sub(r"<[^>]+>|\s", "", story.text)) <= 1500


async def test_the_first_articles_name_what_the_demo_follows() -> None:
    texts = [story.title + story.text for story in stories()]
    assert sum("拜登" in text for text in texts[:5]) >= 3
    assert sum("拜登" in text for text in texts) >= 6
    assert {story.language for story in stories()} == {"zh-Hans", "zh-Hant", "en"}


async def test_what_has_not_changed_is_answered_with_304(
    newsroom: Newsroom, client: aiohttp.ClientSession
) -> None:
    newsroom.publish()
    async with client.get(newsroom.url) as answer:
        etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
    for validators in (
        {"If-None-Match": etag},
        {"If-None-Match": f"W/{etag}"},
        {"If-Modified-Since": modified},
    ):
        async with client.get(newsroom.url, headers=validators) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
    newsroom.publish()
    both = {"If-None-Match": etag, "If-Modified-Since": modified}
    async with client.get(newsroom.url, headers=both) as answer:
        assert answer.status == 200
    async with client.get(newsroom.url, headers={"If-Modified-Since": "not a date"}) as answer:
        assert answer.status == 200


async def test_pictures_are_jpegs_behind_the_proxy_and_at_their_origin(
    newsroom: Newsroom, client: aiohttp.ClientSession
) -> None:
    for _ in stories():
        newsroom.publish()
    feed = await read(client, newsroom.url)
    proxied = {url for entry in feed.entries for url in re.findall(r'<img src="([^"]+)"', entry.summary)}
    origins = {parse_qs(urlsplit(url).query)["url"][0] for url in proxied}
    assert len(origins) >= 10
    assert all(origin.startswith(newsroom.origin) for origin in origins)
    for url in proxied | origins:
        async with client.get(url) as answer:
            body = await answer.read()
            assert answer.content_type == "image/jpeg"
        assert body.startswith(b"\xff\xd8\xff")
        assert len(body) <= 60_000


@pytest.mark.parametrize(
    "path",
    [
        "/proxy/",
        "/proxy/?url=http%3A%2F%2F127.0.0.1%3A1%2Fpictures%2Fchip.jpg",
        "/proxy/?url=https%3A%2F%2Felsewhere.example%2Fx.jpg",
        "/pictures/..%2F..%2Fnewsroom.py",
        "/pictures/articles.toml",
        "/api/detail/article/99",
        f"/api/detail/article/{'9' * 5000}",
        f"/pictures/{'a' * 300}.jpg",
        "/pictures/%00.jpg",
        "/zh-Hans/nothing/a-1",
    ],
)
async def test_nothing_else_can_be_fetched_through_it(
    newsroom: Newsroom, client: aiohttp.ClientSession, path: str
) -> None:
    async with client.get(newsroom.origin + path) as answer:
        assert answer.status == 404


async def test_links_lead_to_readable_pages(newsroom: Newsroom, client: aiohttp.ClientSession) -> None:
    for _ in range(26):
        item = newsroom.publish()
    async with client.get(item.url) as answer:
        page = await answer.text()
    assert item.story.title in page.replace("&quot;", '"')
    for link in [newsroom.origin, *re.findall(rf'{newsroom.origin}/api/[^"]+', page)]:
        async with client.get(link) as answer:
            assert answer.status == 200


async def test_a_wanted_story_comes_before_its_turn_and_none_is_left_out(newsroom: Newsroom) -> None:
    wanted = newsroom.publish(lambda story: "臺灣" in story.tags)
    assert "臺灣" in wanted.story.tags
    others = [newsroom.publish() for _ in stories()[1:]]
    assert {item.title for item in (wanted, *others)} == {story.title for story in stories()}
    again = newsroom.publish(lambda story: False)
    assert again.story is wanted.story, "where nothing is wanted, it is the next one's turn"
    assert again.title == f"{wanted.title} (2)"


async def test_a_date_that_no_calendar_has_is_no_condition(
    newsroom: Newsroom, client: aiohttp.ClientSession
) -> None:
    date = f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"
    async with client.get(newsroom.url, headers={"If-Modified-Since": date}) as answer:
        assert answer.status == 200


async def test_it_publishes_by_itself(client: aiohttp.ClientSession) -> None:
    async with Newsroom(every=0.001) as newsroom:
        while not (await read(client, newsroom.url)).entries:
            pass
