"""Whether a query matches an article, by looking at its text as it is written.

Says what `Query.match` says, but not where, and without folding the article: that would be most of the work where a few
articles are to be checked against one query. A folded character is looked for in all its forms.
"""

from __future__ import annotations

import functools
import re

from ..model import Article
from ..text import fold, unfolded
from .matcher import Document, Hit, Query, evaluate
from .tree import Pattern, Term


def matches(query: Query, article: Article, body: str | None = None) -> bool:
    """Whether the query matches the article. `body`: its blocks as the lines of one text, where these are at hand."""
    document = Document(article)

    def find(node: Term | Pattern) -> Hit | None:
        if isinstance(node, Pattern) or node.field in ("tag", "feed"):
            return document.find(node)
        found = _stands(node, article.title)
        if not found and node.field is None:
            found = _stands(node, article.teaser) or (
                any(_stands(node, block.text) for block in article.body)
                if body is None
                else _stands(node, body, in_lines=True)
            )
        return _FOUND if found else None

    return evaluate(query.tree, article, find) is not None


_FOUND = Hit("", "title", 0, 0, 0)


def _stands(term: Term, text: str, *, in_lines: bool = False) -> bool:
    for spelling in term.spellings:
        pattern = _pattern(spelling, in_lines)
        found = pattern.search(text)
        while found:
            start, end = found.span()
            left = max(0, start - 1)
            if term.stands(fold(text[left : end + 1]), start - left, end - left):
                return True
            found = pattern.search(text, start + 1)
    return False


@functools.lru_cache(maxsize=256)
def _pattern(folded: str, in_lines: bool) -> re.Pattern[str]:
    """What finds the folded text in all its forms; no keyword reaches from one line into another."""
    forms = [unfolded(char).replace("\n", "") if in_lines else unfolded(char) for char in folded]
    return re.compile("".join(map(_any_of, forms)))


def _any_of(chars: str) -> str:
    return re.escape(chars) if len(chars) == 1 else f"[{re.escape(chars)}]"
