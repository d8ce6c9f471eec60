"""Feeds: from the bytes that a server sent to entries, each with an identity that lasts, and to articles.

Nothing here is trusted. A document with mistakes gives the entries that can be read in it, an entry with mistakes
costs only itself, and what is no feed at all is an ArticleError.

    documents.py    bytes: what they are, in which encoding
    reading.py      a document to entries
    dates.py        the dates in it
    archive.py      an archived article to an entry
    entries.py      an entry: its identity, its date, the article that it becomes
"""

from __future__ import annotations

from .archive import archived
from .entries import Entry, article, identify, published
from .reading import MAX_ENTRIES, Document, parse

__all__ = [
    "MAX_ENTRIES",
    "Document",
    "Entry",
    "archived",
    "article",
    "identify",
    "parse",
    "published",
]
