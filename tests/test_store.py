"""The contract of storage: what every backend promises, checked on each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import Missing, StoreError
from bot.model import (
    Article,
    Block,
    Change,
    Counts,
    Destination,
    Feed,
    FeedState,
    Findings,
    Following,
    Gone,
    Moved,
    Outcome,
    Owed,
    Refused,
    Retry,
    Sent,
    Subscriber,
    Topic,
)
from bot.query import parse
from bot.store import Store, open_store

NOW = datetime(2026, 11, 22, 8, 0, 0, 123000, tzinfo=UTC)
ANN, BOB, GROUP = Destination(1), Destination(2), Destination(-100, 7)

Opener = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture(params=["memory", "disk"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return ":memory:" if request.param == "memory" else str(tmp_path / "data")


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with open_store(url) as opened:
        yield opened


@pytest.fixture
def reopen(tmp_path: Path) -> Opener:
    return lambda: open_store(str(tmp_path / "data"))


def article(key: str, title: str = "标题", *body: str, minute: int = 0, **fields: object) -> Article:
    base = Article(
        key, "dw", title, f"https://x.example/{key}", "德国之声", NOW + timedelta(minutes=minute),
        body=tuple(Block(text) for text in body),
    )  # fmt: skip
    return replace(base, **fields)  # type: ignore[arg-type]


FULL = Article(
    key="0123456789abcdef01234567",
    feed="dw",
    title="拜登“会晤”\n习近平 😀",
    url="https://x.example/a?q=%E5%BE%B7",
    source="德国之声",
    published=NOW,
    updated=NOW + timedelta(hours=1),
    body=(Block("一段"), Block("小标题", "heading"), Block("引文", "quote"), Block("项", "item")),
    teaser="导语",
    images=("https://x.example/1.jpg", "https://x.example/2.jpg"),
    proxied=("https://proxy.example/1",),
    credits=("路透社",),
    rights_notice="© 2026",
    tags=("经济", "AI"),
    found=NOW + timedelta(seconds=5),
)
STATE = FeedState(
    "dw",
    etag='W/"é\udcff"',  # as it came, even where it is no text
    last_modified="Sun, 22 Nov 2026 08:00:00 GMT",
    validators_since=NOW,
    body_hash="abc",
    title="德国之声",
    next_poll=NOW + timedelta(minutes=15, microseconds=1),
    polled=NOW,
    errors=3,
    failing_since=NOW - timedelta(hours=1),
    error="502",
)
READER = Subscriber(
    GROUP, "一群人", "zh-Hant", "none", True, False, (Following("china", NOW, ("-体育", "NATO"), True),)
)


# What people decide


async def test_a_feed_is_added_once_changed_and_removed(store: Store) -> None:
    feed = Feed("dw", "https://x.example/rss", interval=timedelta(minutes=15), added=NOW)
    assert await store.registry.add_feed(feed)
    assert not await store.registry.add_feed(Feed("dw", "https://other.example"))
    assert await store.registry.feeds() == (feed,)
    changed = await store.registry.change_feed("dw", lambda f: replace(f, paused=True))
    assert changed == replace(feed, paused=True)
    assert await store.registry.remove_feed("dw") == changed
    assert await store.registry.remove_feed("dw") is None
    assert await store.registry.feeds() == ()


async def test_edits_that_wait_are_written_at_once_and_one_that_fails_alone_fails(tmp_path: Path) -> None:
    def fails(_: Subscriber) -> Subscriber:
        raise LookupError

    async with open_store(str(tmp_path)) as store:
        registry, written = store.registry, set()
        edits = [registry.add_topic(Topic(f"t{n}", "题", "词")) for n in range(50)]
        edits.append(registry.change_subscriber(ANN, fails))  # type: ignore[arg-type]
        edits += [registry.change_subscriber(Destination(n), lambda s: s) for n in range(50)]  # type: ignore[misc]
        for done in asyncio.as_completed(edits):
            try:
                await done
                written.add((tmp_path / "registry.json").stat().st_ino)
            except LookupError:
                written.add("failed")
    assert "failed" in written
    assert len(written) < 20
    async with open_store(str(tmp_path)) as store:
        assert len(await store.registry.topics()) == len(await store.registry.subscribers()) == 50


async def test_the_oldest_article_of_a_time_is_known(store: Store) -> None:
    assert await store.ledger.oldest(NOW) is None
    articles = [article(str(minute), minute=minute) for minute in (7, 5, 9)]
    await store.ledger.record(None, articles, (), NOW)
    assert await store.ledger.oldest(NOW) == NOW + timedelta(minutes=5)
    assert await store.ledger.oldest(NOW + timedelta(minutes=5, milliseconds=1)) == NOW + timedelta(minutes=7)
    assert await store.ledger.oldest(NOW + timedelta(hours=1)) is None


async def test_values_keep_the_order_in_which_they_were_added(store: Store) -> None:
    for id in ("c", "a", "b"):
        await store.registry.add_topic(Topic(id, id, id))
    await store.registry.change_topic("c", lambda t: replace(t, title="changed"))
    assert [topic.id for topic in await store.registry.topics()] == ["c", "a", "b"]


async def test_overlapping_changes_add_up(store: Store) -> None:
    await store.registry.add_topic(Topic("china", "中美", ""))

    def adding(word: str) -> Callable[[Topic], Topic]:
        return lambda topic: replace(topic, query=f"{topic.query} {word}".strip())

    await asyncio.gather(*(store.registry.change_topic("china", adding(str(n))) for n in range(20)))
    (topic,) = await store.registry.topics()
    assert sorted(map(int, topic.query.split())) == list(range(20))


async def test_what_is_no_longer_there_cannot_be_changed(store: Store) -> None:
    with pytest.raises(Missing):
        await store.registry.change_feed("dw", lambda feed: feed)
    with pytest.raises(Missing):
        await store.registry.change_topic("china", lambda topic: topic)


async def test_a_change_that_raises_or_renames_changes_nothing(store: Store) -> None:
    topic = Topic("china", "中美", "拜登")
    await store.registry.add_topic(topic)

    def fail(topic: Topic) -> Topic:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.registry.change_topic("china", fail)
    with pytest.raises(ValueError, match="china"):
        await store.registry.change_topic("china", lambda t: replace(t, id="other"))
    assert await store.registry.topics() == (topic,)


async def test_a_cancelled_change_is_made_whole_or_not_at_all(store: Store) -> None:
    task = asyncio.ensure_future(store.registry.add_topic(Topic("china", "中美", "拜登")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # The next change stands on what the cancelled one left.
    await store.registry.change_topic("china", lambda t: replace(t, title="changed"))
    assert [topic.title for topic in await store.registry.topics()] == ["changed"]


async def test_a_subscriber_is_made_by_the_first_change(store: Store) -> None:
    assert await store.registry.subscriber(ANN) is None
    made = await store.registry.change_subscriber(ANN, lambda one: replace(one, name="Ann"))
    assert made == Subscriber(ANN, "Ann") == await store.registry.subscriber(ANN)
    assert await store.registry.subscribers() == (made,)


async def test_a_subscriber_who_took_the_defaults_is_known_all_the_same(store: Store) -> None:
    await store.registry.change_subscriber(ANN, lambda one: one)
    assert await store.registry.subscribers() == (Subscriber(ANN),)


async def test_removing_a_topic_ends_every_following_of_it(store: Store) -> None:
    await store.registry.add_topic(Topic("china", "中美", "拜登"))
    both = (Following("china", NOW), Following("chips", NOW))
    await store.registry.change_subscriber(ANN, lambda one: replace(one, following=both))
    removed = await store.registry.remove_topic("china")
    assert removed == Topic("china", "中美", "拜登")
    ann = await store.registry.subscriber(ANN)
    assert ann
    assert ann.following == (Following("chips", NOW),)
    assert await store.registry.remove_topic("china") is None


async def test_a_group_that_moves_takes_everything_along_once(store: Store) -> None:
    old, new = -5, -1005
    registry = store.registry
    await registry.change_subscriber(
        Destination(old), lambda one: replace(one, language="zh-Hant", following=(Following("china", NOW),))
    )
    await registry.change_subscriber(Destination(old, 3), lambda one: replace(one, name="thread"))
    await registry.change_subscriber(Destination(new), lambda one: replace(one, name="only just heard of"))
    await registry.add_topic(Topic("mine", "我的", "拜登", owner=Destination(old)))
    for _ in range(2):  # again, nothing more happens
        await registry.move_chat(old, new)
        assert {one.destination for one in await registry.subscribers()} == {
            Destination(new), Destination(new, 3)
        }  # fmt: skip
        moved = await registry.subscriber(Destination(new))
        assert moved
        assert moved.language == "zh-Hant"
        assert moved.following == (Following("china", NOW),)
        assert (await registry.topics())[0].owner == Destination(new)


async def test_what_two_chats_both_followed_is_followed_once_after_the_move(store: Store) -> None:
    mine, theirs = Following("china", NOW, ("体育",)), Following("china", NOW)
    await store.registry.change_subscriber(
        Destination(1), lambda one: replace(one, following=(theirs, Following("chips", NOW)))
    )
    await store.registry.change_subscriber(Destination(2), lambda one: replace(one, following=(mine,)))
    await store.registry.move_chat(1, 2)
    merged = await store.registry.subscriber(Destination(2))
    assert merged
    assert merged.following == (mine, Following("chips", NOW))


# What the machine accumulates


async def test_an_article_comes_back_as_it_was(store: Store) -> None:
    assert await store.ledger.record(STATE, [FULL], [], NOW) == 1
    assert await store.ledger.article(FULL.key) == FULL
    assert await store.ledger.states() == {"dw": STATE}
    assert await store.ledger.article("missing") is None


async def test_an_article_remembers_when_it_was_found(store: Store) -> None:
    await store.ledger.record(None, [article("a")], [], NOW)
    found = await store.ledger.article("a")
    assert found
    assert found.found == NOW


async def test_what_is_there_already_stays_as_it_is(store: Store) -> None:
    assert await store.ledger.record(None, [article("a", "first")], [Owed(ANN, "a", ("x",))], NOW) == 1
    again = [article("a", "second"), article("b"), article("b", "twice")]
    assert await store.ledger.record(None, again, [Owed(ANN, "a", ("y",)), Owed(BOB, "a", ("y",))], NOW) == 1
    kept = await store.ledger.article("a")
    assert kept
    assert kept.title == "first"
    owed = [(delivery.destination, delivery.topics) for delivery, _ in await store.ledger.deliveries("a")]
    assert owed == [(ANN, ("x",)), (BOB, ("y",))]


async def test_a_record_is_made_whole_or_not_at_all(store: Store) -> None:
    unstorable = article("b", "\ud800")
    with pytest.raises(UnicodeEncodeError):
        await store.ledger.record(STATE, [article("a"), unstorable, article("c")], [Owed(ANN, "a", ())], NOW)
    assert await store.ledger.states() == {}
    assert await store.ledger.article("a") is None
    assert await store.ledger.counts() == Counts()


async def test_a_debt_for_an_article_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.ledger.record(None, [article("a")], [Owed(ANN, "elsewhere", ())], NOW)
    assert await store.ledger.article("a") is None


async def test_what_was_seen_is_asked_of_each_feed(store: Store) -> None:
    await store.ledger.record(None, [article("a"), article("b", feed="bbc")], [], NOW)
    assert await store.ledger.seen("dw", ["a", "b", "c"]) == {"a": ""}
    # Another feed's article under the same key: kept as it was, but seen from now on.
    await store.ledger.record(None, [article("b")], [], NOW)
    assert await store.ledger.seen("dw", ["a", "b", "c"]) == {"a": "", "b": ""}
    assert await store.ledger.seen("dw", []) == {}


async def test_articles_are_found_by_their_canonical_link(store: Store) -> None:
    await store.ledger.record(
        None,
        [
            article("old", url="https://x.example/p/?utm_source=rss#top"),
            article("new", url="https://X.example/p", minute=1),
            article("other", url="https://x.example/q"),
        ],
        [],
        NOW,
    )
    found = await store.ledger.by_url("https://x.example/p?utm_medium=feed")
    assert [one.key for one in found] == ["new", "old"]


async def test_a_story_that_was_asked_for_has_what_is_found_later(store: Store) -> None:
    await store.ledger.record(None, [article("a")], (), NOW)
    assert [one.key for one in await store.ledger.story("a")] == ["a"]
    await store.ledger.record(None, [article("b")], (), NOW, Findings(twins={"b": "a"}))
    assert [one.key for one in await store.ledger.story("a")] == ["a", "b"]
    newer = article("a", "更正的标题")
    await store.ledger.record(None, (), (), NOW, Findings(changed=(Change(newer),)))
    assert [one.title for one in await store.ledger.story("a")] == ["更正的标题", "标题"]


async def test_a_photo_is_known_by_its_address(store: Store) -> None:
    assert await store.ledger.photo("https://x.example/1.jpg") is None
    await store.ledger.keep_photo("https://x.example/1.jpg", "first")
    await store.ledger.keep_photo("https://x.example/1.jpg", "second")
    assert await store.ledger.photo("https://x.example/1.jpg") == "second"


# Debts


async def owing(store: Store, keys: str, *destinations: Destination) -> None:
    owed = [Owed(destination, key, ("china",)) for key in keys for destination in destinations]
    await store.ledger.record(None, [article(key) for key in keys], owed, NOW)


async def states(store: Store, key: str = "a") -> dict[Destination, str]:
    return {delivery.destination: state for delivery, state in await store.ledger.deliveries(key)}


def keys(claimed: object) -> list[str]:
    assert isinstance(claimed, list | tuple)
    return [delivery.article for delivery in claimed]


async def test_a_debt_is_claimed_once_and_paid_once(store: Store) -> None:
    await owing(store, "a", GROUP)
    (delivery,) = await store.ledger.claim(NOW, 10)
    assert (delivery.destination, delivery.article, delivery.topics) == (GROUP, "a", ("china",))
    assert (delivery.attempts, delivery.ambiguous, delivery.message_id) == (1, 0, None)
    assert not await store.ledger.claim(NOW, 10)
    await store.ledger.settle(delivery, Sent(55, "file", photo=True), NOW)
    assert await states(store) == {GROUP: "sent"}
    assert await store.ledger.delivered(GROUP.chat, 55) == replace(delivery, message_id=55, photo=True)
    assert await store.ledger.delivered(GROUP.chat, 56) is None
    assert await store.ledger.delivered(GROUP.chat, 56, delivery.id) == replace(
        delivery, message_id=55, photo=True
    )
    assert await store.ledger.delivered(GROUP.chat + 1, 55, delivery.id) is None
    assert not await store.ledger.claim(NOW + timedelta(days=9), 10)


async def test_each_destination_gets_its_articles_one_by_one_and_in_order(store: Store) -> None:
    await owing(store, "abc", ANN, GROUP)
    got: dict[Destination, list[str]] = {ANN: [], GROUP: []}
    for round in range(3):
        claimed = await store.ledger.claim(NOW, 10)
        assert {delivery.destination for delivery in claimed} == {ANN, GROUP}
        assert not await store.ledger.claim(NOW, 10)
        for delivery in claimed:
            got[delivery.destination].append(delivery.article)
            await store.ledger.settle(delivery, Sent(round), NOW)
    assert got == {ANN: ["a", "b", "c"], GROUP: ["a", "b", "c"]}


async def test_no_more_are_claimed_than_asked_for_and_none_that_are_held(store: Store) -> None:
    await owing(store, "a", ANN, BOB, GROUP)
    assert not await store.ledger.claim(NOW, 0)
    (first,) = await store.ledger.claim(NOW, 1, hold=[ANN.chat])
    assert first.destination == BOB
    rest = await store.ledger.claim(NOW, 10, hold={GROUP.chat, 999})
    assert [delivery.destination for delivery in rest] == [ANN]


async def test_what_is_retried_waits_longer_each_time_and_keeps_its_place(store: Store) -> None:
    await owing(store, "ab", ANN)
    now = NOW
    for wait in (5, 10, 20, 40, 80, 160, 300, 300):
        (delivery,) = await store.ledger.claim(now, 10)
        assert delivery.article == "a"
        await store.ledger.settle(delivery, Retry("502"), now)
        assert not await store.ledger.claim(now + timedelta(seconds=wait, milliseconds=-1), 10)
        now += timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("asked", "waited"), [(43, 43), (1e300, 86_400), (float("inf"), 5), (float("nan"), 5), (-9, 5)]
)
async def test_telegram_is_given_the_time_that_it_asks_for_within_reason(
    store: Store, asked: float, waited: float
) -> None:
    await owing(store, "a", ANN)
    (delivery,) = await store.ledger.claim(NOW, 10)
    await store.ledger.settle(delivery, Retry("429", after=asked), NOW)
    assert not await store.ledger.claim(NOW + timedelta(seconds=waited, milliseconds=-1), 10)
    assert await store.ledger.claim(NOW + timedelta(seconds=waited), 10)


async def test_there_is_never_a_third_copy(store: Store) -> None:
    await owing(store, "ab", ANN)
    lost = Retry("timed out", after=1, ambiguous=True)
    (first,) = await store.ledger.claim(NOW, 10)
    await store.ledger.settle(first, lost, NOW)
    soon = NOW + timedelta(seconds=14)  # an outage may well last as long, and a second doubt is the last
    assert not await store.ledger.claim(soon, 10)
    (second,) = await store.ledger.claim(NOW + timedelta(seconds=15), 10)
    assert (second.id, second.ambiguous) == (first.id, 1)
    await store.ledger.settle(second, lost, NOW)
    assert await states(store) == {ANN: "unknown"}
    (following,) = await store.ledger.claim(NOW + timedelta(days=1), 10)
    assert following.article == "b"


async def test_what_was_in_flight_at_a_crash_counts_as_a_copy(store: Store) -> None:
    await owing(store, "a", ANN, BOB)
    assert len(await store.ledger.claim(NOW, 10)) == 2
    assert await store.ledger.recover(NOW) == 2
    assert await store.ledger.recover(NOW) == 0
    again = await store.ledger.claim(NOW, 10)
    assert [(delivery.attempts, delivery.ambiguous) for delivery in again] == [(2, 1), (2, 1)]
    await store.ledger.settle(again[0], Sent(1), NOW)
    assert await store.ledger.recover(NOW) == 1
    assert await states(store) == {ANN: "sent", BOB: "unknown"}


@pytest.mark.parametrize("outcome", [Sent(7), Gone("blocked"), Refused("no"), Moved(-9), Retry("later")])
async def test_a_late_answer_changes_nothing(store: Store, outcome: Outcome) -> None:
    await owing(store, "ab", ANN)
    (stale,) = await store.ledger.claim(NOW, 10)
    await store.ledger.recover(NOW)
    before = await store.ledger.deliveries("a")
    await store.ledger.settle(stale, outcome, NOW)
    assert await store.ledger.deliveries("a") == before
    (current,) = await store.ledger.claim(NOW, 10)
    before = await store.ledger.deliveries("a")
    await store.ledger.settle(stale, outcome, NOW)
    assert await store.ledger.deliveries("a") == before
    await store.ledger.settle(current, Sent(8), NOW)
    before = await store.ledger.deliveries("a")
    await store.ledger.settle(current, outcome, NOW)
    assert await store.ledger.deliveries("a") == before


async def test_a_refused_message_ends_and_the_next_one_goes(store: Store) -> None:
    await owing(store, "ab", ANN)
    (delivery,) = await store.ledger.claim(NOW, 10)
    await store.ledger.settle(delivery, Refused("bad request"), NOW)
    assert await states(store) == {ANN: "refused"}
    assert keys(await store.ledger.claim(NOW, 10)) == ["b"]


async def test_a_chat_that_is_gone_is_owed_nothing_more(store: Store) -> None:
    thread = Destination(GROUP.chat, 8)
    await owing(store, "ab", GROUP, thread, ANN)
    claimed = await store.ledger.claim(NOW, 10)
    await store.ledger.settle(claimed[0], Gone("kicked"), NOW)
    # What is in flight to the other thread has its own answer coming.
    assert await states(store, "a") == {GROUP: "gone", thread: "inflight", ANN: "inflight"}
    assert await states(store, "b") == {GROUP: "gone", thread: "gone", ANN: "ready"}
    await store.ledger.settle(claimed[1], Gone("kicked"), NOW)
    await store.ledger.settle(claimed[2], Sent(1), NOW)
    assert [delivery.destination for delivery in await store.ledger.claim(NOW, 10)] == [ANN]


async def test_a_group_that_moved_gets_what_it_is_owed_at_its_new_address(store: Store) -> None:
    await owing(store, "ab", GROUP, Destination(GROUP.chat), ANN)
    claimed = await store.ledger.claim(NOW, 10, hold=[ANN.chat])
    await store.ledger.settle(claimed[0], Moved(-200), NOW)
    moved = {Destination(-200, 7), Destination(-200), ANN}
    assert set(await states(store, "a")) == set(await states(store, "b")) == moved
    # The other one is in flight still, and its own answer is taken though it went to the old address.
    await store.ledger.settle(claimed[1], Moved(-200), NOW)
    order = []
    while found := await store.ledger.claim(NOW, 10):
        for delivery in found:
            order.append((delivery.destination, delivery.article))
            await store.ledger.settle(delivery, Sent(len(order)), NOW)
    for destination in moved:
        assert [key for where, key in order if where == destination] == ["a", "b"]


async def test_nobody_gets_again_at_the_new_address_what_came_at_either(store: Store) -> None:
    old, new = Destination(-5), Destination(-1005)
    await owing(store, "abcd", old)
    (sent,) = await store.ledger.claim(NOW, 10)
    await store.ledger.settle(sent, Sent(1), NOW)  # a: at the old address
    await owing(store, "abc", new)
    for _ in range(2):  # a and b: at the new one
        (sent,) = await store.ledger.claim(NOW, 10, hold=[old.chat])
        await store.ledger.settle(sent, Sent(2), NOW)
    (moving,) = await store.ledger.claim(NOW, 10, hold=[new.chat])
    assert moving.article == "b"
    await store.ledger.settle(moving, Moved(new.chat), NOW)
    assert [await states(store, key) for key in "abcd"] == [
        {new: "sent"}, {new: "sent"}, {new: "ready"}, {new: "ready"}
    ]  # fmt: skip
    for key in "cd":
        (delivery,) = await store.ledger.claim(NOW, 10)
        assert delivery.article == key
        await store.ledger.settle(delivery, Sent(3), NOW)


async def test_doubts_add_up_when_two_addresses_become_one(store: Store) -> None:
    old, new = Destination(-5), Destination(-1005)
    await owing(store, "a", old, new)
    lost = Retry("timed out", ambiguous=True)
    for delivery in await store.ledger.claim(NOW, 10):
        await store.ledger.settle(delivery, lost, NOW)
    later = NOW + timedelta(minutes=1)
    (delivery,) = await store.ledger.claim(later, 10, hold=[new.chat])
    await store.ledger.settle(delivery, Moved(new.chat), later)
    assert await states(store) == {new: "unknown"}


async def test_a_chat_that_moves_to_itself_loses_nothing(store: Store) -> None:
    await owing(store, "ab", ANN)
    (delivery,) = await store.ledger.claim(NOW, 10)
    await store.ledger.settle(delivery, Moved(ANN.chat), NOW)
    assert keys(await store.ledger.claim(NOW, 10)) == ["a"]


async def test_a_broadcast_does_not_hold_up_a_small_topic(store: Store) -> None:
    crowd = [Destination(n) for n in range(100, 300)]
    await owing(store, "a", *crowd)
    for delivery in await store.ledger.claim(NOW, 20):
        await store.ledger.settle(delivery, Sent(1), NOW)
    await owing(store, "b", crowd[-1], ANN)  # one of them waits for the broadcast too
    sent = []
    for _ in range(10):
        (delivery,) = await store.ledger.claim(NOW, 1)
        sent.append((delivery.destination, delivery.article))
        await store.ledger.settle(delivery, Sent(1), NOW)
    assert (ANN, "b") in sent
    assert sent.index((crowd[-1], "a")) < sent.index((crowd[-1], "b"))


async def test_a_cancelled_claim_leases_nothing(store: Store) -> None:
    await owing(store, "a", ANN)
    task = asyncio.ensure_future(store.ledger.claim(NOW, 10))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (delivery,) = await store.ledger.claim(NOW, 10)
    assert delivery.attempts == 1


async def test_the_answer_to_a_cancelled_sender_is_written_down(store: Store) -> None:
    await owing(store, "a", ANN)
    (delivery,) = await store.ledger.claim(NOW, 10)
    task = asyncio.ensure_future(store.ledger.settle(delivery, Sent(1), NOW))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await states(store) == {ANN: "sent"}


async def test_the_ledger_is_summed_up_in_figures(store: Store) -> None:
    await owing(store, "a", ANN, BOB)
    await store.ledger.record(None, [article("b")], [Owed(ANN, "b", ())], NOW + timedelta(hours=1))
    for delivery in await store.ledger.claim(NOW, 10):
        await store.ledger.settle(delivery, Sent(1), NOW)
    assert await store.ledger.counts() == Counts(2, {"sent": 2, "ready": 1}, NOW + timedelta(hours=1))


# Search on every backend; the law of search is in test_search.py


async def found(store: Store, text: str, **options: object) -> list[str]:
    result = await store.ledger.search(parse(text), **options)  # type: ignore[arg-type]
    return [one.key for one in result.articles]


async def test_search_finds_the_newest_first_however_late_they_came(store: Store) -> None:
    await store.ledger.record(None, [article("new", "台湾", minute=2)], [], NOW)
    await store.ledger.record(
        None, [article("old", "臺灣", minute=0), article("mid", "台灣", minute=1)], [], NOW
    )
    assert await found(store, "台湾") == ["new", "mid", "old"]


async def test_search_gives_pages_and_the_exact_total(store: Store) -> None:
    await store.ledger.record(
        None, [article(f"{n:03}", "台湾" if n % 2 else "-", minute=n) for n in range(50)], [], NOW
    )
    page = await store.ledger.search(parse("台湾"), limit=3, offset=2, count=None)
    assert ([one.key for one in page.articles], page.total) == (["045", "043", "041"], 25)
    beyond = await store.ledger.search(parse("台湾"), offset=100)
    assert (beyond.articles, beyond.total) == ((), 25)


async def test_search_by_relevance_prefers_the_title(store: Store) -> None:
    filler = "其他的许多文字" * 30
    await store.ledger.record(
        None,
        [
            article("title", "拜登访华", filler),
            article("twice", "其他", "拜登和拜登", filler, minute=1),
            article("once", "其他", "拜登", filler * 3, minute=2),
        ],
        [],
        NOW,
    )
    assert await found(store, "拜登", order="relevance") == ["title", "twice", "once"]


# On disk


async def test_a_store_that_is_opened_again_has_everything(reopen: Opener) -> None:
    feed, topic = (
        Feed("dw", "https://x.example/rss", added=NOW),
        Topic("china", "中美", "拜登", ("dw",), GROUP),
    )
    async with reopen() as store:
        await store.registry.add_feed(feed)
        await store.registry.add_topic(topic)
        await store.registry.change_subscriber(GROUP, lambda _: READER)
        await store.ledger.record(
            STATE, [FULL], [Owed(ANN, FULL.key, ("a", "b")), Owed(GROUP, FULL.key, ())], NOW
        )
        await store.ledger.keep_photo("https://x.example/1.jpg", "file")
        (delivery,) = await store.ledger.claim(NOW, 1)
        await store.ledger.settle(delivery, Sent(5), NOW)
        deliveries, counts = await store.ledger.deliveries(FULL.key), await store.ledger.counts()
    async with reopen() as store:
        assert await store.registry.feeds() == (feed,)
        assert await store.registry.topics() == (topic,)
        assert await store.registry.subscribers() == (READER,)
        assert await store.ledger.states() == {"dw": STATE}
        assert await store.ledger.article(FULL.key) == FULL
        assert await store.ledger.deliveries(FULL.key) == deliveries
        assert await store.ledger.counts() == counts
        assert await store.ledger.photo("https://x.example/1.jpg") == "file"
        assert await found(store, "习近平") == [FULL.key]


class TestSeeding:
    async def test_what_people_changed_or_removed_is_not_made_again(self, tmp_path: Path) -> None:
        feeds, topics = (
            [Feed("dw", "https://dw.example/")],
            [Topic("china", "中国", "中国"), Topic("ai", "AI", "AI")],
        )
        async with open_store(str(tmp_path)) as store:
            await store.registry.seed(feeds, topics)
            await store.registry.change_topic("china", lambda topic: replace(topic, query="北京"))
            await store.registry.remove_topic("ai")
            await store.registry.remove_feed("dw")
        async with open_store(str(tmp_path)) as store:
            await store.registry.seed(feeds, [*topics, Topic("new", "新", "新")])
            assert [topic.query for topic in await store.registry.topics()] == ["北京", "新"]
            assert not await store.registry.feeds()

    async def test_what_was_made_in_chat_wins_over_the_config(self) -> None:
        async with open_store(":memory:") as store:
            await store.registry.add_topic(Topic("ai", "AI", "人工智能"))
            await store.registry.seed([], [Topic("ai", "AI", "AI")])
            assert [topic.query for topic in await store.registry.topics()] == ["人工智能"]
