"""What a query brings, in the asker's words: how many, how many a day, what is new and what is lost, with examples."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from html import escape

from ..model import Article, Topic
from ..store.trial import MANY, Trial, trial
from ..topics import read, readable
from ..urls import strip_tracking
from .desk import Ask, cut

DAYS = 30  # that a query is tried on
PATIENCE = 5.0  # seconds for each count; somebody is waiting
HASTE = 2.0  # seconds to wait until it can be tried; what was asked for is done by then
LONGEST_TITLE = 70  # characters of an example's title
LONGEST_LINK = 500  # characters; a longer one is left out


async def tried(ask: Ask, old: Topic | None, new: Topic) -> Trial:
    """What the new topic would have matched lately, against the old one. Raises QueryError where the new one's query
    cannot be read; of an old one that cannot, nothing is known."""
    return await trial(
        ask.desk.ledger, readable(old), read(new), days=DAYS, now=ask.desk.now(), patience=PATIENCE
    )


async def tried_soon(ask: Ask, new: Topic) -> Trial | None:
    """The same for a topic that is there already, None where so many are tried that it would have to wait for long."""
    turn = ask.desk.trying
    try:
        async with asyncio.timeout(HASTE):
            await turn.acquire()
    except TimeoutError:
        return None
    try:
        return await tried(ask, None, new)
    finally:
        turn.release()


def figures(ask: Ask, result: Trial, *, against: bool = True) -> str:
    """The trial's figures and examples; `against`: also what is lost and what it was before."""
    days, rate = math.ceil(result.covered), _rate(result.per_day)
    values = {"days": days, "rate": rate, "after": result.after}
    if against:
        values |= {"before": result.before, "added": result.added, "removed": result.removed}
    key = "trial.change" if against else "trial.new" if result.after else "trial.nothing"
    lines = [ask.say(key, **values)]
    lines += _examples("＋" if against else "•", result.added_sample)
    lines += _examples("－", result.removed_sample)
    if result.is_partial:
        lines.append(ask.say("trial.partial"))
    if result.per_day > MANY:
        lines.append(ask.say("trial.many"))
    return "\n".join(lines)


def _rate(per_day: float) -> str:
    if 0 < per_day < 0.1:
        return "<0.1"
    return f"{per_day:.0f}" if per_day >= 10 or per_day == 0 else f"{per_day:.1f}"


def _examples(sign: str, articles: Sequence[Article]) -> list[str]:
    lines = []
    for article in articles:
        link, title = strip_tracking(article.url), cut(article.title, LONGEST_TITLE)
        shown = f'<a href="{escape(link)}">{title}</a>' if len(link) <= LONGEST_LINK else title
        lines.append(f"{sign} {shown}")
    return lines
