"""Text to tree. Whatever is typed, the answer is a `Query` or a `QueryError` that points at the place."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from ..errors import QueryError
from ..text import fold, is_wordy
from ..typography import INVISIBLE
from .matcher import Query, regex
from .tree import (
    CLOSE_SINGLE,
    ENDINGS,
    LISTED,
    NAMES,
    OPEN_SINGLE,
    SELECTORS,
    SEPARATORS,
    Always,
    And,
    Date,
    FieldName,
    Node,
    Not,
    Or,
    Pattern,
    Term,
    is_operator,
    needs_something,
    written,
)

MAX_LENGTH = 2000  # characters; half a Telegram message
MAX_DEPTH = 20
MAX_PARTS = 300

FIELDS: dict[str, FieldName] = {
    **dict.fromkeys(("title", "标题", "標題", "题目", "題目"), "title"),
    **dict.fromkeys(("feed", "source", "源", "来源", "來源"), "feed"),
    **dict.fromkeys(("tag", "标签", "標籤"), "tag"),
}
DATES = {
    **dict.fromkeys(("after", "since", "起"), "after"),
    **dict.fromkeys(("before", "until", "止"), "before"),
    **dict.fromkeys(("last", "近"), "last"),
}
# As the table above, but as the folded text has them: 標題 is 标题.
_NAMES = {fold(name) for name in (*FIELDS, *DATES)}
_FIELDS = {fold(name): field for name, field in FIELDS.items()}
_DATES = {fold(name): kind for name, kind in DATES.items()}

_DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")
_SPANS = {  # hours
    **dict.fromkeys(("h", "时", "小时"), 1),
    **dict.fromkeys(("d", "天", "日"), 24),
    **dict.fromkeys(("w", "周", "星期"), 168),
    **dict.fromkeys(("m", "月", "个月"), 720),
    **dict.fromkeys(("y", "年"), 8760),
}
_HOURS = {fold(unit): hours for unit, hours in _SPANS.items()}
_SPAN = re.compile(rf"(\d{{1,4}})({'|'.join(_HOURS)})")

Kind = Literal["(", ")", "|", "-", ",", "and", "field", "term", "regex", "end"]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Kind
    start: int
    end: int
    text: str = ""
    quoted: bool = False
    prefix: bool = False
    whole: bool = False


def parse(
    text: str,
    *,
    dates: bool = False,
    regexes: bool = False,
    everything: bool = False,
    now: datetime | None = None,
    zone: tzinfo = UTC,
) -> Query:
    """Read a query.

    `dates` allows after:, before: and last: (searches only; days begin in `zone`, last: needs `now`), `regexes` allows
    /…/ (admins only), `everything` allows what can match any article, such as `*` or `-x` alone.
    Raises QueryError.
    """
    # What nobody sees is pasted along with a word. Articles have none of it (bot/typography.py), so queries have none.
    hidden = {found.start() for found in INVISIBLE.finditer(text, 0, MAX_LENGTH + 1)}
    visible = [at for at in range(min(len(text), MAX_LENGTH + 1)) if at not in hidden]
    try:
        if len(text) > MAX_LENGTH:
            raise QueryError("too_long", len(visible) - 1, len(text), limit=str(MAX_LENGTH))
        tokens = _tokens("".join(text[at] for at in visible))
        tree = _Parser(tokens, dates=dates, regexes=regexes, now=now, zone=zone).whole()
        if not everything and not needs_something(tree):
            raise QueryError("matches_everything", 0, len(text))
    except QueryError as error:
        _place(error, text, visible)
        raise
    return Query(tree)


def spelt(query: Query | str, language: str) -> str:
    """The query as a reader of that language writes it: 标题: in Chinese, where the canonical form has title:.

    It parses to the same tree. What cannot be read is left as it is.
    """
    try:
        read = parse(query, dates=True, regexes=True, everything=True) if isinstance(query, str) else query
    except QueryError:
        return str(query)
    return written(read.tree, NAMES.get(language, {}))


def _place(error: QueryError, text: str, visible: list[int]) -> None:
    """Make the error speak of the text as it was typed, not of what is visible of it."""
    places = [*visible, len(text)]
    last = len(places) - 1
    start, end = (places[min(at, last)] for at in (error.position, error.position + error.length))
    error.text, error.position, error.length = text, start, max(end - start, 1)


def _tokens(text: str) -> list[_Token]:
    """Cut the text into tokens. Compares folded characters, so that （）：｜“”　 are what they look like."""
    folded = fold(text)
    tokens: list[_Token] = []
    listed = False  # whether the last token is a value of a field that may have several
    at = 0
    while at < len(text):
        before = tokens[-1] if tokens and tokens[-1].end == at else None
        if before and listed and (comma := _COMMAS.match(text, at)):
            at = comma.end()
            if _VALUE.match(folded, at) and text[at] not in SEPARATORS:
                tokens.append(_Token(",", comma.start(), at))
        elif folded[at].isspace() or text[at] in SEPARATORS:
            at += 1
        else:
            may_be_listed = before is not None and _awaits_value(before)
            tokens.append(_token(text, folded, at, before if may_be_listed else None))
            at = tokens[-1].end
            listed = may_be_listed and tokens[-1].kind == "term"
        if len(tokens) > 4 * MAX_PARTS:
            raise QueryError("too_many", at - 1, limit=str(MAX_PARTS))
    kept = [token for token in tokens if token.kind != "term" or token.text]  # a lone comma is a separator
    return [*kept, _Token("end", len(text), len(text))]


_COMMAS = re.compile("[,，、]+")
_VALUE = re.compile(r"(?![\s()|:*/,;!?-]|[^\W\d_]+:).")  # what begins one, and neither a field nor a sign


def _awaits_value(token: _Token) -> bool:
    """Whether it is the name of a field that may have several values, or the comma between these."""
    return token.kind == "," or (token.kind == "field" and _FIELDS.get(fold(token.text)) in LISTED)


def _token(text: str, folded: str, at: int, before: _Token | None) -> _Token:
    """The token that begins at that place; `before`: what awaits it as one of the values of a field."""
    char = folded[at]
    if char in "()-":
        return _Token(char, at, at + 1)  # type: ignore[arg-type]
    if char in "|:":
        return _Token("|", at, at + 1)
    if char in '"/' or text[at] == OPEN_SINGLE:
        return _delimited(text, folded, at)
    if folded.startswith('="', at):
        return replace(_delimited(text, folded, at + 1), start=at, whole=True)
    return _word(text, folded, at, before)


def _delimited(text: str, folded: str, at: int) -> _Token:
    """A "phrase", a ‘phrase’ or a /regular expression/; inside the latter, \\/ is a slash."""
    mark = folded[at]
    if mark == "'":  # an apostrophe, but for the one that closes
        folded = text
        mark = CLOSE_SINGLE
    close = at + 1
    while close < len(text) and folded[close] != mark:
        close += 2 if mark == "/" and folded[close] == "\\" else 1
    if close >= len(text):
        raise QueryError("open_regex" if mark == "/" else "open_quote", at)
    inside = text[at + 1 : close]
    if mark == "/":
        return _Token("regex", at, close + 1, inside)
    if not inside.strip():
        raise QueryError("empty_phrase", at, close + 1 - at)
    star = fold(text[close + 1 : close + 2]) == "*"
    return _Token("term", at, close + 1 + star, " ".join(inside.split()), quoted=True, prefix=star)


def _word(text: str, folded: str, at: int, before: _Token | None) -> _Token:
    """A bare word up to the next space, bracket, bar or quote; or a field's name with its colon. One of the values of a
    field (`before`: see `_token`) ends before a comma, too, and is never an operator behind one."""
    end = at
    while end < len(text) and not (folded[end].isspace() or folded[end] in '()|"'):
        if text[end] in SEPARATORS or (before and text[end] == "," and folded[at:end].strip(",")):
            break
        if folded[end] == ":" and folded[at:end].isalpha():
            return _Token("field", at, end + 1, text[at:end])
        end += 1
    word = text[at:end]
    shape = fold(word)
    if is_operator(word) and (before is None or before.kind != ","):
        return _Token({"or": "|", "and": "and", "not": "-"}[shape], at, end)  # type: ignore[arg-type]
    first = len(shape) - len(shape.lstrip(",;"))
    last = len(shape.rstrip(ENDINGS)) or len(shape.rstrip(",;"))
    star = last > first + 1 and shape[last - 1] == "*"
    if star and shape[first] != "*":
        last -= 1
    if (inner := shape.find("*", first, last)) >= 0 and last > first + 1:
        raise QueryError("star", at + inner)
    return _Token("term", at, end, word[first:last].rstrip(SELECTORS), prefix=star)


class _Parser:
    """Recursive descent: either = all | all …, all = part part …, part = -part, field:part, (either), term."""

    def __init__(
        self, tokens: list[_Token], *, dates: bool, regexes: bool, now: datetime | None, zone: tzinfo
    ) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._parts = 0
        self._dates, self._regexes, self._now, self._zone = dates, regexes, now, zone

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def whole(self) -> Node:
        if self._next.kind == "end":
            raise QueryError("empty", 0)
        tree = self._either(None)
        if self._next.kind == ")":
            raise QueryError("unopened", self._next.start)
        return tree

    def _either(self, field: FieldName | None) -> Node:
        parts = [self._all(field)]
        while self._next.kind == "|":
            bar = self._take()
            if self._next.kind in ("|", ")", "end"):
                raise QueryError("lone_or", bar.start, bar.end - bar.start)
            parts.append(self._all(field))
        flat = [p for part in parts for p in (part.parts if isinstance(part, Or) else (part,))]
        return flat[0] if len(flat) == 1 else Or(tuple(flat))

    def _all(self, field: FieldName | None) -> Node:
        parts: list[Node] = []
        while self._next.kind not in ("|", ")", "end"):
            if self._next.kind == "and":
                joint = self._take()
                if not parts or self._next.kind in ("|", ")", "end", "and"):
                    raise QueryError("lone_and", joint.start, joint.end - joint.start)
            part = self._part(field)
            parts += part.parts if isinstance(part, And) else (part,)
        if not parts:
            token = self._next
            raise QueryError(
                "lone_or" if token.kind == "|" else "empty_group",
                token.start,
                max(token.end - token.start, 1),
            )
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _part(self, field: FieldName | None) -> Node:
        token = self._take()
        self._depth += 1
        self._parts += 1
        if self._depth > MAX_DEPTH:
            raise QueryError("too_deep", token.start, limit=str(MAX_DEPTH))
        if self._parts > MAX_PARTS:
            raise QueryError("too_many", token.start, limit=str(MAX_PARTS))
        try:
            match token.kind:
                case "-":
                    return self._negated(token, field)
                case "(":
                    return self._group(token, field)
                case "field":
                    return self._fielded(token, field)
                case "regex":
                    return self._regex(token, field)
                case _:
                    return _term(token, field)
        finally:
            self._depth -= 1

    def _negated(self, minus: _Token, field: FieldName | None) -> Node:
        # A word's NOT may be followed by a space; a sign belongs to what it stands before.
        apart = self._next.start != minus.end and minus.end - minus.start == 1
        if apart or self._next.kind in ("|", ")", "end", "and"):
            code = "lone_minus" if minus.end - minus.start == 1 else "lone_not"
            raise QueryError(code, minus.start, minus.end - minus.start)
        part = self._part(field)
        return part.part if isinstance(part, Not) else Not(part)

    def _group(self, opened: _Token, field: FieldName | None) -> Node:
        if self._next.kind == ")":
            raise QueryError("empty_group", opened.start, self._next.end - opened.start)
        inside = self._either(field)
        if self._take().kind != ")":
            raise QueryError("unclosed", opened.start)
        return inside

    def _fielded(self, token: _Token, outer: FieldName | None) -> Node:
        name = fold(token.text)
        if name not in _NAMES:
            place = token.start, token.end - token.start
            if name in ("http", "https"):
                raise QueryError("link", *place)
            raise QueryError("unknown_field", *place, name=token.text, nearest=_nearest(token.text))
        value = self._next
        valued = ("term", "regex") if name in _DATES else ("term", "regex", "(", "-")
        if value.start != token.end or value.kind not in valued:
            raise QueryError("empty_field", token.start, token.end - token.start, name=token.text)
        if outer is not None:
            raise QueryError("nested_field", token.start, token.end - token.start, name=token.text)
        if name in _DATES:
            return self._date(token, self._take(), _DATES[name])
        if value.kind == "(":
            # No level and no part of its own: the canonical form has it where none was typed.
            return self._group(self._take(), _FIELDS[name])
        return self._listed(_FIELDS[name])

    def _listed(self, field: FieldName) -> Node:
        """A value of a field, or several: 源:dw,bbc."""
        parts = [self._part(field)]
        while self._next.kind == ",":
            comma, value = self._take(), self._next
            if value.kind == "term" and value.start == comma.end:
                parts.append(self._part(field))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _regex(self, token: _Token, field: FieldName | None) -> Node:
        if not self._regexes:
            raise QueryError("regex_not_allowed", token.start, token.end - token.start)
        try:
            found = regex(token.text).search("")
        except ValueError as error:
            raise QueryError("bad_regex", token.start, token.end - token.start, reason=str(error)) from None
        if found is not None:
            raise QueryError("regex_matches_nothing", token.start, token.end - token.start)
        return Pattern(token.text, field)

    def _date(self, token: _Token, value: _Token, kind: str) -> Node:
        place = token.start, value.end - token.start
        if not self._dates:
            raise QueryError("date_not_allowed", *place)
        text = fold(value.text)
        instant = self._span(text) if kind == "last" else self._day(text)
        if instant is None or value.kind != "term":
            raise QueryError("bad_span" if kind == "last" else "bad_date", *place, value=value.text)
        return Date(f"{kind}:{text}", instant, before=kind == "before")

    def _day(self, text: str) -> datetime | None:
        found = _DAY.fullmatch(text)
        if found is None:
            return None
        year, month, day = (int(part) if part else 1 for part in found.groups())
        try:
            return datetime(year, month, day, tzinfo=self._zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def _span(self, text: str) -> datetime | None:
        found = _SPAN.fullmatch(text)
        if found is None or self._now is None:
            return None
        try:
            return self._now - timedelta(hours=int(found[1]) * _HOURS[found[2]])
        except OverflowError:
            return None


def _nearest(name: str) -> str:
    """The known name of a field that is most like that one, in the script in which that one was typed."""
    near = difflib.get_close_matches(fold(name), _NAMES, n=1, cutoff=0.3)
    usual = "title" if name.isascii() else "标题"
    like = [known for known in (*FIELDS, *DATES) if near and fold(known) == near[0]]
    return max(like, key=lambda known: difflib.SequenceMatcher(None, name, known).ratio(), default=usual)


def _term(token: _Token, field: FieldName | None) -> Node:
    folded = fold(token.text)
    if folded == "*" and not token.quoted:
        return Always()
    if not any(map(_says_something, folded)):
        raise QueryError("only_punctuation", token.start, token.end - token.start)
    if token.whole or (field == "feed" and folded[0] == "=" and not token.quoted):
        return _id(token, field)
    # In a solid script every keyword may go on: there the star says nothing.
    prefix = token.prefix and is_wordy(folded[-1])
    return Term(token.text, field, prefix, token.quoted)


def _says_something(char: str) -> bool:
    """Whether a character is a letter, a digit, or a symbol from the arrows on, such as ★ and 😀; not 《》."""
    return char.isalnum() or (char >= "\u2190" and unicodedata.category(char)[0] not in "PZM")


def _id(token: _Token, field: FieldName | None) -> Node:
    """The id of a feed: 源:=dw."""
    if field != "feed":
        raise QueryError("only_punctuation", token.start)
    if token.prefix:
        raise QueryError("star", token.end - 1)
    return Term(token.text if token.quoted else token.text[1:], field, whole=True)
