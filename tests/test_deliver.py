"""What is owed is sent in time and in order, and with its picture if there is any way.

Time is virtual here: a loop that skips waiting, a book of debts in memory, a Telegram that takes 60 ms for an answer.
The real ledger and real HTTP are in test_deliver_http.py.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from selectors import DefaultSelector, SelectorKey
from typing import Any

import pytest

from bot.deliver import Deliverer
from bot.habits import Habit
from bot.model import (
    Article,
    Delivery,
    Destination,
    Feed,
    Following,
    Message,
    Outcome,
    Refused,
    Retry,
    Revision,
    Sent,
    Style,
    Subscriber,
    Topic,
)
from bot.pace import Rate
from bot.sender import NO_PHOTOS
from bot.web import Answer, Failure, Page
from tests.articles import NOW, PNG, story

TOPIC = Topic("port", "港口", "港口 OR 码头")
PICTURE = "https://img.example.org/a.jpg"
PROXIED = "https://proxy.example.net/?url=a.jpg"
FAST = Rate(overall=10_000, chat=10_000, group_per_minute=600_000)


def follower(destination: Destination, **fields: Any) -> Subscriber:
    return Subscriber(destination, following=(Following(TOPIC.id, NOW),), **fields)


def most_within(times: Sequence[float], seconds: float) -> int:
    return max(sum(start <= time < start + seconds for time in times) for start in times)


# --- virtual time ------------------------------------------------------------------------------------------------


class VirtualLoop(asyncio.SelectorEventLoop):
    """Whenever there is nothing to do but to wait, it is later at once."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(Skipping(self))

    def time(self) -> float:
        return self.now


class Skipping(DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        events = super().select(0)
        if not events:
            assert timeout is not None, "nothing will ever happen"
            self.loop.now += timeout
        return events


def clock() -> float:
    return asyncio.get_running_loop().time()


def in_virtual_time(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main)


class Book:
    """A registry and a ledger in memory, as simple as the protocols allow."""

    def __init__(self, articles: Sequence[Article], subscribers: Sequence[Subscriber]) -> None:
        self.articles = {article.key: article for article in articles}
        self.people = {subscriber.destination: subscriber for subscriber in subscribers}
        self.topic_list: list[Topic] = [TOPIC]
        self.photos: dict[str, str] = {}
        self.edits: list[Revision] = []  # that are due
        self.settled: dict[int, Outcome] = {}
        self.deliveries = [
            Delivery(id, who, key, (TOPIC.id,))
            for id, (key, who) in enumerate(((k, w) for k in self.articles for w in self.people), 1)
        ]
        self.not_before = {delivery.id: NOW for delivery in self.deliveries}
        self.inflight: set[Destination] = set()
        self.full_disk = 0  # how many times settling is still to fail
        self.done = asyncio.Event()

    async def feeds(self) -> Sequence[Feed]:
        return [Feed("dw", "https://news.example.org/feed")]

    async def topics(self) -> Sequence[Topic]:
        return self.topic_list

    async def subscriber(self, destination: Destination) -> Subscriber | None:
        return self.people.get(destination)

    async def story(self, key: str) -> Sequence[Article]:
        return [self.articles[key]] if key in self.articles else []

    async def habits(self, feed: str) -> Sequence[Habit]:
        return ()

    async def claim_edit(self, now: datetime, hold: Collection[int] = ()) -> Revision | None:
        claimed = next((edit for edit in self.edits if edit.delivery.destination.chat not in hold), None)
        if claimed:
            self.edits.remove(claimed)
        return claimed

    async def settle_edit(self, revision: Revision, outcome: Outcome, now: datetime) -> None:
        assert isinstance(outcome, Sent)

    async def photo(self, url: str) -> str | None:
        return self.photos.get(url)

    async def keep_photo(self, url: str, file_id: str) -> None:
        self.photos[url] = file_id

    async def claim(self, now: datetime, limit: int, hold: Collection[int] = ()) -> Sequence[Delivery]:
        claimed: list[Delivery] = []
        for place, delivery in enumerate(self.deliveries):
            there = delivery.destination
            if len(claimed) == limit or there.chat in hold or there in self.inflight:
                continue
            if delivery.id not in self.settled and self.not_before[delivery.id] <= now:
                self.deliveries[place] = replace(delivery, attempts=delivery.attempts + 1)
                self.inflight.add(there)
                claimed.append(self.deliveries[place])
        return claimed

    async def settle(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        if self.full_disk:
            self.full_disk -= 1
            raise OSError("No space left on device")
        self.inflight.discard(delivery.destination)
        if isinstance(outcome, Retry):
            self.not_before[delivery.id] = now + timedelta(seconds=outcome.after or 5)
        else:
            self.settled[delivery.id] = outcome
        if len(self.settled) == len(self.deliveries):
            self.done.set()


class Telegram:
    """A sender that takes 60 ms for each answer, and gives the one that the test wants."""

    def __init__(self, answer: Callable[[Destination, Message], Outcome | None] = lambda *_: None) -> None:
        self.answer = answer
        self.works: Callable[[], bool] = lambda: True  # what it answers when asked whether it does
        self.asked: list[float] = []
        self.calls: list[tuple[float, Destination, Message]] = []
        self.edited: list[tuple[float, Destination]] = []

    async def send(self, destination: Destination, message: Message) -> Outcome:
        self.calls.append((clock(), destination, message))
        await asyncio.sleep(0.06)
        file_id = "FILE" if message.photo is not None else None
        sent = Sent(len(self.calls), file_id, photo=message.photo is not None)
        return self.answer(destination, message) or sent

    async def answers(self) -> bool:
        self.asked.append(clock())
        await asyncio.sleep(0.06)
        return self.works()

    async def edit(
        self, destination: Destination, message_id: int, message: Message, *, photo: bool = False
    ) -> Outcome:
        self.edited.append((clock(), destination))
        await asyncio.sleep(0.06)
        return Sent(message_id)

    @property
    def times(self) -> list[float]:
        return [time for time, _, _ in self.calls]

    def to(self, chat: int) -> list[float]:
        return [time for time, there, _ in self.calls if there.chat == chat]


class Pages:
    """The web, as far as the test knows it."""

    def __init__(self, pages: dict[str, bytes] | None = None) -> None:
        self.pages = pages or {}
        self.asked: list[str] = []

    async def get(self, url: str, *, limit: int) -> Answer:
        self.asked.append(url)
        body = self.pages.get(url)
        return Page(url, body) if body is not None and len(body) <= limit else Failure("404", "status")


async def here(work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """In virtual time nothing waits for a thread."""
    return work(*args, **kwargs)


def deliverer(book: Book, telegram: Telegram, pages: Pages | None = None, **options: Any) -> Deliverer:
    return Deliverer(
        book,
        book,
        telegram,
        pages or Pages(),
        now=lambda: NOW + timedelta(seconds=clock()),
        **{"style": Style(), "compose": here, "rate": Rate(), **options},
    )


def deliver_all(
    book: Book, telegram: Telegram, pages: Pages | None = None, *, seconds: float = 600, **options: Any
) -> Deliverer:
    """Run until everything is settled, which is to take less than so many virtual seconds."""
    made: list[Deliverer] = []

    async def main() -> None:
        made.append(deliverer(book, telegram, pages, **options))
        stop = asyncio.Event()
        task = asyncio.create_task(made[0].run(stop))
        async with asyncio.timeout(seconds):
            await book.done.wait()
        stop.set()
        await task

    in_virtual_time(main())
    return made[0]


def private(count: int) -> list[Subscriber]:
    return [follower(Destination(chat)) for chat in range(1, count + 1)]


def test_a_broadcast_keeps_to_telegrams_rate_and_uses_it():
    book, telegram = Book([story()], private(300)), Telegram()
    deliver_all(book, telegram)
    assert Counter(there.chat for _, there, _ in telegram.calls) == dict.fromkeys(range(1, 301), 1)
    assert most_within(telegram.times, 1.0) <= 30
    assert telegram.times[-1] < 300 / 26


def test_each_chat_gets_its_messages_apart_and_in_order():
    stories = [story(f"{number:024x}") for number in range(4)]
    people = [follower(Destination(1)), follower(Destination(2))]
    forum = [follower(Destination(-100, thread)) for thread in (5, 6, 7)]
    book, telegram = Book(stories, people + forum), Telegram()
    deliver_all(book, telegram)
    assert len(telegram.calls) == 4 * 5
    for chat, gap in ((1, 1.0), (2, 1.0), (-100, 3.0)):
        assert all(later - earlier >= gap for earlier, later in pairwise(telegram.to(chat)))
    assert most_within(telegram.to(-100), 60.0) <= 20
    assert telegram.to(1)[-1] < 5  # the busy group holds nobody up


def test_edits_do_not_wait_out_a_broadcast_and_take_a_tenth_of_its_turns():
    article = story()
    book, telegram = Book([article], private(600)), Telegram()
    for chat in range(1001, 1031):
        sent = Delivery(chat, Destination(chat), article.key, (TOPIC.id,), message_id=1)
        book.edits.append(Revision(sent, version=1, attempts=1, changed=True))
        book.people[sent.destination] = follower(sent.destination)
    deliver_all(book, telegram)
    before = [sum(time < when for time in telegram.times) for when, _ in telegram.edited]
    assert len(before) == 30
    # The last few overtake each other, as several are on their way at once.
    assert all(abs(messages - 9 * number) <= 9 for number, messages in enumerate(before, 1))


def test_a_429_holds_that_chat_alone():
    refused = []

    def answer(there: Destination, message: Message) -> Outcome | None:
        if there.chat == 1 and not refused:
            refused.append(clock())
            return Retry("too many requests", after=3_600)
        return None

    stories = [story(f"{number:024x}") for number in range(2)]
    book, telegram = Book(stories, private(50)), Telegram(answer)
    deliver_all(book, telegram, seconds=3_700)
    assert [time for time in telegram.to(1) if 0.1 < time < 3_600] == []
    assert len(telegram.to(1)) == 3
    assert max(time for time, there, _ in telegram.calls if there.chat != 1) < 100 / 26


def test_many_429s_at_once_hold_everything_and_then_it_goes_slower():
    def answer(there: Destination, message: Message) -> Outcome | None:
        return Retry("too many requests", after=5) if 1.0 < clock() < 1.5 else None

    book, telegram = Book([story()], private(200)), Telegram(answer)
    deliver_all(book, telegram)
    assert [time for time in telegram.times if 1.5 < time < 5.9] == []
    afterwards = [time for time in telegram.times if 6.5 < time < 10.5]
    assert len(afterwards) == pytest.approx(4 * 27 * 0.8, abs=3)
    assert len(book.settled) == 200


def test_an_outage_is_not_met_by_knocking_with_every_debt():
    def answer(there: Destination, message: Message) -> Outcome | None:
        return Retry("Not sent: cannot connect") if clock() < 60 else None

    book, telegram = Book([story()], private(100)), Telegram(answer)
    deliver_all(book, telegram)
    assert len([time for time in telegram.times if time < 60]) < 60
    assert all(isinstance(outcome, Sent) for outcome in book.settled.values())
    assert len(book.settled) == 100
    assert max(telegram.times) < 60 + 20


def test_an_outage_that_swallows_answers_costs_no_debt_more_than_one_doubt():
    def answer(there: Destination, message: Message) -> Outcome | None:
        return Retry("Answer lost", ambiguous=True) if 1 < clock() < 61 else None

    book, telegram = Book([story()], private(100)), Telegram(answer)
    telegram.works = lambda: not 1 < clock() < 61
    deliver_all(book, telegram)
    during = Counter(there.chat for time, there, _ in telegram.calls if 0.9 < time < 61)
    assert set(during.values()) == {1}  # a second doubt would have been a delivery's last
    assert len(during) < 15
    assert 10 < len(telegram.asked) < 60
    assert all(isinstance(outcome, Sent) for outcome in book.settled.values())
    assert max(telegram.times) < 61 + 20


def test_a_stop_does_not_wait_for_a_telegram_that_does_not_say_whether_it_works():
    book, telegram = Book([story()], private(3)), Telegram(lambda *_: Retry("Answer lost", ambiguous=True))

    async def main() -> None:
        telegram.answers = asyncio.Event().wait  # type: ignore[assignment,method-assign]
        stop = asyncio.Event()
        task = asyncio.create_task(deliverer(book, telegram).run(stop))
        await asyncio.sleep(30)
        stop.set()
        async with asyncio.timeout(1):
            await task

    in_virtual_time(main())
    assert len(telegram.calls) == 3


def test_replies_to_people_take_their_share_of_the_rate():
    book, telegram = Book([story()], private(100)), Telegram()
    replies: list[float] = []

    async def main() -> None:
        delivering = deliverer(book, telegram)
        stop = asyncio.Event()
        task = asyncio.create_task(delivering.run(stop))
        await asyncio.sleep(1)
        for chat in range(1000, 1020):
            await delivering.turn(chat)
            replies.append(clock())
            await asyncio.sleep(0.05)
        await asyncio.sleep(4)
        stop.set()
        await task

    in_virtual_time(main())
    assert len(book.settled) == 100
    assert len([time for time in telegram.times if 1 < time < 2]) <= 30 - len(replies)


def test_a_message_is_changed_at_once_in_a_chats_gap_but_never_within_a_429():
    async def main() -> None:
        delivering = deliverer(Book([], []), Telegram())
        start = clock()
        assert await delivering.turn(-7) == 0
        assert await delivering.turn(-7, is_edit=True) == 0
        assert clock() == start
        delivering.answered(-7, wait=20)
        assert await delivering.turn(-7, patience=6, is_edit=True) == 20
        await asyncio.sleep(15)
        assert await delivering.turn(-7, patience=6, is_edit=True) == 0
        assert clock() == start + 20

    in_virtual_time(main())


def test_a_reply_waits_for_its_chats_turn_and_never_goes_before_it():
    waits = {1: Retry("too many requests", after=100), 2: Retry("too many requests", after=600)}
    book, telegram = Book([story()], private(2)), Telegram(lambda there, _: waits.pop(there.chat, None))
    replies: list[float] = []

    async def main() -> None:
        delivering = deliverer(book, telegram)
        for chat in (5, 5, 3, -4, -4):
            assert await delivering.turn(chat) == 0
            replies.append(clock())
        stop = asyncio.Event()
        task = asyncio.create_task(delivering.run(stop))
        await asyncio.sleep(1)
        start = clock()
        assert await delivering.turn(2) == pytest.approx(
            599, abs=0.1
        )  # nobody waits so long: it is not to go at all
        assert clock() == start
        assert await delivering.turn(1) == 0
        replies.append(clock() - start)
        stop.set()
        await task

    in_virtual_time(main())
    assert replies == pytest.approx([0, 1.3, 1.3, 1.3, 4.6, 99], abs=0.15)


def test_who_asks_without_end_does_not_keep_the_news_from_their_group():
    stories = [story(f"{number:024x}") for number in range(3)]
    book, telegram = Book(stories, [follower(Destination(-100))]), Telegram()
    replies: list[float] = []

    async def main() -> None:
        delivering = deliverer(book, telegram)
        stop = asyncio.Event()
        for _ in range(2):
            await delivering.turn(-100)
        task = asyncio.create_task(delivering.run(stop))
        while not book.done.is_set():
            await delivering.turn(-100)
            replies.append(clock())
            await asyncio.sleep(0.05)
            delivering.answered(-100)
        stop.set()
        await task

    in_virtual_time(main())
    assert len(telegram.calls) == 3
    assert len(replies) <= 5
    assert most_within(sorted((*replies, *telegram.times)), 60.0) <= 20
    assert all(later - earlier >= 3.0 for earlier, later in pairwise(sorted((*replies, *telegram.times))))


def test_a_new_debt_goes_out_at_once_when_somebody_wakes_the_deliverer():
    book, telegram = Book([], private(1)), Telegram()

    async def main() -> None:
        delivering = deliverer(book, telegram)
        stop = asyncio.Event()
        task = asyncio.create_task(delivering.run(stop))
        await asyncio.sleep(10.3)
        book.articles["a" * 24] = story()
        book.deliveries.append(Delivery(1, Destination(1), "a" * 24, (TOPIC.id,)))
        book.not_before[1] = NOW
        delivering.wake()
        await asyncio.sleep(0.2)
        stop.set()
        await task

    in_virtual_time(main())
    assert telegram.times == [pytest.approx(10.3)]


def test_a_stop_waits_for_answers_but_not_for_ever():
    book = Book([story()], private(50))

    class Silent(Telegram):
        async def send(self, destination: Destination, message: Message) -> Outcome:
            self.calls.append((clock(), destination, message))
            await asyncio.sleep(5 if destination.chat == 1 else 1_000)
            return Sent(1)

    async def main() -> None:
        delivering = deliverer(book, Silent(), grace=20.0)
        stop = asyncio.Event()
        task = asyncio.create_task(delivering.run(stop))
        await asyncio.sleep(1)
        stop.set()
        await task
        assert clock() == pytest.approx(21)

    in_virtual_time(main())
    assert book.settled == {1: Sent(1)}
    assert len(book.inflight) == 7  # which the ledger will call ambiguous


def test_an_answer_is_written_down_however_long_the_disk_is_full(caplog):
    book, telegram = Book([story()], private(20)), Telegram()
    book.full_disk = 30
    deliver_all(book, telegram)
    assert Counter(there.chat for _, there, _ in telegram.calls) == dict.fromkeys(range(1, 21), 1)
    assert len(book.settled) == 20
    assert "No space left" in caplog.text


def test_a_ledger_that_fails_for_a_while_stops_nothing_for_good(caplog):
    book, telegram = Book([story()], private(3)), Telegram()
    claim, failures = book.claim, iter(range(3))

    async def claim_later(*args: Any) -> Sequence[Delivery]:
        if next(failures, None) is not None:
            raise OSError("disk I/O error")
        return await claim(*args)

    book.claim = claim_later  # type: ignore[method-assign]
    deliver_all(book, telegram)
    assert len(book.settled) == 3


def test_what_is_refused_for_a_reason_that_nobody_knows_goes_as_plain_words_with_the_link():
    book = Book([story()], private(1))
    telegram = Telegram(
        lambda _, message: Refused("BUTTON_URL_INVALID", unforeseen=True) if message.buttons else None
    )
    deliver_all(book, telegram)
    first, last = (message for _, _, message in telegram.calls)
    assert first.buttons
    assert last == Message(last.html)
    assert not set("<>") & set(last.html)
    assert last.html.endswith(story().url)
    assert [type(outcome) for outcome in book.settled.values()] == [Sent]


def test_one_message_that_cannot_be_composed_stops_no_other_and_is_given_up(caplog):
    broken = replace(story("b" * 24), title=None)  # type: ignore[arg-type]
    book, telegram = Book([broken, story()], private(2)), Telegram()
    deliver_all(book, telegram)
    assert Counter(type(outcome) for outcome in book.settled.values()) == {Refused: 2, Sent: 2}
    assert [delivery.attempts for delivery in book.deliveries if delivery.article == "b" * 24] == [5, 5]
    assert "cannot be composed" in caplog.text
    assert "Traceback" in caplog.text


# --- who still wants it, and what they get -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"paused": True},
        {"active": False},
        {"following": ()},
        {"following": (Following(TOPIC.id, NOW, paused=True),)},
        {"following": (Following(TOPIC.id, NOW, muted=("货轮",)),)},
    ],
)
def test_what_is_no_longer_wanted_is_not_sent(changed):
    book, telegram = Book([story()], [replace(follower(Destination(1)), **changed)]), Telegram()
    done = deliver_all(book, telegram)
    assert telegram.calls == []
    assert book.settled == {1: Refused("no longer wanted")}
    assert done.outcomes == {"refused": 1}


def test_a_removed_topic_and_a_removed_article_are_not_sent():
    book, telegram = Book([story()], private(1)), Telegram()
    book.topic_list = []
    deliver_all(book, telegram)
    gone = Book([story()], private(1))
    gone.articles.clear()
    deliver_all(gone, telegram)
    assert telegram.calls == []
    assert book.settled == {1: Refused("no longer wanted")}
    assert gone.settled == {1: Refused("no longer there")}


def test_debts_that_nobody_wants_any_more_cost_no_share_of_the_rate():
    people = [follower(Destination(chat), paused=True) for chat in range(1, 500)]
    book, telegram = Book([story()], [*people, follower(Destination(500))]), Telegram()
    deliver_all(book, telegram)
    assert telegram.times[0] < 1


def test_readers_get_their_own_language_picture_and_button():
    people = [
        follower(Destination(1), language="en", picture="none"),
        follower(Destination(2), picture="preview"),
        follower(Destination(-3)),
    ]
    book, telegram = Book([story(images=(PICTURE,))], people), Telegram()
    deliver_all(book, telegram)
    messages = {there.chat: message for _, there, message in telegram.calls}
    english, chinese, channel = messages[1], messages[2], messages[-3]
    assert [button.data for row in english.buttons for button in row] == [None, "x:1", "m:1"]
    assert "Mute" in english.buttons[0][2].text
    assert (english.photo, english.preview) == (None, None)
    assert (chinese.photo, chinese.preview) == (None, PICTURE)
    assert channel.photo == PICTURE
    assert [button.data for row in channel.buttons for button in row] == [None, "x:3"]
    assert "#港口" in chinese.html


# --- pictures ------------------------------------------------------------------------------------------------------


def refusing(*kinds: object) -> Callable[[Destination, Message], Outcome | None]:
    """Telegram takes no photo that is one of these: addresses, file_ids, or bytes (all uploads)."""

    def answer(there: Destination, message: Message) -> Outcome | None:
        refused = message.photo in kinds or (bytes in kinds and isinstance(message.photo, bytes))
        return Refused("Failed to get http url content", picture=True) if refused else None

    return answer


def illustrated(key: str = "a" * 24, picture: str = PICTURE) -> Article:
    return story(key, images=(picture,), proxied=(PROXIED,))


def ways(telegram: Telegram) -> list[str | bytes | None]:
    return [message.photo or message.preview for _, _, message in telegram.calls]


@pytest.mark.parametrize(
    ("refused", "taken"),
    [
        ((), [PICTURE]),
        ((PICTURE,), [PICTURE, PROXIED]),
        ((PICTURE, PROXIED), [PICTURE, PROXIED, PNG]),
        ((PICTURE, PROXIED, bytes), [PICTURE, PROXIED, PNG, PICTURE]),
    ],
)
def test_a_refused_picture_goes_by_the_next_way_a_gap_later(refused, taken):
    book, telegram = Book([illustrated()], private(1)), Telegram(refusing(*refused))
    deliver_all(book, telegram, Pages({PICTURE: PNG}))
    assert ways(telegram) == taken
    assert all(later - earlier >= 1 for earlier, later in pairwise(telegram.times))
    assert isinstance(book.settled[1], Sent)
    last = telegram.calls[-1][2]
    assert (last.photo is None) == (bytes in refused)  # at last the address is only previewed
    assert book.photos == ({} if bytes in refused else {PICTURE: "FILE"})


@pytest.mark.parametrize("page", [None, b"<html>not found</html>", PNG + b"\0" * 10_000_000])
def test_what_cannot_be_uploaded_is_previewed(page):
    book, telegram = Book([illustrated()], private(1)), Telegram(refusing(PICTURE, PROXIED))
    pages = Pages({} if page is None else {PICTURE: page})
    deliver_all(book, telegram, pages)
    assert pages.asked == [PICTURE, PROXIED]
    assert ways(telegram) == [PICTURE, PROXIED, PICTURE]
    assert telegram.calls[-1][2].photo is None


def test_the_picture_behind_the_proxy_is_uploaded_where_its_own_host_is_down():
    book, telegram = Book([illustrated()], private(1)), Telegram(refusing(PICTURE, PROXIED))
    deliver_all(book, telegram, Pages({PROXIED: PNG}))
    assert ways(telegram) == [PICTURE, PROXIED, PNG]


def test_one_delivery_finds_the_way_and_all_others_take_it():
    book, telegram = Book([illustrated()], private(40)), Telegram(refusing(PICTURE, PROXIED))
    pages = Pages({PICTURE: PNG})
    deliver_all(book, telegram, pages)
    assert Counter(ways(telegram)) == {PICTURE: 1, PROXIED: 1, PNG: 1, "FILE": 39}
    assert pages.asked == [PICTURE]
    assert most_within(telegram.times, 1.0) <= 30


def test_a_host_that_telegram_cannot_reach_is_remembered_for_a_day():
    again = "https://img.example.org/b.jpg"
    book = Book([illustrated(), illustrated("b" * 24, again)], private(1))
    telegram = Telegram(refusing(PICTURE, PROXIED))
    deliver_all(book, telegram, Pages({PICTURE: PNG, again: PNG}))
    assert ways(telegram) == [PICTURE, PROXIED, PNG, PNG]


def test_a_picture_that_goes_no_way_is_not_tried_for_every_reader():
    book, telegram = Book([illustrated()], private(10)), Telegram(refusing(PICTURE, PROXIED, bytes))
    pages = Pages({PICTURE: PNG})
    deliver_all(book, telegram, pages)
    photos = [message.photo for _, _, message in telegram.calls]
    assert Counter(photos) == {PICTURE: 1, PROXIED: 1, PNG: 1, None: 10}
    assert pages.asked == [PICTURE]


def test_a_file_id_that_telegram_has_forgotten_is_found_anew():
    book, telegram = Book([illustrated()], private(2)), Telegram(refusing("OLD"))
    book.photos[PICTURE] = "OLD"
    deliver_all(book, telegram)
    assert ways(telegram)[0] == "OLD"
    assert PICTURE in ways(telegram)
    assert book.photos == {PICTURE: "FILE"}
    assert all(isinstance(outcome, Sent) for outcome in book.settled.values())


def test_a_chat_that_takes_no_photos_gets_the_preview_at_once_and_spoils_nothing_for_others():
    def answer(there: Destination, message: Message) -> Outcome | None:
        return Refused(NO_PHOTOS, picture=True) if there.chat == -7 and message.photo else None

    people = [follower(Destination(-7)), follower(Destination(1))]
    book, telegram = Book([illustrated()], people), Telegram(answer)
    deliver_all(book, telegram)
    group = [(message.photo, message.preview) for _, there, message in telegram.calls if there.chat == -7]
    assert [photo is None for photo, _ in group] == [False, True]
    assert group[-1] == (None, PICTURE)
    assert PICTURE in [message.photo for _, there, message in telegram.calls if there.chat == 1]


def test_a_search_for_a_way_that_is_told_to_wait_is_taken_up_again():
    waits = iter([Retry("too many requests", after=3)])

    def answer(there: Destination, message: Message) -> Outcome | None:
        return next(waits, None) if message.photo == PROXIED else refusing(PICTURE)(there, message)

    book, telegram = Book([illustrated()], private(1)), Telegram(answer)
    deliver_all(book, telegram)
    assert ways(telegram) == [PICTURE, PROXIED, PROXIED]
    assert book.settled == {1: Sent(3, "FILE", photo=True)}


def test_a_kept_picture_matters_less_than_the_message(caplog):
    book, telegram = Book([illustrated()], private(2)), Telegram()

    async def fail(url: str, file_id: str) -> None:
        raise OSError("No space left on device")

    book.keep_photo = fail  # type: ignore[method-assign]
    deliver_all(book, telegram)
    assert len(telegram.calls) == 2
    assert all(isinstance(outcome, Sent) for outcome in book.settled.values())
