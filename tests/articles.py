"""The article of which the tests of the deliveries tell, and a picture for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.model import Article, Block

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
# 640 by 480, as far as its header goes
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0" + b"\0" * 64


def story(key: str = "a" * 24, **fields: Any) -> Article:
    """An article that was published `NOW`, with characters in its title that HTML escapes."""
    return Article(
        key=key,
        feed="dw",
        title="新港口开始运行 <1 & 2>",
        url=f"https://news.example.org/{key}",
        source="示例新闻",
        published=NOW,
        body=(
            Block("新的港口今天开始运行，第一艘货轮在清晨抵达码头。"),
            Block("市长在仪式上表示，工程用了六年时间，费用比计划少。"),
            Block("当地居民对噪音表示担心，管理方承诺夜间不装卸。"),
        ),
        **fields,
    )
