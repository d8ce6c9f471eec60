"""The one query language: what an admin writes as a topic's filter, a subscriber adds to it, and anybody searches for.

    拜登 布林肯            both              拜登 OR 布林肯  拜登 | 布林肯    either
    "拜习会"               word for word     -体育  NOT 体育                  not
    (拜登 | 布林肯) 访华   grouping          标题:拜登  title:拜登            in the title only
    源:dw  feed:dw         one feed          标签:经济  tag:经济              the feed's own category
    源:=dw                 by its id alone, not by the outlet's name
    NATO  AI               whole words       nato*                            words that begin so
    after:2026-10-01  before:2026-11  last:7d                                 searches only
    /reg.ex/               RE2               *                                everything; both for admins

A space binds tighter than OR. Both sides are folded (bot/text.py) before they are compared. Solid scripts (Han, kana,
Hangul, Thai) are matched anywhere; a keyword's end that is a letter or digit of another script must stand on a word's
boundary. A keyword without a field is looked for in the title, the outlet's teaser and each paragraph. A name in it
stands for its aliases as well (特朗普 is 川普: bot/query/aliases.toml), but not in quotes and not before a star.

    query = parse('(拜登 | 布林肯) -体育')     raises errors.QueryError, which knows the place and what was expected
    query.match(article)                       Why, with every hit and its place in the original text; or None
    matcher = Matcher({id: query})             many queries at once
    matcher.matching(article)                  the ids of those that match
    matcher.changed({id: other, gone: None})   another Matcher, quickly
    str(query)                                 the canonical form, which parses to the same tree
    spelt(query, "zh-Hans")                    the same with the fields' Chinese names
"""

from .aliases import use_aliases
from .many import Matcher
from .matcher import Document, Hit, Query, Why
from .parser import parse, spelt
from .tree import And, Node, Not, Or, Term

__all__ = [
    "And",
    "Document",
    "Hit",
    "Matcher",
    "Node",
    "Not",
    "Or",
    "Query",
    "Term",
    "Why",
    "parse",
    "spelt",
    "use_aliases",
]
