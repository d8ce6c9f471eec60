"""🔕 under a delivered article: pause the topic that it came for, mute a word of it, or take that back.

The buttons hold no more than which topic or word was meant. What may be chosen is worked out anew at each press, from
the delivery behind the message, so that no data from outside is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from telegram import InlineKeyboardMarkup

from ..errors import QueryError
from ..model import Article, Button, Keyboard, Topic
from ..query import And, Document, Node, Or, Query, Term, spelt
from ..topics import read_query
from .card import mark
from .desk import Ask
from .narrowing import followed, for_here, is_muted, question, told, with_muted, with_pause, without_muted

MOST_WORDS = 6  # offered at once
_OURS = re.compile(r"m[a-z]?:")  # data of this module's buttons
_QUOTED = re.compile("[“「『《]([^“”「」『』《》，。！？]{2,12})[”」』》]")


async def _subject(ask: Ask) -> tuple[Article | None, list[Topic]]:
    """The article of the message and the topics for which it came, as far as they are still followed; says so where
    there are none."""
    delivery = await ask.delivered(ask.message)
    topics = await followed(ask, delivery.topics) if delivery else []
    if delivery is None or not topics:
        await ask.refuse("mute.nothing")
        return None, []
    return await ask.desk.ledger.article(delivery.article), topics


async def menu(ask: Ask) -> None:
    """🔕 was pressed: offer the topics to pause, and words of the article to mute."""
    if not await ask.allowed() or ask.message is None:
        return
    article, topics = await _subject(ask)
    if not topics:
        return
    words = candidates(article, topics, await for_here(ask)) if article else []
    buttons = [Button(f"－ {spelt(word, ask.language)}"[:40], data=f"mw:{mark(word)}") for word in words]
    rows = list(_others(ask.message.reply_markup))
    rows += [(ask.button("mute.topic", f"mt:{topic.id}", title=topic.title),) for topic in topics[:8]]
    rows += [tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2)]
    rows.append((ask.button("mute.other_word", "my:"), ask.button("mute.back", await _naming(ask, "mb"))))
    await ask.rekey(tuple(rows))


async def pause_topic(ask: Ask) -> None:
    """Pause one topic for this chat."""
    if not await ask.allowed():
        return
    topic = next(iter(await followed(ask, [ask.data])), None)
    if topic is None:
        await ask.refuse("topic.gone")
        await close(ask)
        return
    await ask.change(with_pause(topic.id, True))
    await ask.toast("mute.done", title=topic.title, alert=True)
    await _put_back(ask, ask.button("mute.undo", f"mz:t:{topic.id}", what=topic.title))


async def mute_word(ask: Ask) -> None:
    """Mute one of the words that were offered, in all topics for which the article came."""
    if not await ask.allowed():
        return
    article, topics = await _subject(ask)
    words = candidates(article, topics, await for_here(ask)) if article and topics else []
    word = next((word for word in words if mark(word) == ask.data), None)
    if word is None:
        await ask.refuse("button.forgotten")
        return
    after = await ask.change(with_muted([topic.id for topic in topics], [word]))
    await ask.notice(told(ask, after, topics, [word]), alert=True)
    undo = ask.button("mute.undo", f"mz:w:{mark(word)}", what=spelt(word, ask.language))
    is_anywhere = any(is_muted(after, [topic], [word]) for topic in topics)
    await _put_back(ask, *([undo] if is_anywhere else []))


async def ask_for_word(ask: Ask) -> None:
    """Another word is to be muted: ask for it."""
    if await ask.allowed():
        _, topics = await _subject(ask)
        if topics:
            await question(ask, topics)
            await close(ask)


async def undo(ask: Ask) -> None:
    """Take back what the button under this article did."""
    if not await ask.allowed():
        return
    kind, _, what = ask.data.partition(":")
    if kind == "t":
        topic = next(iter(await followed(ask, [what])), None)
        if topic is None:
            await ask.refuse("topic.gone")
        else:
            await ask.change(with_pause(topic.id, False))
            await ask.toast("mute.undone")
    else:
        _, topics = await _subject(ask)
        ids = {topic.id for topic in topics}
        muted = [w for f in (await ask.subscriber()).following if f.topic in ids for w in f.muted]
        words = [word for word in muted if mark(word) == what]
        if words:
            await ask.change(without_muted(ids, words))
        await ask.toast("mute.undone" if words else "button.forgotten", alert=not words)
    await close(ask)


async def close(ask: Ask) -> None:
    """Put an article's buttons back as they were."""
    await _put_back(ask)


async def _put_back(ask: Ask, *below: Button) -> None:
    if ask.message is not None:
        first, *others = _others(ask.message.reply_markup) or ((),)
        row = (*first, ask.button("button.mute", await _naming(ask, "m")))
        await ask.rekey((row, *others, below) if below else (row, *others))


async def _naming(ask: Ask, verb: str) -> str:
    """A button's data that names the delivery, for where the message's id is not known."""
    delivery = await ask.delivered(ask.message)
    return f"{verb}:{delivery.id if delivery else ''}"


def _others(markup: InlineKeyboardMarkup | None) -> Keyboard:
    """The message's buttons that are not of this module."""
    rows = (
        tuple(
            Button(button.text, url=button.url, data=None if button.url else str(button.callback_data))
            for button in row
            if button.url or not _OURS.match(str(button.callback_data))
        )
        for row in (markup.inline_keyboard if markup else ())
    )
    return tuple(row for row in rows if row)


def candidates(article: Article, topics: Sequence[Topic], known: Sequence[Topic]) -> list[str]:
    """Words of the article that may be worth muting, as queries, the most telling first: what its title quotes, what
    any known topic looks for and stands in it, its tags, its outlet. Not what a topic cannot do without: without that,
    nothing would come at all."""
    trees = [tree for topic in topics if (tree := _tree(topic))]
    found: dict[str, str] = {}
    for term in _terms(article, known):
        if all(_can_do_without(tree, term) for tree in trees):
            found.setdefault(term.folded, str(term))
    return list(found.values())[:MOST_WORDS]


def _terms(article: Article, known: Sequence[Topic]) -> Iterator[Term]:
    for quoted in _QUOTED.findall(article.title):
        yield Term(quoted)
    document = Document(article)
    hits = []
    for topic in known:
        for term in Query(tree).wanted() if (tree := _tree(topic)) else ():
            if term.field is None and (hit := document.find(term)):
                hits.append((hit.place != "title", hit.index, hit.start, term))
    for *_, term in sorted(hits, key=lambda hit: hit[:3])[:4]:
        yield term
    for tag in article.tags[:2]:
        if tag.strip():
            yield Term(tag, "tag")
    yield Term(article.source or article.feed, "feed")


def _tree(topic: Topic) -> Node | None:
    try:
        return read_query(topic.query, shared=topic.owner is None).tree
    except QueryError:
        return None


def _can_do_without(node: Node, term: Term) -> bool:
    """Whether the query can match where the keyword does not stand."""
    match node:
        case Term():
            return (node.folded, node.field) != (term.folded, term.field)
        case And(parts):
            return all(_can_do_without(part, term) for part in parts)
        case Or(parts):
            return any(_can_do_without(part, term) for part in parts)
        case _:
            return True
