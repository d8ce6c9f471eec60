"""Articles that are like the news in what matters for speed, made from a seed: nobody's text, and always the same.

Words have Zipf frequencies, over characters that have them too; lengths are lognormal with a median of 1,200
characters; a twelfth of the articles is in traditional script, and one word in thirty is Latin. Sentences come from a
pool, so that 100,000 articles are made in seconds: what is rare in them is less rare than in real news.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property

from bot.model import Article, Block

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MEDIAN = 1200  # characters of an article
SPREAD = 0.7  # of the logarithm of the length
TRADITIONAL = 1 / 12
LATIN = 1 / 30  # of the words
THEMATIC = 0.4  # of the words: those of the article's theme

_VOCABULARY = 20_000
_THEMES = 300
_OWN_WORDS = 100  # of a theme
_SENTENCES = 100  # of a theme

# The characters that are most frequent in news, roughly in order; all others of GB 2312's first level follow.
_FREQUENT = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经"
    "么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全"
    "三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任"
    "常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必"
)
_FUNCTION = "的了在是和也就都而及与着或但从对为以将已并他她这那其"
_KNOWN = """
中国 美国 表示 政府 经济 台湾 总统 北京 香港 疫情 拜登 习近平 欧盟 乌克兰 俄罗斯 选举 病毒 安全 投资 人权 外交 核电 医院
公司 制裁 疫苗 芯片 法院 言论自由 气候变化 人工智能 布林肯 德国之声 联合国 石油 银行 新冠病毒 网络 世界卫生组织 泽连斯基
互联网 社会主义 中美关系 台积电 拜习会 华为 半导体 国家安全法 港口 电动汽车 马克龙 天然气 贸易战 钱 雇员 朔尔茨 金融危机
火星 鲸鱼
"""
_NAMES = "NATO G20 AI 5G VPN Facebook COVID-19 iPhone Reuters TikTok WHO OpenAI GDP Brexit ChatGPT EU"
_SOUNDS = "an ber con del er fa gor hi in jo ka lan men nor os per qui ran sen tor us ver wes xi yor zen"
_QUERIES = """
钱 港 美 疫 核 病 拜登 台湾 中国 经济 疫情 病毒 选举 制裁 芯片 华为 鲸鱼 港口 习近平 布林肯 半导体 拜习会 泽连斯基
人工智能 言论自由 气候变化 世界卫生组织 NATO G20 AI 5G VPN Facebook COVID-19 iPhone 臺灣 習近平 AI的
"""
_PAIRED = ("中国 经济", "拜登 台湾", "NATO 制裁", "华为 AI", "疫情 疫苗 医院")

_SIMPLIFIED = (
    "国会这来时说们对发后里学经动面个开关长问业产现义东书车马门见贝风龙鸟鱼台湾习总统欧选举医院药华为网络银乌"
)
_TRADITIONAL = (
    "國會這來時說們對發後裡學經動面個開關長問業產現義東書車馬門見貝風龍鳥魚臺灣習總統歐選舉醫院藥華為網絡銀烏"
)
_TO_TRADITIONAL = str.maketrans(_SIMPLIFIED, _TRADITIONAL)


class Corpus:
    """An endless archive of made-up articles. Each method's answer depends on its arguments alone."""

    @cached_property
    def words(self) -> list[str]:
        """The vocabulary, most frequent first."""
        words = list(_FUNCTION)
        words += self.distinct_words(_VOCABULARY)
        for number, word in enumerate(_KNOWN.split()):
            words.insert(int(200 * 1.06**number), word)
        return list(dict.fromkeys(words))

    def distinct_words(self, count: int, seed: int = 2) -> list[str]:
        """So many different words of two to four characters."""
        random_ = random.Random(seed)
        characters, weights = _characters()
        found: dict[str, None] = {}
        while len(found) < count:
            length = random_.choices((2, 3, 4), (70, 20, 10))[0]
            found["".join(random_.choices(characters, cum_weights=weights, k=length))] = None
        return list(found)

    def latin_words(self, count: int, seed: int = 3) -> list[str]:
        """So many different words of Latin letters and digits."""
        random_ = random.Random(seed)
        sounds = _SOUNDS.split()
        found: dict[str, None] = {}
        while len(found) < count:
            word = "".join(random_.choices(sounds, k=random_.randint(2, 4)))
            found[word + random_.choice(("", "", "", str(random_.randint(1, 99))))] = None
        words = list(found)
        for number, name in enumerate(_NAMES.split()):
            words.insert(int(20 * 1.35**number), name)
        return words[:count]

    @cached_property
    def themes(self) -> list[list[str]]:
        """The sentences that articles are made of, by theme: an article keeps to one, and so repeats its words."""
        random_ = random.Random(4)
        weights = _zipf(len(self.words))
        latin = self.latin_words(2000)
        latin_weights = _zipf(len(latin))
        themes = []
        for _ in range(_THEMES):
            own = random_.choices(self.words, k=_OWN_WORDS // 2)
            own += random_.choices(self.words, cum_weights=weights, k=_OWN_WORDS // 2)
            own_weights = _zipf(_OWN_WORDS)
            theme = []
            for _ in range(_SENTENCES):
                words = random_.choices(self.words, cum_weights=weights, k=random_.randint(6, 24))
                for place in range(len(words)):
                    if (chance := random_.random()) < LATIN:
                        words[place] = random_.choices(latin, cum_weights=latin_weights)[0]
                    elif chance < LATIN + THEMATIC:
                        words[place] = random_.choices(own, cum_weights=own_weights)[0]
                    if random_.random() < 0.1:
                        words[place] += "，"
                theme.append("".join(words).strip("，") + "。")
            themes.append(theme)
        return themes

    def articles(self, count: int, *, median: int = MEDIAN, seed: int = 5) -> Iterator[Article]:
        """So many articles, in the order of their publication."""
        random_ = random.Random(seed)
        published = NOW - count * timedelta(minutes=5)
        for number in range(count):
            published += timedelta(seconds=random_.randint(1, 599))
            yield self._article(random_, f"{seed:04x}{number:020x}", published, median)

    def _article(self, random_: random.Random, key: str, published: datetime, median: int) -> Article:
        length = random_.lognormvariate(0, SPREAD) * median
        blocks, size = [], 0.0
        theme = random_.choice(self.themes)
        while size < length:
            text = "".join(random_.choices(theme, k=random_.randint(2, 5)))
            size += len(text)
            blocks.append(text)
        title = random_.choice(theme)[:24].rstrip("，。")
        if random_.random() < TRADITIONAL:
            title, blocks = (
                title.translate(_TO_TRADITIONAL),
                [text.translate(_TO_TRADITIONAL) for text in blocks],
            )
        return Article(
            key=key,
            feed="news",
            title=title,
            url=f"https://news.example.org/a-{key}",
            source="示例新闻",
            published=published,
            body=tuple(map(Block, blocks)),
        )

    def article_of(self, characters: int) -> Article:
        """One article with about so many characters."""
        return min(
            self.articles(200, median=characters, seed=6), key=lambda one: abs(length(one) - characters)
        )

    def queries(self) -> list[str]:
        """50 searches of 1 to 12 characters: Han, Latin, mixed, traditional, and two words together."""
        queries = [*_QUERIES.split(), *_PAIRED]
        lengths = (2, 5, 6, 8, 9, 10, 12)
        stretches = (
            text for text in map(_stretch, itertools.chain.from_iterable(self.themes)) if len(text) >= 14
        )
        return queries + [text[1 : 1 + size] for text, size in zip(stretches, lengths, strict=False)]


CORPUS = Corpus()
"""Made when it is first asked for something, in a second or two."""


def length(article: Article) -> int:
    """An article's characters: its title and body."""
    return len(article.title) + sum(len(block.text) for block in article.body)


def text(article: Article) -> str:
    """All that is searched in an article."""
    return "\n".join((article.title, *(block.text for block in article.body)))


def _stretch(sentence: str) -> str:
    """The longest part of a sentence without punctuation or Latin."""
    parts = "".join(char if "\u4e00" <= char <= "\u9fff" else " " for char in sentence).split()
    return max(parts, key=len, default="")


def _characters() -> tuple[Sequence[str], Sequence[float]]:
    level_one = (
        bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFA)
    )
    rest = sorted(set(level_one) - set(_FREQUENT))
    random.Random(1).shuffle(rest)
    characters = [*dict.fromkeys(_FREQUENT), *rest]
    return characters, _zipf(len(characters), offset=10)


def _zipf(count: int, offset: int = 5) -> list[float]:
    """Cumulated weights 1 / (rank + offset), as Mandelbrot has it."""
    return list(itertools.accumulate(1 / (rank + offset) for rank in range(count)))
