"""What a chat does to a topic that it follows, for itself alone: mutes words, pauses, and takes either back."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from html import escape

from ..errors import QueryError
from ..model import Button, Following, Subscriber, Topic
from ..query import Not, Query, parse, spelt
from ..query.tree import And
from ..text import fold, units
from ..topics import may_follow
from .card import mark
from .changing import Order
from .desk import Ask, cut, fitted
from .following import arrows

MAX_MUTED = 30  # queries muted in one topic of one chat
LONGEST_MUTED = 200  # UTF-16 units of one
ON_PAGE = 24  # topics in the overview

_QUESTION = re.compile(r"/topics (\w[\w-]*(?: \w[\w-]*)*) mute")
_LIST = re.compile(r"\s*[、，,；;\n]\s*")


async def for_here(ask: Ask) -> list[Topic]:
    """The topics that can be followed in this chat."""
    return [t for t in await ask.desk.registry.topics() if may_follow(t, ask.destination)]


async def followed(ask: Ask, ids: Collection[str]) -> list[Topic]:
    """Those of the topics that are followed in this chat."""
    known = {following.topic for following in (await ask.subscriber()).following}
    return [topic for topic in await for_here(ask) if topic.id in known and topic.id in ids]


async def overview(ask: Ask) -> None:
    """What is followed here and how it is narrowed, with a button for each topic."""
    subscriber = await ask.subscriber()
    topics = await followed(ask, [f.topic for f in subscriber.following])
    if not topics:
        await ask.show(ask.say("unfollow.nothing"))
        return
    pages = -(-len(topics) // ON_PAGE)
    page = min(ask.page or 0, pages - 1)
    lines, buttons = [ask.say("narrow.list")], []
    for topic in topics[page * ON_PAGE : (page + 1) * ON_PAGE]:
        lines.append(_state(ask, topic, subscriber.follows(topic.id)))
        buttons.append(Button(f"⚙️ {topic.title}", data=f"n:{topic.id}"))
    rows = [tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2)]
    back = (ask.button("card.back", "tp:0"),)
    await ask.show(fitted(lines, "\n"), (*rows, *arrows("nl", page, pages), back))


def _state(ask: Ask, topic: Topic, following: Following | None) -> str:
    words = following.muted if following else ()
    said = [ask.say("narrow.is_paused")] if following and following.paused else []
    if words:
        said.append(
            ask.say("narrow.are_muted", words=", ".join(spelt(word, ask.language) for word in words)[:300])
        )
    return f"• <b>{cut(topic.title, 64)}</b>{' · ' if said else ''}{' · '.join(said)}"


async def own_card(ask: Ask) -> None:
    """A followed topic's ⚙️ was pressed."""
    if topic := await _here(ask, ask.data):
        await show(ask, topic)


async def _here(ask: Ask, id: str) -> Topic | None:
    found = next((topic for topic in await for_here(ask) if topic.id == id), None)
    if found is None:
        await ask.refuse("topic.gone")
    return found


async def show(ask: Ask, topic: Topic, above: str = "") -> None:
    """A topic as its follower sees it: what it looks for, what is muted in it, and buttons to change that."""
    following = (await ask.subscriber()).follows(topic.id)
    lines = [above, ""] if above else []
    lines += [f"<b>{cut(topic.title, 64)}</b>", f"<code>{cut(spelt(topic.query, ask.language), 1500)}</code>"]
    if following is None:
        lines.append(ask.say("narrow.not_followed"))
        follow = Button(f"➕ {topic.title}", data=f"t:{topic.id}")
        await ask.show("\n".join(lines), ((follow,), (ask.button("card.back", "tp:0"),)))
        return
    if following.paused:
        lines.append(ask.say("narrow.is_paused"))
    key = "narrow.muted" if following.muted else "narrow.nothing_muted"
    words = [spelt(word, ask.language) for word in following.muted]
    lines.append(ask.say(key, words="、".join(words)[:1500], n=len(words)))
    parts = [
        Button(f"✕ {spelt(word, ask.language)}"[:60], data=f"nk:{topic.id}:{mark(word)}")
        for word in following.muted
    ]
    rows = [tuple(parts[i : i + 3]) for i in range(0, len(parts), 3)]
    pause = "narrow.resume" if following.paused else "narrow.pause"
    rows += [
        (
            ask.button("narrow.mute", f"nw:{topic.id}"),
            ask.button(pause, f"np:{topic.id}:{0 if following.paused else 1}"),
        ),
        (ask.button("follow.undo", f"u:{topic.id}"), ask.button("card.back", "nl:")),
    ]
    await ask.show("\n".join(lines), tuple(rows))


async def carry_out(ask: Ask, order: Order) -> None:
    """mute, unmute, pause or resume was written behind a topic. Raises QueryError."""
    if await ask.allowed():
        id = order.topic.id
        if order.verb == "mute":
            await _mute(ask, order.topic, muting(order.value))
        elif order.verb == "unmute":
            change = without_muted([id], await _muted_as(ask, order))
            await _change(ask, order.topic, change, _why_unchanged(ask, order))
        else:
            await _change(ask, order.topic, with_pause(id, order.verb == "pause"))


def _why_unchanged(ask: Ask, order: Order) -> str:
    """What to say where nothing came of `+ 词`, which takes back a mute: that it adds no word."""
    said = ask.say("narrow.not_muted", word=order.value[:LONGEST_MUTED])
    return said if ask.is_admin or order.topic.owner else f"{said}\n{only_admins(ask, order.topic)}"


def only_admins(ask: Ask, topic: Topic) -> str:
    """Who may change the topic, and what everybody may."""
    return ask.say("narrow.admins_only", title=topic.title, id=topic.id)


async def _muted_as(ask: Ask, order: Order) -> tuple[str, ...]:
    """What is muted under that name: as it is shown, whatever its script; else what the words would mute."""
    following = (await ask.subscriber()).follows(order.topic.id)
    wanted = fold(order.value)
    for word in following.muted if following else ():
        if wanted in (fold(word), fold(spelt(word, ask.language))):
            return (word,)
    return muting(order.value)


async def _mute(ask: Ask, topic: Topic, words: Sequence[str]) -> None:
    """Mute the words in the topic, and show that, or which of them it had no room for."""
    await _change(ask, topic, with_muted([topic.id], words), words=words)


async def _change(
    ask: Ask,
    topic: Topic,
    change: Callable[[Subscriber], Subscriber],
    unchanged: str = "",
    words: Sequence[str] = (),
) -> None:
    """Change how this chat follows the topic, and show that; `words`: those that are to be muted then."""
    before = await ask.subscriber()
    if before.follows(topic.id) is None:
        await show(ask, topic, unchanged)
        return
    after = await ask.change(change)
    if not is_muted(after, [topic], words):
        await show(ask, topic, escape(told(ask, after, [topic], words), quote=False))
    else:
        same = after.follows(topic.id) == before.follows(topic.id)
        said = unchanged or ask.say("topics.unchanged")
        await show(ask, topic, said if same else ask.say("narrow.saved"))


def is_muted(subscriber: Subscriber, topics: Iterable[Topic], words: Iterable[str]) -> bool:
    """Whether each of the words is muted in each of the topics."""
    wanted = set(map(fold, words))
    return all(wanted <= set(map(fold, _muted_in(subscriber, topic))) for topic in topics)


def told(ask: Ask, subscriber: Subscriber, topics: Sequence[Topic], words: Sequence[str]) -> str:
    """Which of the words that were to be muted are, in which topics, and which found no room; as plain text."""

    def lines(key: str, *, muted: bool) -> list[str]:
        places: dict[tuple[str, ...], list[str]] = {}
        for topic in topics:
            chosen = tuple(word for word in words if is_muted(subscriber, [topic], [word]) == muted)
            if chosen:
                places.setdefault(chosen, []).append(topic.title)
        return [
            ask.plain(
                key,
                word="、".join(spelt(word, ask.language) for word in chosen)[:100],
                topics="、".join(titles)[:100],
            )
            for chosen, titles in places.items()
        ]

    done, missing = lines("mute.word_done", muted=True), lines("narrow.no_room", muted=False)
    full = [ask.plain("narrow.full", limit=MAX_MUTED)] if missing else []
    return "\n".join((*full, *missing, *done))


def _muted_in(subscriber: Subscriber, topic: Topic) -> tuple[str, ...]:
    following = subscriber.follows(topic.id)
    return following.muted if following else ()


async def unmute(ask: Ask) -> None:
    """A muted word's ✕ was pressed."""
    id, _, wanted = ask.data.rpartition(":")
    topic = await _here(ask, id)
    if topic is None or not await ask.allowed():
        return
    words = [word for word in _muted_in(await ask.subscriber(), topic) if mark(word) == wanted]
    await _change(ask, topic, without_muted([topic.id], words))


async def pause(ask: Ask) -> None:
    """⏸ or ▶️ was pressed on a topic's card."""
    id, _, wanted = ask.data.rpartition(":")
    topic = await _here(ask, id)
    if topic is not None and wanted in ("0", "1") and await ask.allowed():
        await _change(ask, topic, with_pause(topic.id, wanted == "1"))


async def ask_for_word(ask: Ask) -> None:
    """屏蔽词 was pressed: ask for it."""
    topic = await _here(ask, ask.data)
    if topic is not None and await ask.allowed():
        await question(ask, [topic])


async def question(ask: Ask, topics: Iterable[Topic]) -> None:
    """Ask for the words that these topics are to be without, in this chat."""
    titles, ids = zip(*((topic.title, topic.id) for topic in topics), strict=True)
    html = ask.say("ask.mute", title="、".join(titles)[:300])
    await ask.question(html, f"/topics {' '.join(ids)} mute", ask.plain("ask.mute_example"))


async def answered(ask: Ask, question: str, text: str) -> bool:
    """Take the reply to that question. False where it is another. Raises QueryError."""
    asked = _QUESTION.fullmatch(question)
    if asked is None:
        return False
    if await ask.allowed():
        topics = await followed(ask, asked[1].split())
        if len(topics) == 1:
            await _mute(ask, topics[0], muting(text))
        elif topics:
            words = muting(text)
            after = await ask.change(with_muted([topic.id for topic in topics], words))
            await ask.reply(escape(told(ask, after, topics, words), quote=False))
        else:
            await ask.reply(ask.say("mute.nothing"))
    return True


def muting(text: str) -> tuple[str, ...]:
    """The queries that somebody means who writes this to be muted: `-体育 -足球`, `体育、足球` or any query. Raises
    QueryError."""
    text = re.sub(r"^\s*[-－]\s+", "-", text)
    if re.match(r"\s*[-－]", text):
        tree = parse(text, everything=True).tree
        parts = tree.parts if isinstance(tree, And) else (tree,)
        if all(isinstance(part, Not) for part in parts):
            return tuple(_sized(str(part.part)) for part in parts if isinstance(part, Not))
        text = text.lstrip(" 　-－")
    plain = not re.search(r'[()（）"“”「」|｜]', text)
    pieces = [piece for piece in _LIST.split(text) if piece] if plain else [text]
    return tuple(_sized(str(parse(piece))) for piece in pieces or [text])


def _sized(query: str) -> str:
    if units(query) > LONGEST_MUTED:
        error = QueryError("too_long", LONGEST_MUTED, len(query), limit=str(LONGEST_MUTED))
        error.text = query
        raise error
    return str(Query(parse(query).tree))  # what is kept can be read again


def _each(
    topics: Collection[str], change: Callable[[Following], Following]
) -> Callable[[Subscriber], Subscriber]:
    def changed(subscriber: Subscriber) -> Subscriber:
        following = tuple(change(f) if f.topic in topics else f for f in subscriber.following)
        return replace(subscriber, following=following)

    return changed


def with_muted(topics: Collection[str], words: Iterable[str]) -> Callable[[Subscriber], Subscriber]:
    """The change that mutes the words in those topics, each once, as far as there is room: `MAX_MUTED` at most.
    `told` says which found none."""

    def muted(following: Following) -> Following:
        known = {fold(word): word for word in following.muted}
        for word in words:
            known.setdefault(fold(word), word)
        return replace(following, muted=tuple(known.values())[:MAX_MUTED])

    return _each(topics, muted)


def without_muted(topics: Collection[str], words: Iterable[str]) -> Callable[[Subscriber], Subscriber]:
    """The change that mutes them no longer."""
    unwanted = {fold(word) for word in words}
    return _each(
        topics, lambda f: replace(f, muted=tuple(word for word in f.muted if fold(word) not in unwanted))
    )


def with_pause(topic: str, paused: bool) -> Callable[[Subscriber], Subscriber]:
    """The change that pauses the topic, or resumes it."""
    return _each([topic], lambda f: replace(f, paused=paused))
