"""What a document brought and a ledger knows: stories grow, and end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.kin import Kin
from bot.model import Article, Block
from bot.stories import MOST_MEMBERS, WINDOW

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
TEXT = (
    "横跨青河湾的渡轮自星期三起停航，岸边的居民要绕行四十公里才能到对岸上班。",
    "运营公司表示，三艘船的主机都出现裂纹，检验机构不再签发适航证书。",
    "市政府答应在两周内租来两艘替代船只，票价由财政补贴，具体日期还要看船级社的意见。",
)


def piece(number: int, outlet: str = "海湾日报", *, hours: float = 0) -> Article:
    return Article(
        key=f"{number:024x}",
        feed=outlet,
        title="青河湾渡轮停航 居民绕行四十公里",
        url=f"https://{outlet}.example/{number}",
        source=outlet,
        published=NOW + timedelta(hours=hours),
        body=tuple(map(Block, TEXT)),
    )


def told(articles: list[Article], kin: Kin | None = None) -> Kin:
    kin = kin or Kin([article.url for article in articles])
    for article in articles:
        mine = kin.look(article)
        for candidate in kin.candidates(mine, ()):
            if kin.join(mine, candidate, ()):
                break
        kin.keep(mine)
    return kin


def sizes(kin: Kin) -> list[int]:
    """How many articles each story has, those that were told alone included."""
    first = {key: key for key in kin.prints}
    for key, twin in kin.twins.items():
        first[key] = first[twin]
    return sorted(Counter(first.values()).values(), reverse=True)


def test_three_outlets_in_one_document_are_one_story() -> None:
    assert sizes(told([piece(1), piece(2, "北路电台"), piece(3, "科索通讯")])) == [3]


def test_a_feed_that_repeats_itself_makes_stories_that_end() -> None:
    kin = told([piece(number) for number in range(300)])
    assert sizes(kin) == [MOST_MEMBERS] * (300 // MOST_MEMBERS)
    assert all(len(prints) <= 18 for prints in kin.prints.values())


def test_no_outlet_is_swallowed_by_a_story_that_has_ended() -> None:
    kin = told([piece(number) for number in range(MOST_MEMBERS)])
    other = piece(99, "北路电台")
    assert other.key not in told([other], kin).twins


def test_a_story_does_not_go_on_for_longer_than_two_days() -> None:
    a, b = piece(1), replace(piece(2, "北路电台"), published=NOW + WINDOW - timedelta(hours=1))
    c = replace(piece(3, "科索通讯"), published=NOW + WINDOW + timedelta(hours=1))
    kin = told([a, b, c])
    assert kin.twins == {b.key: a.key}


def test_what_the_ledger_knows_of_a_story_counts() -> None:
    members = [piece(number, f"第{number}报") for number in range(MOST_MEMBERS)]
    new = piece(99, "北路电台")
    for known, joins in ((members, False), (members[1:], True)):
        kin = Kin([new.url])
        mine = kin.look(new)
        candidate = next(kin.candidates(mine, known))
        assert bool(kin.join(mine, candidate, known)) == joins


def test_an_address_that_several_entries_have_makes_nobody_a_twin() -> None:
    first = replace(piece(1), title="渡轮停航", url="https://bay.example/live", body=())
    other = replace(piece(2), title="铜矿复工", url="https://bay.example/live", body=())
    assert told([first, other]).twins == {}
