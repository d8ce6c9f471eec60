"""The articles, on a SQLite connection: kept and indexed, each in a place near its place in the order of publication
(store/places.py).

The index's rows are numbered by that place, newest first, so that a search reads its page from the front and stops.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from ..model import Article, Block
from ..text import FOLD_VERSION
from ..urls import canonical_url
from . import places, tokens
from .body import Body, encoded
from .codec import milliseconds, moment

BATCH = 200  # articles read at a time
_MANY = 50  # articles at a time, after which the index is merged
_MERGED = 50  # pages of it for each of them, at most: what keeps up with their coming

SCHEMA = """
CREATE TABLE article (
    id INTEGER PRIMARY KEY,
    published INTEGER NOT NULL,
    updated INTEGER,
    found INTEGER NOT NULL,
    key TEXT NOT NULL UNIQUE,
    feed TEXT NOT NULL,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    link TEXT NOT NULL,     -- canonical_url(url)
    title TEXT NOT NULL,
    body TEXT NOT NULL,     -- JSON: [kind, text] of each block
    rest TEXT NOT NULL      -- JSON: teaser, images, proxied, credits, rights_notice, tags
);
CREATE INDEX article_newest ON article(published DESC, id DESC);
CREATE INDEX article_link ON article(link);
CREATE TABLE seen (feed TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (feed, key)) WITHOUT ROWID;
CREATE VIRTUAL TABLE article_fts USING fts5(body, title, tag, feed, content='', tokenize='ascii');
CREATE TABLE indexed (fold_version INTEGER NOT NULL);   -- one row, once something was indexed
"""

# The tokens are ours, so SQLite is only to cut at the spaces between them: its `ascii` tokenizer takes every
# character beyond ASCII for a letter, in every version; what `unicode61` takes for one depends on its tables.
BY_PLACE = """
ALTER TABLE article ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
DROP INDEX article_newest;
DROP TABLE article_fts;
CREATE VIRTUAL TABLE article_fts USING fts5(words, content='', tokenize='ascii', detail='none', columnsize=0);
CREATE TABLE mixed (span INTEGER PRIMARY KEY);  -- those in which the order of places is not that of publication
"""

# Spans of places, newest first. `reach`: no article behind the span was published later. `mixed`: the span's places are
# not in the order of publication, or something in it is older than what is behind.
BY_ARRIVAL = """
DROP TABLE mixed;
CREATE TABLE span (
    number INTEGER PRIMARY KEY,
    newest INTEGER NOT NULL,
    oldest INTEGER NOT NULL,
    reach INTEGER NOT NULL,
    mixed INTEGER NOT NULL
);
CREATE INDEX span_mixed ON span(number) WHERE mixed;
CREATE INDEX article_newest ON article(published DESC, place);
INSERT INTO article_fts (article_fts, rank) VALUES ('usermerge', 2);
"""

_JSON = json.JSONDecoder()  # by itself it does not look for spaces around what we wrote
COLUMNS = "place, key, feed, title, url, source, published, updated, found, body, rest"


def add(db: sqlite3.Connection, articles: Sequence[Article], now: datetime) -> int:
    """Add and index those whose key is new; how many they were."""
    placed = []
    # What is older than all there is comes newest first: an order, too, if backwards.
    (oldest,) = db.execute("SELECT min(published) FROM article").fetchone()
    late = [one for one in articles if oldest is not None and milliseconds(one.published) < oldest]
    rest = [one for one in articles if oldest is None or milliseconds(one.published) >= oldest]
    for article in sorted(rest, key=_published) + sorted(late, key=_published, reverse=True):
        db.execute(
            "INSERT INTO seen (feed, key) VALUES (?, ?) ON CONFLICT DO NOTHING", (article.feed, article.key)
        )
        if db.execute("SELECT 1 FROM article WHERE key = ?", (article.key,)).fetchone() is None:
            place = places.take(db, milliseconds(article.published))
            db.execute(
                "INSERT INTO article (published, updated, found, key, feed, source, url, link, title, body, "
                "rest, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*_row(article, now), place),
            )
            placed.append((place, article))
    # FTS5 takes rows in rising order as one piece, and each that is not as another.
    for place, article in sorted(placed, key=lambda pair: pair[0]):
        _index(db, place, article)
    if len(placed) >= _MANY:
        _merge(db, _MERGED * len(placed))
    return len(placed)


def _merge(db: sqlite3.Connection, pages: int) -> None:
    """Have FTS5 merge any two pieces of the same size; by itself it waits for four. In fewer pieces there are fewer
    lists for each word: a sixth less in a young index, and less to read for a search. For articles that come one by one
    it would take too long."""
    db.execute("INSERT INTO article_fts (article_fts, rank) VALUES ('merge', ?)", (pages,))


def _published(article: Article) -> datetime:
    return article.published


def replace(db: sqlite3.Connection, article: Article, now: datetime) -> bool:
    """Put an article that was changed in its earlier version's place, and index it so; False where there is none."""
    row = db.execute(f"SELECT {COLUMNS} FROM article WHERE key = ?", (article.key,)).fetchone()  # noqa: S608 - ours
    if row is None:
        return False
    before, place = article_of(row), row[0]
    if article.published != before.published:
        place = places.take(db, milliseconds(article.published))
    if is_current(db):  # otherwise it will be made anew as a whole
        # The index keeps no texts: what it is to forget has to be said word for word.
        db.execute(
            "INSERT INTO article_fts (article_fts, rowid, words) VALUES ('delete', ?, ?)",
            (row[0], tokens.kept(before)),
        )
        _index(db, place, article)
    db.execute(
        "UPDATE article SET (published, updated, found, key, feed, source, url, link, title, body, rest, place) "
        "= (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE key = ?",
        (*_row(article, before.found or now), place, article.key),
    )
    return True


def digests(db: sqlite3.Connection, feed: str, keys: Collection[str]) -> dict[str, str]:
    """Those of the keys that this feed has brought, even where another one brought them first, each with the digest of
    its entry, "" where it is not known."""
    rows = db.execute(
        "SELECT key, digest FROM seen WHERE feed = ? AND key IN (SELECT value FROM json_each(?))",
        (feed, json.dumps(list(keys))),
    )
    return dict(rows.fetchall())


def keep_digests(db: sqlite3.Connection, feed: str, digests: Mapping[str, str]) -> None:
    """Write down what the feed's entries are now."""
    db.executemany(
        "UPDATE seen SET digest = ? WHERE feed = ? AND key = ?",
        [(digest, feed, key) for key, digest in digests.items()],
    )


def by_key(db: sqlite3.Connection, key: str) -> Article | None:
    """One article."""
    row = db.execute(f"SELECT {COLUMNS} FROM article WHERE key = ?", (key,)).fetchone()  # noqa: S608 - ours
    return article_of(row) if row else None


def oldest(db: sqlite3.Connection, since: datetime) -> datetime | None:
    """When the first article was published that was published at that time or later; whole milliseconds count."""
    row = db.execute(
        "SELECT min(published) FROM article WHERE published >= ?", (milliseconds(since),)
    ).fetchone()
    return moment(row[0]) if row[0] is not None else None


def by_url(db: sqlite3.Connection, url: str) -> list[Article]:
    """Those with this link, newest first."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM article WHERE link = ? ORDER BY published DESC, id DESC",  # noqa: S608 - ours
        (canonical_url(url),),
    )
    return [article_of(row) for row in rows]


def read(db: sqlite3.Connection, wanted: Sequence[int]) -> Iterator[Article]:
    """The articles in these places, in this order."""
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        rows = db.execute(
            f"SELECT {COLUMNS} FROM article WHERE place IN (SELECT value FROM json_each(?))",  # noqa: S608 - ours
            (json.dumps(batch),),
        )
        found = {row[0]: row for row in rows}
        for place in batch:
            yield article_of(found[place])


def is_current(db: sqlite3.Connection) -> bool:
    """Whether the index was made with this version's tokens. Otherwise it proposes nothing of use."""
    return db.execute("SELECT fold_version FROM indexed").fetchall() in ([], [(FOLD_VERSION,)])


def rebuild(db: sqlite3.Connection) -> None:
    """Index all articles anew: a few seconds per thousand."""
    db.execute("INSERT INTO article_fts (article_fts) VALUES ('delete-all')")
    db.execute("DELETE FROM indexed")
    last = -places.END
    while rows := db.execute(
        f"SELECT {COLUMNS} FROM article WHERE place > ? ORDER BY place LIMIT ?",  # noqa: S608 - ours
        (last, BATCH),
    ).fetchall():
        for row in rows:
            _index(db, row[0], article_of(row))
        last = rows[-1][0]


def write_bodies(db: sqlite3.Connection) -> None:
    """After `BY_PLACE`: write each article's body as it is now written."""
    for (id,) in db.execute("SELECT id FROM article").fetchall():
        body, rest = db.execute("SELECT body, rest FROM article WHERE id = ?", (id,)).fetchone()
        new, shape = encoded([Block(text, kind) for kind, text in json.loads(body)])
        db.execute(
            "UPDATE article SET place = id, body = ?, rest = ? WHERE id = ?",
            (new, json.dumps(json.loads(rest) | shape, ensure_ascii=False), id),
        )
    db.execute("CREATE UNIQUE INDEX article_place ON article(place, published)")


def put_in_order(db: sqlite3.Connection) -> None:
    """After `BY_ARRIVAL`: give each article its place in the order of publication, and index it anew."""
    place = places.FIRST
    db.execute("UPDATE article SET place = -id")
    for id, published in db.execute("SELECT id, published FROM article ORDER BY published, id").fetchall():
        db.execute("UPDATE article SET place = ? WHERE id = ?", (place, id))
        places.before(db, place, places.FIRST + 1, published)
        place -= 1
    rebuild(db)


def _row(article: Article, now: datetime) -> tuple[object, ...]:
    body, shape = encoded(article.body)
    rest = {
        "teaser": article.teaser,
        "images": article.images,
        "proxied": article.proxied,
        "credits": article.credits,
        "rights_notice": article.rights_notice,
        "tags": article.tags,
        "withdrawn": article.withdrawn,
        **shape,
    }
    return (
        milliseconds(article.published),
        milliseconds(article.updated) if article.updated else None,
        milliseconds(article.found or now),
        article.key,
        article.feed,
        article.source,
        article.url,
        canonical_url(article.url),
        article.title,
        body,
        json.dumps({name: value for name, value in rest.items() if value}, ensure_ascii=False),
    )


def article_of(row: Sequence[Any]) -> Article:
    """The article in a row."""
    _, key, feed, title, url, source, published, updated, found, body, rest = row
    more, _ = _JSON.raw_decode(rest)
    return Article(
        key,
        feed,
        title,
        url,
        source,
        moment(published),
        None if updated is None else moment(updated),
        cast("tuple[Block, ...]", Body(body, more)),
        more.get("teaser", ""),
        tuple(more.get("images", ())),
        tuple(more.get("proxied", ())),
        tuple(more.get("credits", ())),
        more.get("rights_notice", ""),
        tuple(more.get("tags", ())),
        moment(found),
        more.get("withdrawn", False),
    )


def _index(db: sqlite3.Connection, place: int, article: Article) -> None:
    db.execute("INSERT INTO article_fts (rowid, words) VALUES (?, ?)", (place, tokens.kept(article)))
    db.execute("INSERT INTO indexed SELECT ? WHERE NOT EXISTS (SELECT * FROM indexed)", (FOLD_VERSION,))
