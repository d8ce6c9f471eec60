"""The articles and their search, on a SQLite connection.

The law of search: it finds an article exactly where the same query as a topic would have alerted to it. The full-text
index proposes, the matcher decides; but for most queries the index is proven to say exactly what the matcher would,
so that counting ten thousand hits does not take reading ten thousand articles. It is exact because it keeps, besides
the tokens (`text.tokens`), what stands in each gap between them: tokens in a row are then characters in a row.

Results are ordered by time of publication, newest first, not by arrival: an archive may be imported late.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from ..model import Article, Block, Found
from ..query import Document, Query
from ..query.tree import Always, And, Date, Node, Not, Or, Term
from ..text import FOLD_VERSION, tokens
from ..urls import canonical_url
from .codec import milliseconds, moment

log = logging.getLogger(__name__)

BATCH = 200  # articles read and matched at a time
DEEPEST = 20  # levels of a query that the index is asked about; what is deeper is left to the matcher

# The tokens are ours, so SQLite is only to cut at the spaces between them: its `ascii` tokenizer takes every
# character beyond ASCII for a letter, in every version; what `unicode61` takes for one depends on its tables.
# The body comes first: for each article and word, FTS5 spends two bytes to say that it is in any other column.
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

_COLUMNS = "id, key, feed, title, url, source, published, updated, found, body, rest"


def add(db: sqlite3.Connection, articles: Sequence[Article], now: datetime) -> int:
    """Add and index those whose key is new; how many they were."""
    new = 0
    for article in articles:
        db.execute(
            "INSERT INTO seen (feed, key) VALUES (?, ?) ON CONFLICT DO NOTHING", (article.feed, article.key)
        )
        added = db.execute(
            "INSERT INTO article (published, updated, found, key, feed, source, url, link, title, body, rest) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            _row(article, now),
        )
        if added.rowcount:
            _index(db, added.lastrowid, article)
            new += 1
    return new


def replace(db: sqlite3.Connection, article: Article, now: datetime) -> bool:
    """Put an article that was changed in its earlier version's place, and index it so; False where there is none."""
    row = db.execute(f"SELECT {_COLUMNS} FROM article WHERE key = ?", (article.key,)).fetchone()  # noqa: S608 - ours
    if row is None:
        return False
    before = _article(row)
    if is_current(db):  # otherwise it will be made anew as a whole
        # The index keeps no texts: what it is to forget has to be said word for word.
        db.execute(
            "INSERT INTO article_fts (article_fts, rowid, title, body, tag, feed) VALUES ('delete', ?, ?, ?, ?, ?)",
            (row[0], *_indexed(before)),
        )
        _index(db, row[0], article)
    db.execute(
        "UPDATE article SET (published, updated, found, key, feed, source, url, link, title, body, rest) "
        "= (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?",
        (*_row(article, before.found or now), row[0]),
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
    row = db.execute(f"SELECT {_COLUMNS} FROM article WHERE key = ?", (key,)).fetchone()  # noqa: S608 - ours
    return _article(row) if row else None


def by_url(db: sqlite3.Connection, url: str) -> list[Article]:
    """Those with this link, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM article WHERE link = ? ORDER BY published DESC, id DESC",  # noqa: S608 - ours
        (canonical_url(url),),
    )
    return [_article(row) for row in rows]


def search(
    db: sqlite3.Connection, query: Query, limit: int, offset: int, order: Literal["newest", "relevance"]
) -> Found:
    """A page of the articles that the query matches, and how many they are in all."""
    ids, exact = _candidates(db, query, order)
    if exact:
        page = tuple(_read(db, ids[offset : offset + limit]))
        if all(query.match(article) for article in page):
            return Found(page, len(ids))
        log.warning("the search index disagrees with the matcher about %s", query)
    matched: list[Article] = []
    total = 0
    for article in _read(db, ids):
        if query.match(article):
            if offset <= total < offset + limit:
                matched.append(article)
            total += 1
    return Found(tuple(matched), total)


def is_current(db: sqlite3.Connection) -> bool:
    """Whether the index was made with this version's tokens. Otherwise it proposes nothing of use."""
    return db.execute("SELECT fold_version FROM indexed").fetchall() in ([], [(FOLD_VERSION,)])


def rebuild(db: sqlite3.Connection) -> None:
    """Index all articles anew: a few seconds per thousand."""
    db.execute("INSERT INTO article_fts (article_fts) VALUES ('delete-all')")
    db.execute("DELETE FROM indexed")
    last = 0
    while rows := db.execute(
        f"SELECT {_COLUMNS} FROM article WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608 - ours
        (last, BATCH),
    ).fetchall():
        for row in rows:
            _index(db, row[0], _article(row))
        last = rows[-1][0]


def _row(article: Article, now: datetime) -> tuple[object, ...]:
    rest = {
        "teaser": article.teaser,
        "images": article.images,
        "proxied": article.proxied,
        "credits": article.credits,
        "rights_notice": article.rights_notice,
        "tags": article.tags,
        "withdrawn": article.withdrawn,
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
        json.dumps([(block.kind, block.text) for block in article.body], ensure_ascii=False),
        json.dumps(rest, ensure_ascii=False),
    )


def _article(row: Sequence[Any]) -> Article:
    _, key, feed, title, url, source, published, updated, found, body, rest = row
    more = json.loads(rest)
    return Article(
        key,
        feed,
        title,
        url,
        source,
        moment(published),
        None if updated is None else moment(updated),
        tuple(Block(text, kind) for kind, text in json.loads(body)),
        more["teaser"],
        tuple(more["images"]),
        tuple(more["proxied"]),
        tuple(more["credits"]),
        more["rights_notice"],
        tuple(more["tags"]),
        moment(found),
        more.get("withdrawn", False),
    )


def _index(db: sqlite3.Connection, id: int | None, article: Article) -> None:
    db.execute(
        "INSERT INTO article_fts (rowid, title, body, tag, feed) VALUES (?, ?, ?, ?, ?)",
        (id, *_indexed(article)),
    )
    db.execute("INSERT INTO indexed SELECT ? WHERE NOT EXISTS (SELECT * FROM indexed)", (FOLD_VERSION,))


def _indexed(article: Article) -> list[str]:
    """What the index keeps of an article: of its title, body, tags and feed."""
    document = Document(article)
    title, *body = (text for _, _, text in document.texts)
    tags = [text for place, _, text in document.labels if place == "tag"]
    feed, *source = (text for place, _, text in document.labels if place == "feed")
    # Folded texts have no line breaks: a gap with one in it is between two texts, and no keyword reaches over it.
    columns = [_words("\n".join(texts)) for texts in ([title], body, tags)]
    columns.append([_whole(feed), *_words("\n".join(source))])
    return [" ".join(words) for words in columns]


class _Blanks(dict[int, int]):
    """For `str.translate`: what is part of no token becomes a space."""

    def __missing__(self, char: int) -> int:
        self[char] = char if tokens(chr(char)) else ord(" ")
        return self[char]


_BLANKS = _Blanks()
_PIECE = re.compile(" +|[^ ]+")


def _words(folded: str) -> list[str]:
    """What the index keeps of a text: its tokens, and each gap before, between and after them as a word of its own."""
    words: list[str] = []
    for piece in _PIECE.finditer(folded.translate(_BLANKS)):
        run = folded[slice(*piece.span())]
        words += [_gap(run)] if piece[0].isspace() else tokens(run)
    return words


def _gap(text: str) -> str:
    # No token begins with this dot, and one gap's word begins with another's where the gap begins with the other.
    return f"·{text.encode(errors='surrogatepass').hex()}"


def _whole(text: str) -> str:
    """A text as a single word: to be found whole or not at all."""
    return f"·{_gap(text)}"


def _candidates(db: sqlite3.Connection, query: Query, order: str) -> tuple[list[int], bool]:
    """The ids of what the query matches, or (False) of a superset of it, in the order of the results."""
    after, before = query.bounds()
    start = _up(after) if after else -(1 << 62)
    end = _up(before) if before else 1 << 62
    expression, exact = _ask(query.tree) if is_current(db) else (None, False)
    if expression is None:
        rows = db.execute(
            "SELECT id FROM article WHERE published >= ? AND published < ? ORDER BY published DESC, id DESC",
            (start, end),
        )
    else:
        best = "bm25(article_fts, 1.0, 8.0, 1.0, 1.0), " if order == "relevance" else ""
        rows = db.execute(
            "SELECT article.id FROM article_fts JOIN article ON article.id = article_fts.rowid "  # noqa: S608 - ours
            "WHERE article_fts MATCH ? AND published >= ? AND published < ? "
            f"ORDER BY {best}published DESC, article.id DESC",
            (expression, start, end),
        )
    return [id for (id,) in rows], exact


def _up(bound: datetime) -> int:
    """The first whole millisecond that is not earlier: stored times are compared with it as the bound itself is."""
    return milliseconds(bound + timedelta(microseconds=999))


def _read(db: sqlite3.Connection, ids: Sequence[int]) -> Iterator[Article]:
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM article WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - ours
            (json.dumps(batch),),
        )
        found = {row[0]: row for row in rows}
        for id in batch:
            yield _article(found[id])


_Asked = tuple[
    str | None, bool
]  # FTS5's expression, None for every article; whether it is exact, not a superset

# How `text.tokens` spells characters that an index may not know, and how such a spelling begins. A word may happen
# to look like it: then the index proposes both, and the matcher decides.
_SPELT = re.compile("z[0-9a-f]+z")
_SPELLING = re.compile(r"z[0-9a-f]*\Z")


def _ask(node: Node, depth: int = 0) -> _Asked:
    """What to ask the index. Every token is quoted: bare, FTS5 would read AND, NEAR or a hyphen as its own."""
    match node:
        case Term():
            return _ask_term(node)
        case Date() if depth == 0:
            return None, True  # `query.bounds` says it all
        case Always():
            return None, True
        case And(parts) if depth < DEEPEST:
            return _ask_all(parts, depth)
        case Or(parts) if depth < DEEPEST:
            asked = [_ask(part, depth + 1) for part in parts]
            wanted = [expression for expression, _ in asked if expression]
            if len(wanted) < len(parts):
                return None, False
            return _joined(wanted, "OR"), all(exact for _, exact in asked)
        case _:
            return None, False


def _ask_term(term: Term) -> _Asked:
    asked = [_ask_spelling(term, spelling) for spelling in term.spellings]
    wanted = [expression for expression, _ in asked if expression]
    if len(wanted) < len(asked):
        return None, False
    return wanted[0] if len(wanted) == 1 else _joined(wanted, "OR"), all(exact for _, exact in asked)


def _ask_spelling(term: Term, spelling: str) -> _Asked:
    words = _words(spelling)
    exact = not words[0].startswith("·") and not any(map(_SPELT.search, words))
    exact = exact and not (term.prefix and _SPELLING.search(words[-1]))
    if words[0].startswith("·"):
        del words[0]  # a gap in the text may end so, which the index cannot tell
    if not words:
        return None, False
    columns = term.field or "{title body}"
    goes_on = term.prefix or words[-1].startswith("·")
    asked = f'({columns} : "{" ".join(words)}"{" *" if goes_on else ""})'
    if term.field == "feed":  # an id is meant whole, an outlet's name is a text like others
        asked = f'({asked} OR (feed : "{_whole(spelling)}"))'
    return asked, exact


def _ask_all(parts: Sequence[Node], depth: int) -> _Asked:
    # A bound on the date is asked for beside the index only where it bounds the whole query.
    asked = [
        _ask(part, depth if isinstance(part, Date) else depth + 1)
        for part in parts
        if not isinstance(part, Not)
    ]
    denied = [_ask(part.part, depth + 1) for part in parts if isinstance(part, Not)]
    wanted = [expression for expression, _ in asked if expression]
    unwanted = [expression for expression, exact in denied if expression and exact]
    exact = all(exact for _, exact in asked) and len(unwanted) == len(denied)
    if not wanted:
        return None, exact and not denied
    if not unwanted:
        return _joined(wanted, "AND"), exact
    return f"({_joined(wanted, 'AND')} NOT {_joined(unwanted, 'OR')})", exact


def _joined(parts: Sequence[str], operator: str) -> str:
    return f"({f' {operator} '.join(parts)})"
