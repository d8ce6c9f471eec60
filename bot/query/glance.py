"""Whether a query matches an article, by looking at its text as it is written.

Says what `Query.match` says, but not where, and without folding the article: that would be most of the work where a few
articles are to be checked against one query. A folded character is looked for in all its forms.
"""

from __future__ import annotations

import functools
import re

from ..model import Article
from ..text import EDGE, WORDY, edged, fold, unfolded
from .matcher import Document, Hit, Query, evaluate, terms
from .tree import Pattern, Term


def matches(query: Query, article: Article, body: str | None = None) -> bool:
    """Whether the query matches the article. `body`: its blocks as the lines of one text, where these are at hand."""
    length = len(article.title) + len(article.teaser)
    length += article.size if body is None else len(body)
    if length * sum(len(term.spellings) for term in terms(query.tree)) > _MUCH:
        return query.match(article) is not None
    document = Document(article)

    def find(node: Term | Pattern) -> Hit | None:
        if isinstance(node, Pattern) or node.field in ("tag", "feed"):
            return document.find(node)
        found = _stands(node, article.title)
        if not found and node.field is None:
            found = (article.teaser != "" and _stands(node, article.teaser)) or (
                any(_stands(node, block.text) for block in article.body)
                if body is None
                else _stands(node, body, in_lines=True)
            )
        return _FOUND if found else None

    return evaluate(query.tree, article, find) is not None


_MUCH = 500_000  # characters to look at, for all keywords together: from there on, folding takes less
_FAR = re.compile("[\U00010000-\U0010ffff]")
_FOUND = Hit("", "title", 0, 0, 0)


def count(term: Term, text: str) -> int:
    """How often the keyword stands in a text; `text` may be several, a line each."""
    return sum(
        _counting(term, needle, text).count(needle)
        if _is_doubtful(term, needle, text)
        else len(_finder(needle, text, True).findall(text))
        for needle in term.needles
    )


def _stands(term: Term, text: str, *, in_lines: bool = False) -> bool:
    # Most are written as they were typed, which is found at once.
    typed = term.needles[0]
    if term.text in text and EDGE not in typed and typed not in term.unless and "\n" not in term.text:
        return True
    return any(
        _finder(needle, text, in_lines).search(text)
        and (not _is_doubtful(term, needle, text) or needle in _counting(term, needle, text))
        for needle in term.needles
    )


def _is_doubtful(term: Term, needle: str, text: str) -> bool:
    """Whether the text has a word in which that needle does not count."""
    return any(_finder(word, text, True).search(text) for word in term.unless.get(needle, ()))


def _counting(term: Term, needle: str, text: str) -> str:
    return term.counting(needle, edged(fold(text)))


def _finder(needle: str, text: str, in_lines: bool) -> re.Pattern[str]:
    # A set that reaches beyond U+FFFF takes `re` ten times as long as one that does not, and hardly a text does.
    far = _reaches_far(needle) and _FAR.search(text) is not None
    return _pattern(needle, in_lines, far)


@functools.lru_cache(maxsize=512)
def _reaches_far(needle: str) -> bool:
    return any(_FAR.search(unfolded(char)) for char in needle)


@functools.lru_cache(maxsize=512)
def _pattern(needle: str, in_lines: bool, far: bool) -> re.Pattern[str]:
    """What finds the folded keyword in all its forms; no keyword reaches from one line into another. `far`: also in
    characters beyond U+FFFF."""
    forms = [unfolded(char) for char in needle if char != EDGE]
    if not far:
        forms = [_FAR.sub("", form) or form for form in forms]
    first, *others = [_any_of(form.replace("\n", "") if in_lines else form) for form in forms]
    # Behind the first character, not before it: so the search goes from one of these to the next.
    before = f"(?<!{WORDY}{first})" if needle.startswith(EDGE) else ""
    behind = f"(?!{WORDY})" if needle.endswith(EDGE) else ""
    return re.compile("".join((first, before, *others, behind)))


def _any_of(chars: str) -> str:
    return re.escape(chars) if len(chars) == 1 else f"[{re.escape(chars)}]"
