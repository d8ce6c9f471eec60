"""What the full-text index keeps of an article, and what it is asked for a query.

It keeps which words stand in an article, not where: each character of a solid script, each other word
(`text.tokens`), and each pair of neighbours, so that two characters are found where they stand side by side. Of the
title, the tags and the feed it keeps the same once more, with a mark. That answers keywords of up to two words
exactly. A longer one is in the article only if all its pairs are: the matcher has the last word.

Pairs, and not positions, because a phrase of common characters makes FTS5 walk through the positions of each of them in
nearly every article: a hundred times slower, and the index half as large again.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from operator import add
from typing import NamedTuple

from ..model import Article
from ..query import Document
from ..query.tree import Always, And, Date, Node, Not, Or, Pattern, Term
from ..text import han, is_wordy, others, runs, tokens

DEEPEST = 20  # levels of a query that the index is asked about; what is deeper is left to the matcher
LONGEST = 40  # pairs of one keyword that it is asked for: the rest would find nothing else

# No word begins with this dot. Marked words stand together in the index, which keeps what they begin with only once.
_MARKS = {"title": "·t", "tag": "·g", "feed": "·f"}
_WHOLE = "·w"  # a feed's id, in hexadecimal: found whole or not at all


class Asked(NamedTuple):
    """What to ask FTS5, None for every article; and whether that is exact, or a superset of what matches."""

    expression: str | None
    exact: bool


def kept(article: Article) -> str:
    """All that the index keeps of an article, for FTS5's `ascii` tokenizer to cut at the spaces. A word that is said
    twice costs less than not to say it twice."""
    document = Document(article)
    title, *body = (text for _, _, text in document.texts)
    tags = [text for place, _, text in document.labels if place == "tag"]
    feed, *source = (text for place, _, text in document.labels if place == "feed")
    found = [_whole(feed), *_words_and_pairs(" ".join((title, *body)))]
    for name, texts in {"title": [title], "tag": tags, "feed": source}.items():
        marked = " ".join(_words_and_pairs(" ".join(texts))).split()
        found += map(_MARKS[name].__add__, dict.fromkeys(marked))
    return " ".join(found)


def _words_and_pairs(text: str) -> Iterable[str]:
    yield _han_words_and_pairs(" ".join(han(text)))
    for stretch in others(text):
        words = tokens(stretch)
        yield from words
        yield from map(add, words, words[1:])


def _han_words_and_pairs(text: str) -> str:
    """Of 中国人: 中国 中 国人 国 人 人; all in one go, as making each pair by itself is half of indexing an article."""
    units = array("H", f"{text} ".encode("utf-16-le"))
    found = array("H", " ".encode("utf-16-le")) * (5 * (len(units) - 1))
    found[0::5] = found[3::5] = units[:-1]
    found[1::5] = units[1:]
    return found.tobytes().decode("utf-16-le")


def _whole(text: str) -> str:
    return _WHOLE + text.encode(errors="surrogatepass").hex()


# How `text.tokens` spells characters that an index may not know, and how such a spelling begins. A word may happen
# to look like it: then the index proposes both, and the matcher decides.
_SPELT = re.compile("z[0-9a-f]+z")
_SPELLING = re.compile(r"z[0-9a-f]*\Z")


def ask(node: Node, depth: int = 0) -> Asked:
    """What to ask the index. Every word is quoted: bare, FTS5 would read AND, NEAR or a hyphen as its own."""
    match node:
        case Term():
            return _any(ask_spelling(node, spelling) for spelling in node.spellings)
        case Date() if depth == 0:
            return Asked(None, True)  # `query.bounds` says it all
        case Always():
            return Asked(None, True)
        case And(parts) if depth < DEEPEST:
            return _ask_all(parts, depth)
        case Or(parts) if depth < DEEPEST:
            return _any(ask(part, depth + 1) for part in parts)
        case _:
            return Asked(None, False)


def is_scan(node: Node) -> bool:
    """Whether the index is of little help, so that the answer may take reading every article, or running a pattern
    over each of many."""
    expression, exact = ask(node)
    return not exact and (expression is None or has_pattern(node))


def has_pattern(node: Node) -> bool:
    """Whether there is a regular expression anywhere in the tree."""
    match node:
        case And(parts) | Or(parts):
            return any(map(has_pattern, parts))
        case Not(part):
            return has_pattern(part)
        case _:
            return isinstance(node, Pattern)


def ask_spelling(term: Term, spelling: str) -> Asked:
    """What to ask for one of the ways in which a keyword may be written."""
    if term.whole:
        return Asked(f'"{_whole(spelling)}"', True)
    stretches = runs(spelling)
    if not stretches:
        return Asked(None, False)
    found = [tokens(stretch) for stretch in stretches]
    last = found[-1][-1]
    # A word goes on behind a prefix; behind a character of a solid script another word begins.
    goes_on = term.prefix and spelling.endswith(stretches[-1]) and is_wordy(spelling[-1])
    exact = stretches == [spelling] and len(found[0]) <= 2 and not any(map(_SPELT.search, found[0]))
    exact = exact and not (term.prefix and _SPELLING.search(last)) and not term.unless
    wanted = [word for words in found for word in (map(add, words, words[1:]) if words[1:] else words)]
    mark = _MARKS.get(term.field or "", "")
    quoted = [f'"{mark}{word}"' for word in wanted]
    if goes_on:
        quoted[-1] += "*"
    asked = _joined(list(dict.fromkeys(quoted))[-LONGEST:], "AND")
    if term.field == "feed":  # an id is meant whole, an outlet's name is a text like others
        asked = f'({asked} OR "{_whole(spelling)}")'
    return Asked(asked, exact)


def _any(parts: Iterable[Asked]) -> Asked:
    asked = list(parts)
    wanted = [expression for expression, _ in asked if expression]
    if len(wanted) < len(asked):
        return Asked(None, False)
    return Asked(_joined(wanted, "OR"), all(exact for _, exact in asked))


def _ask_all(parts: Sequence[Node], depth: int) -> Asked:
    # A bound on the date is asked for beside the index only where it bounds the whole query.
    asked = [
        ask(part, depth if isinstance(part, Date) else depth + 1)
        for part in parts
        if not isinstance(part, Not)
    ]
    denied = [ask(part.part, depth + 1) for part in parts if isinstance(part, Not)]
    wanted = [expression for expression, _ in asked if expression]
    unwanted = [expression for expression, exact in denied if expression and exact]
    exact = all(exact for _, exact in asked) and len(unwanted) == len(denied)
    if not wanted:
        return Asked(None, exact and not denied)
    if not unwanted:
        return Asked(_joined(wanted, "AND"), exact)
    return Asked(f"({_joined(wanted, 'AND')} NOT {_joined(unwanted, 'OR')})", exact)


def _joined(parts: Sequence[str], operator: str) -> str:
    return parts[0] if len(parts) == 1 else f"({f' {operator} '.join(parts)})"
