"""An article's body as it is stored: read at once, and made into blocks when somebody looks at one.

A page of results is twenty articles, of which a reader is shown titles and a line or two: making hundreds of blocks of
their bodies would be most of the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, overload

from ..model import Block


class Body(Sequence[Block]):
    """The blocks, equal to a tuple of them. `shape`: what the lines of the text do not say; see `encoded`."""

    __slots__ = ("_blocks", "_raw", "_shape")

    def __init__(self, raw: bytes, shape: Mapping[str, Any]) -> None:
        self._raw, self._shape = raw, shape
        self._blocks: tuple[Block, ...] | None = None

    @property
    def text(self) -> str | None:
        """All of it, a line for each block; None where lines do not tell blocks apart."""
        return None if "lengths" in self._shape else self._raw.decode("utf-16-le")

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks, made when they are first asked for."""
        if self._blocks is None:
            texts = self._texts()
            self._blocks = tuple(map(Block, texts, self._shape.get("kinds") or ["paragraph"] * len(texts)))
        return self._blocks

    def _texts(self) -> list[str]:
        text = self._raw.decode("utf-16-le")
        lengths = self._shape.get("lengths")
        if lengths is None:
            return text.split("\n") if text else []
        ends = accumulate(length + 1 for length in lengths)
        return [text[end - 1 - length : end - 1] for length, end in zip(lengths, ends, strict=True)]

    def __len__(self) -> int:
        return len(self.blocks)

    def __iter__(self) -> Iterator[Block]:
        return iter(self.blocks)

    @overload
    def __getitem__(self, index: int) -> Block: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Block, ...]: ...
    def __getitem__(self, index: int | slice) -> Block | tuple[Block, ...]:
        return self.blocks[index]

    def __eq__(self, other: object) -> bool:
        return self.blocks == (other.blocks if isinstance(other, Body) else other)

    def __hash__(self) -> int:
        return hash(self.blocks)

    def __repr__(self) -> str:
        return repr(self.blocks)

    def __reduce__(self) -> tuple[type, tuple[tuple[Block, ...]]]:
        return tuple, (self.blocks,)


def encoded(blocks: Sequence[Block]) -> tuple[bytes, dict[str, object]]:
    """A body to be stored: its texts, a line each, and what these lines do not say: kinds other than paragraphs,
    and lengths where a text has lines of its own. UTF-16 takes two bytes a character instead of three for
    most, and is read in a fraction of the time."""
    texts, kinds = [block.text for block in blocks], [block.kind for block in blocks]
    shape: dict[str, object] = {}
    if any(kind != "paragraph" for kind in kinds):
        shape["kinds"] = kinds
    if any("\n" in text for text in texts) or texts == [""]:
        shape["lengths"] = [len(text) for text in texts]
    return "\n".join(texts).encode("utf-16-le"), shape
