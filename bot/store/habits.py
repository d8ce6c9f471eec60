"""What feeds repeat, on a SQLite connection: samples of their recent articles, from which habits are learnt.

Each function is called within a transaction that the ledger holds. What is learnt is not kept but worked out from the
samples (bot/habits.py): a better rule needs no migration.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from ..habits import RECENT, Habit, Sample, Trait, learn, sample
from ..model import Article

SCHEMA = """
CREATE TABLE sample (
    id INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    article TEXT NOT NULL,
    sample TEXT NOT NULL,               -- JSON: title, [kind, signature, text] of each trait
    UNIQUE (feed, article)
);
CREATE TABLE habit_kept (feed TEXT NOT NULL, signature TEXT NOT NULL, PRIMARY KEY (feed, signature)) WITHOUT ROWID;
"""


def remember(db: sqlite3.Connection, articles: Sequence[Article]) -> None:
    """Take samples of a poll's new articles, and forget those that are not recent any more."""
    for article in articles:
        taken = sample(article)
        traits = [(trait.kind, trait.signature, trait.text) for trait in taken.traits]
        db.execute(
            "INSERT INTO sample (feed, article, sample) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (article.feed, article.key, json.dumps((taken.title, traits))),
        )
    for feed in {article.feed for article in articles}:
        db.execute(
            "DELETE FROM sample WHERE feed = ?1 AND id <= "
            "(SELECT id FROM sample WHERE feed = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            (feed, RECENT),
        )


def of(db: sqlite3.Connection, feed: str) -> list[Habit]:
    """The feed's habits, most frequent first."""
    rows = db.execute("SELECT sample FROM sample WHERE feed = ? ORDER BY id", (feed,))
    samples = [_sample(text) for (text,) in rows]
    kept = db.execute("SELECT signature FROM habit_kept WHERE feed = ?", (feed,))
    return learn(samples, {signature for (signature,) in kept})


def keep(db: sqlite3.Connection, feed: str, signature: str, kept: bool) -> None:
    """Write down that people want to keep it, or no longer."""
    if kept:
        db.execute("INSERT INTO habit_kept VALUES (?, ?) ON CONFLICT DO NOTHING", (feed, signature))
    else:
        db.execute("DELETE FROM habit_kept WHERE feed = ? AND signature = ?", (feed, signature))


def _sample(text: str) -> Sample:
    title, traits = json.loads(text)
    return Sample(title, tuple(Trait(*trait) for trait in traits))
