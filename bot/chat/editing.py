"""/topics: for everybody what can be followed, for admins each topic's card and what can be changed on it.

    /topics                             the list; admins open a topic's card from it
    /topics new 标题: 查询              make a topic
    /topics ID                          its card
    /topics ID + 词                     match this too            /topics ID - 词      match it no longer
    /topics ID = 查询                   another query             /topics ID title 新标题
    /topics ID feeds dw bbc             only these feeds; `all` for every feed
    /topics ID delete

A card's buttons do the same: one that needs a word asks for it. The question holds the beginning of such a command,
and the reply to it is the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from html import escape

from ..errors import Missing, QueryError
from ..model import Button, Topic
from ..query import parse
from ..text import fold
from ..topics import keywords, read, read_query, with_keyword, without_keyword
from .desk import Ask, cut
from .following import topic_buttons
from .reading import code_of

TITLE_LENGTH = 64
TRIED_DAYS = 30

_NEW = re.compile(r"(?:new|新建|新增)\s+(.+?)\s*[:：]\s*(.+)", re.IGNORECASE | re.DOTALL)
_VERB = re.compile(
    r"\s*(?:([+＋=＝－])|(?<=\s)(-|(?:title|标题|標題|feeds|源|delete|删除|刪除)(?=\s|$)))\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_VERBS = {
    "＋": "+",
    "－": "-",
    "＝": "=",
    "标题": "title",
    "標題": "title",
    "源": "feeds",
    "删除": "delete",
    "刪除": "delete",
}
_QUESTION = re.compile(r"/topics (?:(new)|(\S+) ([+!=]|title))")


async def topics(ask: Ask) -> None:
    """Show the list; with words behind the command, change a topic."""
    if not ask.args:
        await show_list(ask)
    elif not ask.is_admin:
        await ask.refuse("admin.only")
    elif new := _NEW.fullmatch(ask.args):
        await _make(ask, new[1], new[2])
    else:
        topic, rest = await _named(ask, ask.args)
        if not rest.strip():
            await show_card(ask, topic)
        elif edit := _VERB.fullmatch(rest):
            verb = (edit[1] or edit[2]).lower()
            await _edit(ask, topic, _VERBS.get(verb, verb), edit[3].strip())
        else:
            await ask.reply(ask.say("topics.how"))


async def turn(ask: Ask) -> None:
    """An arrow below the topics was pressed."""
    if ask.page is not None:
        await show_list(ask, ask.page)


async def show_list(ask: Ask, page: int = 0) -> None:
    """Everybody's list to follow from; below it, for admins, the same to edit."""
    followable = await topic_buttons(ask, page)
    rows = list(followable)
    if ask.is_admin:
        shown = {(button.data or "").removeprefix("t:") for row in followable for button in row}
        edited = [topic for topic in await _shared(ask) if topic.id in shown]
        rows += [(Button(f"✏️ {topic.title}", data=f"e:{topic.id}"),) for topic in edited]
        rows.append((ask.button("topics.new", "en:"),))
    key = "topics.list_admin" if ask.is_admin else "topics.list" if rows else "topics.none"
    await ask.show(ask.say(key), tuple(rows))


async def _shared(ask: Ask) -> list[Topic]:
    return [topic for topic in await ask.desk.registry.topics() if topic.owner is None]


async def _topic(ask: Ask, id: str) -> Topic:
    found = next((topic for topic in await _shared(ask) if topic.id == id), None)
    if found is None:
        raise Missing(ask.plain("topic.unknown", id=id))
    return found


async def _named(ask: Ask, text: str) -> tuple[Topic, str]:
    """The topic with whose id or title the text begins, and what stands behind that. The longest name counts, and must
    end where it does: us-china is not us without china. Raises Missing."""
    folded = fold(text)
    best: tuple[int, Topic] | None = None
    for topic in await _shared(ask):
        for name in (fold(topic.id), fold(topic.title)):
            ends = re.match(r"\s|[+＋=＝－]|$", text[len(name) :])
            if folded.startswith(name) and ends and (best is None or len(name) > best[0]):
                best = (len(name), topic)
    if best is None:
        raise Missing(ask.plain("topic.unknown", id=text.split()[0]))
    return best[1], text[best[0] :]


async def card(ask: Ask) -> None:
    """A topic's ✏️ was pressed."""
    await show_card(ask, await _topic(ask, ask.data))


async def show_card(ask: Ask, topic: Topic, above: str = "") -> None:
    """A topic as an admin sees it, with a button for each thing that can be changed."""
    followers = sum(
        s.follows(topic.id) is not None for s in await ask.desk.registry.subscribers() if s.active
    )
    lines = [above] if above else []
    lines += [
        f"<b>{escape(topic.title, quote=False)}</b>  <code>{escape(topic.id)}</code>",
        f"<code>{cut(topic.query, 1500)}</code>",
        ask.say("card.feeds", feeds=", ".join(topic.feeds) or ask.say("card.all_feeds")),
        ask.say("card.figures", followers=followers, articles=await _matched(ask, topic), days=TRIED_DAYS),
    ]
    parts = [Button(f"✕ {part}"[:60], data=f"ek:{topic.id}:{_mark(part)}") for part in _keywords(topic)]
    rows = [tuple(parts[i : i + 3]) for i in range(0, min(len(parts), 60), 3)] if len(parts) > 1 else []
    rows += [
        (ask.button("card.add", f"ea:{topic.id}:+"), ask.button("card.leave_out", f"ea:{topic.id}:!")),
        (ask.button("card.query", f"ea:{topic.id}:="), ask.button("card.title", f"ea:{topic.id}:title")),
        (ask.button("card.delete", f"ed:{topic.id}"), ask.button("card.back", "el:")),
    ]
    await ask.show("\n".join(lines), tuple(rows))


def _keywords(topic: Topic) -> tuple[str, ...]:
    try:
        return keywords(topic.query)
    except QueryError:
        return ()


async def _matched(ask: Ask, topic: Topic) -> int | str:
    """How many articles of the last days the topic matches; – where its query cannot be read, as a hand in the store's
    file may have left it: its card is where that can be mended."""
    recent = parse(f"last:{TRIED_DAYS}d", dates=True, now=ask.desk.now())
    try:
        query = read(topic) & recent
    except QueryError:
        return "–"
    return (await ask.desk.ledger.search(query, limit=0)).total


def _mark(part: str) -> str:
    """A keyword's short name in callback data, whose 64 bytes may not hold the keyword itself."""
    return blake2b(part.encode(), digest_size=6).hexdigest()


async def remove_keyword(ask: Ask) -> None:
    """A keyword's ✕ was pressed."""
    id, _, wanted = ask.data.rpartition(":")
    topic = await _topic(ask, id)
    part = next((part for part in keywords(topic.query) if _mark(part) == wanted), None)
    if part is None:  # pressed on an old card, after another admin's edit
        await show_card(ask, topic)
    else:
        await _change(ask, topic.id, lambda t: replace(t, query=without_keyword(t.query, part)))


async def ask_for(ask: Ask) -> None:
    """A button was pressed that needs a word: ask for it, with the topic and the verb in the question."""
    id, _, verb = ask.data.rpartition(":")
    topic = await _topic(ask, id)
    key = {"+": "ask.add", "!": "ask.leave_out", "=": "ask.query", "title": "ask.title"}.get(verb, "ask.add")
    example = topic.title if verb == "title" else topic.query if verb == "=" else ask.plain("ask.word")
    await _ask(ask, ask.say(key, title=topic.title), f"/topics {topic.id} {verb}", example)


async def ask_for_new(ask: Ask) -> None:
    """新话题 was pressed."""
    await _ask(ask, ask.say("ask.new"), "/topics new", ask.plain("ask.new_example"))


async def _ask(ask: Ask, question: str, command: str, example: str) -> None:
    # In a group, Telegram opens the reply only for whom the question mentions.
    asked = f"{ask.user.mention_html()} " if ask.user and not ask.is_private else ""
    await ask.reply(f"{asked}{question}\n<code>{escape(command)}</code>", force=example)


async def answered(ask: Ask) -> bool:
    """Take a reply to one of our questions. False where the message is none."""
    message = ask.message
    replied = message.reply_to_message if message else None
    if message is None or replied is None or replied.from_user is None or not ask.is_admin:
        return False
    question = _QUESTION.fullmatch(code_of(replied))
    text = (message.text or "").strip()
    if question is None or not text or replied.from_user.id != message.get_bot().id:
        return False
    new, id, verb = question.groups()
    if new:
        title, _, query = text.replace("：", ":").partition(":")
        await _make(ask, title, query.strip() or title.strip())
    elif verb == "!":
        await _edit(ask, await _topic(ask, id), "+", f"-{text}")
    else:
        await _edit(ask, await _topic(ask, id), verb, text)
    return True


async def _make(ask: Ask, title: str, query: str) -> None:
    title = " ".join(title.split())[:TITLE_LENGTH]
    if not title:
        await ask.reply(ask.say("topics.how"))
        return
    read_query(query, shared=True)
    known = {"new", *(topic.id for topic in await ask.desk.registry.topics())}
    base = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:24] or f"t{_mark(title)[:6]}"
    id = next(name for n in range(1, 10_000) if (name := base if n == 1 else f"{base}-{n}") not in known)
    topic = Topic(id, title, query)
    await ask.desk.registry.add_topic(topic)
    await show_card(ask, topic, ask.say("topics.made"))


async def _edit(ask: Ask, topic: Topic, verb: str, value: str) -> None:
    """Change one thing of a topic, as it is at that moment."""
    if verb == "delete":
        await ask.show(*_certain(ask, topic))
        return
    if not value:
        await ask.reply(ask.say("topics.how"))
        return
    change: Callable[[Topic], Topic]
    if verb == "+":
        added = str(parse(value, regexes=True, everything=True))
        change = lambda t: replace(t, query=_readable(with_keyword(t.query, added)))  # noqa: E731
    elif verb == "-":
        change = lambda t: replace(t, query=_without(t.query, value))  # noqa: E731
    elif verb == "=":
        read_query(value, shared=True)
        change = lambda t: replace(t, query=value)  # noqa: E731
    elif verb == "title":
        title = " ".join(value.split())[:TITLE_LENGTH]
        change = lambda t: replace(t, title=title)  # noqa: E731
    else:
        feeds = await _feeds(ask, value)
        change = lambda t: replace(t, feeds=feeds)  # noqa: E731
    await _change(ask, topic.id, change)


def _readable(query: str) -> str:
    """The query, which may have grown beyond what can be read. Raises QueryError."""
    read_query(query, shared=True)
    return query


def _without(query: str, keyword: str) -> str:
    """The query without the part that reads like the keyword, whatever its script."""
    wanted = fold(str(parse(keyword, regexes=True, everything=True)))
    part = next((part for part in keywords(query) if fold(part) == wanted), None)
    return without_keyword(query, part) if part else query


async def _feeds(ask: Ask, names: str) -> tuple[str, ...]:
    if fold(names) in ("all", "全部"):
        return ()
    known = {feed.id for feed in await ask.desk.registry.feeds()}
    wanted = tuple(dict.fromkeys(re.split(r"[\s,，、]+", names)))
    if unknown := [name for name in wanted if name not in known]:
        raise Missing(ask.plain("feeds.unknown", id=unknown[0]))
    return wanted


async def _change(ask: Ask, id: str, change: Callable[[Topic], Topic]) -> None:
    """Change a topic and show its card with what the change did."""
    before = await _topic(ask, id)
    old = await _matched(ask, before)
    try:
        after = await ask.desk.registry.change_topic(id, change)
    except Missing:  # another admin has just deleted it
        raise Missing(ask.plain("topic.gone")) from None
    if after == before:
        await show_card(ask, after, ask.say("topics.unchanged"))
    else:
        new = await _matched(ask, after)
        await show_card(ask, after, ask.say("topics.changed", days=TRIED_DAYS, before=old, after=new))


def _certain(ask: Ask, topic: Topic) -> tuple[str, tuple[tuple[Button, ...], ...]]:
    yes, no = ask.button("card.delete_yes", f"ey:{topic.id}"), ask.button("card.back", f"e:{topic.id}")
    return ask.say("card.certain", title=topic.title), ((yes, no),)


async def delete(ask: Ask) -> None:
    """删除 was pressed: ask once more."""
    await ask.show(*_certain(ask, await _topic(ask, ask.data)))


async def delete_certainly(ask: Ask) -> None:
    """And it was meant."""
    topic = await _topic(ask, ask.data)
    await ask.desk.registry.remove_topic(topic.id)
    await ask.toast("topics.deleted", title=topic.title)
    await show_list(ask)
