"""Which articles are one story, on a SQLite connection: who may be alike, and who was found to be.

The ledger proposes, the rule (bot/stories.py) decides. An article of the last days has a few numbers, its prints, of
which an article alike shares some; they are looked up, never scanned.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from heapq import nsmallest

from ..text import fold
from .codec import milliseconds

KEPT = timedelta(days=3)  # longer than two articles of one story may be apart
CANDIDATES = 4  # articles that the rule is asked about
_COMMON = 100  # articles that are looked at for each print
_SURE = 1000  # an address in common counts for as many prints
_PRUNED = 100  # articles forgotten at a time, so that no transaction is long

SCHEMA = """
CREATE TABLE print (article INTEGER NOT NULL, print INTEGER NOT NULL, PRIMARY KEY (article, print)) WITHOUT ROWID;
CREATE INDEX print_print ON print(print);
CREATE TABLE story (article INTEGER PRIMARY KEY, first INTEGER NOT NULL);   -- ids; a story has two articles at least
CREATE INDEX story_first ON story(first);
"""


def keep_prints(db: sqlite3.Connection, prints: Mapping[str, Sequence[int]], now: datetime) -> None:
    """Write down these articles' prints in place of earlier ones, and forget those of articles found days ago."""
    for key, numbers in prints.items():
        (id,) = db.execute("SELECT id FROM article WHERE key = ?", (key,)).fetchone()
        db.execute("DELETE FROM print WHERE article = ?", (id,))
        db.executemany("INSERT OR IGNORE INTO print VALUES (?, ?)", [(id, number) for number in numbers])
    for _ in range(_PRUNED):  # ids go up with the time at which articles were found
        oldest = db.execute(
            "SELECT id, found FROM article WHERE id = (SELECT min(article) FROM print)"
        ).fetchone()
        if oldest is None or oldest[1] >= milliseconds(now - KEPT):
            break
        db.execute("DELETE FROM print WHERE article = ?", oldest[:1])


def alike(db: sqlite3.Connection, prints: Sequence[int]) -> list[str]:
    """The keys of articles that share two of these prints, or a negative one; the likest first, and of those as like
    the newest, as older stories are closed. Of a print that very many have, the newest are looked at alone."""
    shared: Counter[int] = Counter()
    for number in prints:
        having = db.execute(
            "SELECT article FROM print WHERE print = ? ORDER BY article DESC LIMIT ?", (number, _COMMON)
        ).fetchall()
        shared.update(dict.fromkeys((id for (id,) in having), 1 if number >= 0 else _SURE))
    best = nsmallest(CANDIDATES, ((-count, -id) for id, count in shared.items() if count > 1))
    keys = (db.execute("SELECT key FROM article WHERE id = ?", (-id,)).fetchone() for _, id in best)
    return [row[0] for row in keys if row]


def members(db: sqlite3.Connection, key: str) -> list[str]:
    """The keys of all articles of this one's story, itself included, in the order in which they were found."""
    rows = db.execute(
        "SELECT key FROM article WHERE id IN (SELECT article FROM story WHERE first = "
        "(SELECT first FROM story WHERE article = (SELECT id FROM article WHERE key = ?))) ORDER BY id",
        (key,),
    ).fetchall()
    return [member for (member,) in rows] or [key]


def join(db: sqlite3.Connection, key: str, twin: str) -> bool:
    """The first article is of the other one's story. Whether it brings an outlet that the story did not have."""
    ids = dict(db.execute("SELECT key, id FROM article WHERE key IN (?, ?)", (key, twin)).fetchall())
    if len(ids) < 2:
        return False
    known = {fold(source) for (source,) in _sources(db, members(db, twin))}
    db.execute("INSERT INTO story VALUES (?, ?) ON CONFLICT DO NOTHING", (ids[twin], ids[twin]))
    db.execute(
        "INSERT INTO story SELECT ?, first FROM story WHERE article = ? ON CONFLICT DO NOTHING",
        (ids[key], ids[twin]),
    )
    return {fold(source) for (source,) in _sources(db, [key])}.isdisjoint(known)


def _sources(db: sqlite3.Connection, keys: Sequence[str]) -> list[tuple[str]]:
    return db.execute(
        "SELECT source FROM article WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(keys),)
    ).fetchall()
