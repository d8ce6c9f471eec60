"""Whether a query matches an article, by looking at its text as it is written.

Says what `Query.match` says, but not where, and without folding the article: that would be most of the work where a few
articles are to be checked against one query. A folded character is looked for in all its forms.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from ..model import Article
from ..text import fold, unfolded
from .matcher import Document, Hit, Query, evaluate
from .tree import Pattern, Term


def matches(query: Query, article: Article) -> bool:
    """Whether the query matches the article."""
    document = Document(article)

    def find(node: Term | Pattern) -> Hit | None:
        if isinstance(node, Pattern) or node.field in ("tag", "feed"):
            return document.find(node)
        texts = (article.title,) if node.field == "title" else _texts(article)
        return _FOUND if any(_stands(node, text) for text in texts) else None

    return evaluate(query.tree, article, find) is not None


_FOUND = Hit("", "title", 0, 0, 0)


def _texts(article: Article) -> Iterator[str]:
    yield article.title
    yield article.teaser
    for block in article.body:
        yield block.text


def _stands(term: Term, text: str) -> bool:
    for spelling in term.spellings:
        pattern = _pattern(spelling)
        found = pattern.search(text)
        while found:
            start, end = found.span()
            left = max(0, start - 1)
            if term.stands(fold(text[left : end + 1]), start - left, end - left):
                return True
            found = pattern.search(text, start + 1)
    return False


@functools.lru_cache(maxsize=256)
def _pattern(folded: str) -> re.Pattern[str]:
    return re.compile("".join(map(_any_of, map(unfolded, folded))), re.DOTALL)


def _any_of(chars: str) -> str:
    return re.escape(chars) if len(chars) == 1 else f"[{re.escape(chars)}]"
