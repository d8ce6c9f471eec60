"""The marks of footnotes, which are in a text, but no part of it."""

from __future__ import annotations

import re
from itertools import islice

from bs4.element import NavigableString, Tag

_NODES = 6  # elements and texts of a mark, at most
_MARK = re.compile(
    r"[\[［〔(（]\s?[注註]?\s?(?:\d{1,3}|[a-z])\s?[\]］〕)）]|[注註]\s?\d{1,3}|[①-⑳]|[↩↑^]\ufe0e?"
)
_RAISED_MARK = re.compile(r"[\[［〔][^\[\]［］]{1,12}[\]］〕]")
_RAISED_LINK = re.compile(r"\d{1,3}|[a-z]|[*†‡§]{1,3}")


def is_mark(tag: Tag) -> bool:
    """Whether a raised text, or a link to a place on a page, is the mark of a footnote; an exponent is none."""
    written = (node for node in tag.descendants if isinstance(node, Tag) or not str(node).isspace())
    nodes = list(islice(written, _NODES + 1))
    if len(nodes) > _NODES:
        return False
    text = "".join(str(node).strip() for node in nodes if isinstance(node, NavigableString))
    names = {tag.name, *(node.name for node in nodes if isinstance(node, Tag))}
    if _MARK.fullmatch(text) or ("sup" in names and _RAISED_MARK.fullmatch(text)):
        return True
    return names >= {"a", "sup"} and _RAISED_LINK.fullmatch(text) is not None
