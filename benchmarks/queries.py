"""Whatever is typed: a query or a QueryError, quickly."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from bot.errors import QueryError
from bot.query import parse
from bot.query.matcher import regex

from .corpus import CORPUS, NOW
from .figures import Figure

MOST = 100_000

_PIECES = (
    *"()（）|｜-－\"“”/*:：,，、;；。 \u3000\t\n\\·_+'`~^$[]{}<>&%#@!?？=0",
    *(
        "OR",
        "AND",
        "NOT",
        "NEAR",
        "ＯＲ",
        "title:",
        "标题:",
        "源：",
        "tag:",
        "after:",
        "last:",
        "before:",
        "no:",
    ),
    *(
        "拜登",
        "台湾",
        "臺灣",
        "AI",
        "ＡＩ",
        "nato*",
        "5G",
        "C++",
        "カナ",
        "한국",
        "ไทย",
        "é",
        "e\u0301",
        "İ",
        "ß",
    ),
    *("2026-10-01", "2026-13-45", "9999", "7d", "9999y", "0", "\x00", "\x1b", "\ud800", "\ufeff", "\u202e"),
    *(
        "😀",
        "👨‍👩‍👧",
        "\U0002a6d6",
        "/(a+)+$/",
        "/[/",
        "/(?i)a/",
        "/a{1000}/",
        "/((a{1000}){1000})/",
        "/\\pZ/",
    ),
)


def hostile() -> list[str]:
    """Strings that are made to be slow, deep or long."""
    shapes = [
        "(",
        ")",
        "()",
        "((",
        "-",
        "--",
        "|",
        '"',
        '""',
        "/",
        "//",
        "/a",
        "*",
        ":",
        "a:",
        "title:",
        "OR ",
    ]
    shapes += [
        "a ",
        "a|",
        "(a|",
        "-a ",
        "-(",
        "拜",
        "拜 ",
        '"a" ',
        "title:(",
        "标题:-",
        "a*b*",
        "，",
        "AND ",
        "NOT ",
    ]
    shapes += [
        "ab:",
        "/a/ ",
        "/(/ ",
        "last:9y ",
        "after:2026 ",
        "\\/",
        "/\\",
        "\ud800",
        "\U0002a6d6 ",
        "aé",
        "\x00",
    ]
    long = [
        shape * (count // len(shape)) for shape in shapes for count in (100, 1999, 2000, 10_000, 1_000_000)
    ]
    bombs = [
        f"/{pattern}/" for pattern in ("(a*)*b", "((a{99}){99}){99}", "(x+x+)+y", ".{1000}" * 99, "a?" * 900)
    ]
    bombs += [f"/{'(' * depth}a{')' * depth}/" for depth in (50, 500, 990)]
    nested = ["(" * depth + "a" + ")" * depth for depth in (10, 19, 20, 21, 900)]
    return long + bombs + nested


def strings(count: int, seed: int = 9) -> Iterator[str]:
    """So many random strings: pieces of the language in any order, plain characters, and queries that were damaged."""
    random_ = random.Random(seed)
    sound = [
        *CORPUS.queries(),
        '(拜登 | 布林肯) 访华 -"体育 新闻"',
        "标题:拜登 源:dw last:7d",
        "/台湾|臺灣/ nato*",
    ]
    for number in range(count):
        if number % 3 == 0:
            yield "".join(random_.choices(_PIECES, k=random_.randint(1, 40)))
        elif number % 3 == 1:
            highest = random_.choice((0x7F, 0x9FFF, 0x10FFFF))
            yield "".join(chr(random_.randint(0, highest)) for _ in range(random_.randint(1, 60)))
        else:
            text = list(random_.choice(sound))
            for _ in range(random_.randint(1, 4)):
                text.insert(random_.randint(0, len(text)), random_.choice(_PIECES))
            yield "".join(text)


def run(size: int) -> list[Figure]:
    """Figures for four times `size` strings, 100,000 at most, and all hostile ones."""
    bad = hostile()
    count = min(MOST, 4 * size)
    raised, errors, slowest, worst, total = 0, 0, 0.0, "", 0.0
    for number, text in enumerate((*strings(count), *bad)):
        taken, outcome = _timed(text, allow=bool(number % 2) or number >= count)
        if taken > _SUSPECT:  # a machine that is busy elsewhere, or the collector: what is slow is slow again
            taken = min(
                taken, *(_timed(text, allow=bool(number % 2) or number >= count)[0] for _ in range(4))
            )
        errors += isinstance(outcome, QueryError)
        raised += outcome is not None and not isinstance(outcome, QueryError)
        total += taken
        if taken > slowest:
            slowest, worst = taken, text
    shown = worst if len(worst) <= 24 else f"{worst[:20]}… ({len(worst):,} characters)"
    return [
        Figure(f"{count + len(bad):,} strings: exceptions other than QueryError", raised, "", most=0),
        Figure(f"{count + len(bad):,} strings: slowest, least of five", slowest, most=50, way=ascii(shown)),
        Figure(f"{count + len(bad):,} strings: mean", total / (count + len(bad))),
        Figure(f"{count + len(bad):,} strings: refused with a QueryError", errors / (count + len(bad)), ""),
    ]


_SUSPECT = 5.0  # ms


def _timed(text: str, *, allow: bool) -> tuple[float, Exception | None]:
    """The ms of CPU that it takes to read the string and spell it out, and what was raised."""
    regex.cache_clear()
    start = time.thread_time()
    outcome: Exception | None = None
    try:
        str(parse(text, dates=allow, regexes=allow, everything=allow, now=NOW))
    except Exception as error:
        outcome = error
    return (time.thread_time() - start) * 1e3, outcome
