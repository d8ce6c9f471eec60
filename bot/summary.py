"""An article in two or three of its own sentences: whole ones, word for word, in their order.

The outlet's own teaser where there is one. Otherwise sentences are scored by where they stand and by how much of the
title they share, less what makes a poor summary; the weights were tuned against the decks of 586 articles (ROUGE-1
two points above the first two sentences). On the short decks (a median of 56 characters) of 60 other news items they
are at 31.8/16.7/20.9, the first three sentences at 28.7/14.4/19.1; of other weights, limits and numbers of sentences
that were tried there, none is clearly better and as good to read. Never much of the article: see `summarise`.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .clutter.boilerplate import is_aside, leads_in
from .clutter.fringe import Fringe
from .lines import width
from .model import Article
from .sentences import is_whole, join, sentences
from .text import bigrams, fold, han, is_wordy, letters, places

_MOST = 3  # sentences that were chosen; a teaser may have more
_READ = 100  # sentences, more than most articles have; below, only what the reader asked for counts
_READ_CHARS = 10_000  # of a block
_TITLE_CHARS = 200  # of a title: what sentences are compared with
_BY_PLACE, _BY_TITLE = 0.3, 0.7
_TWICE = 0.5  # the share of a sentence's bigrams that were said already, from which it tells nothing new
_REPEATED = 0.4  # times the share of a sentence that one already chosen says, too
_SAME_PARAGRAPH = 0.15
_SHORT, _LONG, _OUTSIDE = 16, 150, 0.5  # Chinese characters: shorter ones say little, longer ones too much
_QUOTED = 0.3  # a reader's comment or a document, not the outlet
_QUOTATION = 0.15  # the speaker comes later, if at all
_ALONE = 0.2  # or is nowhere in the sentence
_LEANING = 0.1  # on the sentence before
_PARTIAL = 0.3  # one of several points, or an answer
_ADDRESSED = 0.5
_NOTE = 4  # paragraphs that an editor's note may have
_UNFIT_TO_LEAD = 0.3
_BRIEF = 400  # characters of an article whose first sentence may be more than a share of it
_REST = 2 * _SHORT  # Chinese characters of what is no sentence, from which it is worth leaving unsaid
_VOICES = 2  # quotations under names, from which they are readers' comments
_OPENING = 3  # sentences, one of which leads

_OPEN_ENDS = ("，", "、", "；", ",")  # of a line: the next one is the rest of its sentence
_CLOSERS = "”’」』）)\"'"
_QUOTATION_FIRST = re.compile('[“「『‘«"]')
_QUOTATION_ALONE = re.compile('“[^”]*”|「[^」]*」|『[^』]*』|"[^"]*"')  # nobody says whose it is
_LEANS = re.compile(
    "但|不过|不過|然而|此外|另外|同时|同時|因此|所以|而且|并且|並且|其中|对此|對此|此前|随后|隨後|[他她它]们?|[他她它]們|这|這"
    "|为此|為此|由此|在此|据此|據此|该|該|尤其|特别是|特別是"
    "|例如|比如|譬如|于是|於是|其实|其實|后来|後來|当然|當然|总之|總之|可是|然后|然後|之后|之後|被问到|被問到"
    r"|(?:But|However|And|Also|Meanwhile|Moreover|Still|He|She|They|It|This|That|These|Those)\b"
)
_PART = re.compile(  # of a list, or of a conversation
    r"(?:[（(]?\d{1,2}[)）.．、]|[（(]?[一二三四五六七八九十]{1,3}[)）、])\s?(?!\d)"
    r"|(?:[^，。：:“”]{1,12}[：:]\s?)?(?:是的|对的?|對的?|没错|沒錯|不是?|当然|當然|Yes|No)[，,。]"
)
_ASKED = re.compile(r"(?:问|問|记者|記者|主持人|提问|提問|Q|Question)\s?[：:]")  # in an interview
_GREETING = re.compile(
    r"(?:(?:大家|[你您]|各位[^，。]{0,6})好|(?:[听聽观觀]众|[聽觀]眾|读者|讀者|网友|網友)(?:朋友)?[们們]?|[Hh]ello|[Hh]i)[\s，,！!]"
    r"|(?:[^，。：:“”]{1,16}[：:]\s?)?(?:[^，。：:“”]{0,4}(?:这|這)是[个個]?[^，。：:“”]{0,4}好的?(?:问题|問題)"
    r"|(?:非常|很)?(?:感谢|感謝|谢谢|謝謝)(?:[你您]|主持|大家|各位|邀请|邀請))"
    r"|(?:以下|下面)(?:内容|內容|就)?(?:是|为|為|係)|(?:具体|具體|详细|詳細)(?:情况|情況|内容|內容)[，,]?(?:请|請)"
)
_POINTER = re.compile(r"https?://|\w@\w|(?:如|见|見)[上下左右附]?[图圖]|[下上]图|[下上]圖")
_OF_A_POINTER = re.compile("[:@图圖]")  # hardly any sentence has one
# What no summary can hold: readers' comments under their names, and what is no sentence's beginning.
_NO_SENTENCE = re.compile(
    r"[@＠]\w{1,30}\s?[:：]|[\[［〔][注註]?\d{1,3}[\]］〕]|[，、。；：！？,;:!?…)）」』”’》]|(?:如|见|見)?[上下左右附][图圖]"
    "|[如即][：:]|的(?![确確士黎哥])"
)


_VOICE = re.compile(r"[^\s，。：:！？“”「」]{1,16}\s?[：:]")


@dataclass(frozen=True)
class _Sentence:
    text: str
    position: int  # among all sentences of the article
    block: int
    worth: float  # before what has been chosen is looked at

    @functools.cached_property
    def grams(self) -> set[str]:
        return bigrams(fold(self.text))


class _Title:
    """What sentences are compared with."""

    def __init__(self, title: str) -> None:
        grams = bigrams(fold(title[:_TITLE_CHARS]))
        self._words = [gram for gram in grams if is_wordy(gram[0])]
        self._pairs = [gram for gram in grams if not is_wordy(gram[0])]
        self._all = len(grams)

    def share(self, text: str) -> float:
        """The share of the title's bigrams and words that the text has, too."""
        if not self._all:
            return 0.0
        folded = fold(text)
        there = sum(map(folded.__contains__, self._pairs))
        there += sum([_stands(word, folded) for word in self._words])
        return there / self._all


def summarise(
    article: Article, *, chars: int = 260, share: float = 0.25, wanted: Sequence[str] = ()
) -> tuple[str, ...]:
    """Whole sentences of the article, at most `chars` characters and `share` of its body's in all.

    One is always left unsaid. Where even one that can stand by itself is more than the share, one such is given if the
    body has at least two, or the beginning of a second: half of a short text is better than a quotation from it of
    which nobody knows the speaker. A brief body's first sentence is given for the same reason, however long.
    `wanted`: folded terms (bot/text.py), one of which the summary is to contain if a sentence fit for it does.
    """
    terms = [term for term in wanted if term]
    fringe = Fringe(article.title, article.body)
    pool = _eligible(article, terms, fringe)
    body = article.size
    if teaser := _from_teaser(article, pool, chars, int(share * body), terms):
        return teaser
    own = [sentence for sentence in pool if article.body[sentence.block].kind != "quote"]
    pool = own if len(own) > 1 else pool  # quotations are readers' comments and documents
    usable = [sentence for sentence in pool if len(sentence.text) <= chars]
    if not usable or (len(pool) < 2 and not _goes_on(article, pool[0])):
        return ()
    limit = min(chars, int(share * body))
    if (
        body <= _BRIEF
        and usable[0] is pool[0]
        and _leads(pool[0], limit)
        and not (terms and _hits(usable, terms))
    ):
        return (pool[0].text,)
    fitting = [sentence for sentence in usable if len(sentence.text) <= limit]
    if not any(_stands_alone(sentence.text) for sentence in fitting):
        return (max(_hits(usable, terms) or usable, key=_worth).text,)
    items = [sentence for sentence in fitting if article.body[sentence.block].kind == "item"]
    if len(items) > len(fitting) / 2 and len(items) > _MOST and not terms:  # a briefing
        return within([sentence.text for sentence in items[:_MOST]], limit)
    most = min(_MOST, max(1, len(pool) - 1))
    chosen = _choose(fitting, limit, most, terms)
    if any(map(fringe.asks, chosen)):  # rarely: so the others are looked at only now
        fitting = [sentence for sentence in fitting if not fringe.asks(sentence.text)]
        chosen = _choose(fitting, limit, most, terms)
    return chosen


def at_length(
    article: Article, said: Sequence[str], *, chars: int = 400, share: float = 0.3, more: int = 2
) -> tuple[str, ...]:
    """What a summary said and up to `more` sentences that it did not, at most `chars` characters and `share` of the
    body's in all, in the article's order; one sentence is still left unsaid."""
    fringe = Fringe(article.title, article.body)
    own = [one for one in _eligible(article, (), fringe) if article.body[one.block].kind != "quote"]
    pool = [sentence for sentence in own if not fringe.asks(sentence.text)]
    told = bigrams(fold(join(said)))
    new = [sentence for sentence in pool if len(sentence.grams & told) < _TWICE * len(sentence.grams)]
    limit = min(chars, int(share * article.size)) - len(join(said))
    added = _fill([], new, limit, min(more, len(new) - 1))
    positions = {sentence.text: sentence.position for sentence in (*pool, *added)}
    # A teaser's sentences are not the body's: they come first.
    return tuple(sorted((*said, *(s.text for s in added)), key=lambda text: positions.get(text, -1)))


def _goes_on(article: Article, only: _Sentence) -> bool:
    """Whether the only sentence is followed by one that the feed cut off, or stands above a list that has none: then
    something is left unsaid."""
    after = article.body[only.block].text.partition(only.text)[2]
    others = [block for i, block in enumerate(article.body) if i != only.block and block.kind != "heading"]
    return width(after) >= _SHORT or sum(width(block.text) for block in others) >= _REST


def _leads(first: _Sentence, limit: int) -> bool:
    """Whether it says what a brief article is about, at too great a length for the share."""
    text = first.text
    return len(text) > limit and first.position < _OPENING and _penalty(text, width(text)) < _UNFIT_TO_LEAD


def _stands_alone(text: str) -> bool:
    leans = _LEANS.match(text) or _PART.match(text)
    return not (leans or _QUOTATION_FIRST.match(text) or _is_question(text) or _is_addressed(text))


def _from_teaser(
    article: Article, pool: Sequence[_Sentence], chars: int, most: int, terms: Sequence[str]
) -> tuple[str, ...]:
    """The teaser's whole sentences, as far as there is room. As it is written to be passed on, `most` (the share)
    holds only where it is part of a longer body, and there as a rule with one exception: the first sentence."""
    whole = [sentence for sentence in sentences(article.teaser) if is_whole(sentence)]
    fringe = Fringe(article.title, ())
    teaser = [one for one in whole if not (_QUOTATION_ALONE.fullmatch(one) or fringe.tells(one))]
    if not teaser:
        return ()
    said, text = (letters(part) for part in (article.teaser, "".join(block.text for block in article.body)))
    limit = min(chars, most) if said in text and said != text else chars
    chosen = within(teaser, limit)
    if not chosen and len(teaser[0]) <= chars and len(pool) >= 2:
        return (teaser[0],)
    if terms and chosen and not any(_mentions(sentence, terms) for sentence in chosen):
        for hit in sorted(_hits(pool, terms), key=_worth, reverse=True):
            if shorter := within(chosen, limit - len(hit.text) - 1):
                return (*shorter, hit.text)
    return chosen


def within(parts: Sequence[str], limit: int) -> tuple[str, ...]:
    """The first of them that fit together."""
    chosen: list[str] = []
    for part in parts:
        if len(join([*chosen, part])) > limit:
            break
        chosen.append(part)
    return tuple(chosen)


def _eligible(article: Article, terms: Sequence[str], fringe: Fringe) -> list[_Sentence]:
    """The sentences that a summary may have: the first, and of those far down the ones with a term in them."""
    title = _Title(article.title)
    quotes = [block for block in article.body if block.kind == "quote"]
    voices = {id(block) for block in quotes if _VOICE.match(block.text)}
    found = []
    position = asked_for = 0
    note = _note(article)
    for number, block in enumerate(article.body):
        if len(voices) >= _VOICES and id(block) in voices:
            continue
        goes_on = number > 0 and article.body[number - 1].text.endswith(_OPEN_ENDS)
        if number < note or block.kind == "heading" or _ASKED.match(block.text) or is_aside(block.text):
            continue
        if position >= _READ:
            if asked_for >= _READ or not _mentions(block.text, terms):
                continue
            asked_for += 1
        for place, text in enumerate(_first_sentences(block.text)[:_READ]):
            size = width(text)
            stands = (block.kind != "item" or place == 0) and not (goes_on and place == 0)
            if stands and _is_fit(text, size) and not fringe.holds(text, number):
                worth = _BY_PLACE / math.sqrt(1 + position) - _penalty(text, size)
                worth += _BY_TITLE * title.share(text)
                worth -= _QUOTED if block.kind == "quote" else 0.0
                found.append(_Sentence(text, position, number, worth))
            position += 1
    return found


def _note(article: Article) -> int:
    """The blocks of the editor's note that an article begins with: to where it leads in, or none."""
    first = [block.text for block in article.body[:_NOTE]]
    if not first or not is_aside(first[0]):
        return 0
    return next((count for count, text in enumerate(first, start=1) if leads_in(text)), 0)


def _first_sentences(text: str) -> list[str]:
    if len(text) <= _READ_CHARS:
        return sentences(text)
    return sentences(text[:_READ_CHARS])[:-1]  # the last one may be cut


def _is_fit(text: str, size: float) -> bool:
    if size < 6 or _NO_SENTENCE.match(text) or _is_question(text) or is_aside(text) or not is_whole(text):
        return False
    most = 0.5 * len(text.replace(" ", ""))
    # Else it is a row of a table. Counting one by one is for what has not so many Han characters in a row.
    return sum(map(len, han(text))) >= most or sum(map(str.isalpha, text)) >= most


def _is_question(text: str) -> bool:
    return text.rstrip(_CLOSERS).endswith(("？", "?"))


def _penalty(text: str, size: float) -> float:
    penalty = 0.0 if _SHORT <= size <= _LONG else _OUTSIDE
    penalty += _QUOTATION if _QUOTATION_FIRST.match(text) else 0.0
    penalty += _ALONE if _QUOTATION_ALONE.fullmatch(text) else 0.0
    penalty += _LEANING if _LEANS.match(text) else 0.0
    penalty += _PARTIAL if _PART.match(text) else 0.0
    return penalty + (_ADDRESSED if _is_addressed(text) else 0.0)


def _is_addressed(text: str) -> bool:
    """Whether it greets the readers, or sends them somewhere."""
    if _GREETING.match(text):
        return True
    return _OF_A_POINTER.search(text) is not None and _POINTER.search(text) is not None


def _choose(pool: Sequence[_Sentence], limit: int, most: int, terms: Sequence[str]) -> tuple[str, ...]:
    """Up to `most` sentences of the pool, of `limit` characters together; one has one of the terms if any has."""
    lead = next(
        (one for one in pool[:_OPENING] if _penalty(one.text, width(one.text)) < _UNFIT_TO_LEAD), None
    )
    chosen = _fill([lead] if lead else [], pool, limit, most)
    if not any(_mentions(sentence.text, terms) for sentence in chosen) and (hits := _hits(pool, terms)):
        hit = max(hits, key=_worth)
        with_lead = [lead, hit] if lead else [hit]
        chosen = _fill(with_lead if most > 1 and _length(with_lead) <= limit else [hit], pool, limit, most)
    return tuple(sentence.text for sentence in chosen)


def _fill(chosen: list[_Sentence], pool: Sequence[_Sentence], limit: int, most: int) -> list[_Sentence]:
    """Add what gains most, while there is room and anything is gained; in the article's order."""
    chosen = sorted(chosen, key=_position)
    best_first = sorted(pool, key=lambda sentence: (-sentence.worth, sentence.position))
    while len(chosen) < most:
        gain, best = -math.inf, None
        for sentence in best_first:
            if sentence.worth < gain:  # which no gain exceeds
                break
            if sentence in chosen or _length([*chosen, sentence]) > limit:
                continue
            its = _gain(sentence, chosen)
            if best is None or (its, -sentence.position) > (gain, -best.position):
                gain, best = its, sentence
        if best is None or (chosen and gain < 0):
            break
        chosen = sorted([*chosen, best], key=_position)
    return chosen


def _gain(sentence: _Sentence, chosen: Sequence[_Sentence]) -> float:
    gain = sentence.worth
    if any(sentence.block == other.block for other in chosen):
        gain -= _SAME_PARAGRAPH
    said = [len(sentence.grams & other.grams) / (len(sentence.grams) or 1) for other in chosen]
    return gain - _REPEATED * max(said, default=0.0)


def _length(parts: Sequence[_Sentence]) -> int:
    return len(join(part.text for part in parts))


def _position(sentence: _Sentence) -> int:
    return sentence.position


def _worth(sentence: _Sentence) -> float:
    return sentence.worth


def _hits(pool: Sequence[_Sentence], terms: Sequence[str]) -> list[_Sentence]:
    return [sentence for sentence in pool if _mentions(sentence.text, terms)]


def _mentions(text: str, terms: Sequence[str]) -> bool:
    """Whether one of the folded terms is in the text."""
    folded = fold(text) if terms else ""
    return any(_stands(term, folded) for term in terms)


def _stands(term: str, folded: str) -> bool:
    return next(places(term, folded), None) is not None
