"""A figure: what was measured, the bar that it should keep, and what the naive way takes. And how time is taken."""

from __future__ import annotations

import math
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `naive` is in the same unit; `most` and `least` are the bar."""

    what: str
    value: float
    unit: str = "ms"
    most: float | None = None
    least: float | None = None
    naive: float | None = None
    way: str = ""  # what the naive way is, or a remark

    @property
    def kept(self) -> bool | None:
        """Whether the bar is kept, None where there is none."""
        if self.most is None and self.least is None:
            return None
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )


def cpu(call: Callable[[], object], times: int = 1) -> list[float]:
    """The CPU time of this thread for each of so many calls, in ms."""
    taken = []
    for _ in range(times):
        start = time.thread_time()
        call()
        taken.append((time.thread_time() - start) * 1e3)
    return taken


def quantile(values: Iterable[float], share: float) -> float:
    """The value that this share of all does not exceed: 0.5 is the median."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text."""
    rows = [("", "measured", "bar", "", "naive", "ratio", "")]
    for figure in figures:
        bar, naive, ratio = "", "", ""
        if figure.most is not None:
            bar = f"≤ {figure.most:g}"
        elif figure.least is not None:
            bar = f"≥ {figure.least:g}"
        if figure.naive is not None:
            naive = _number(figure.naive)
            ratio = f"{_number(figure.naive / figure.value)}×" if figure.value else ""
        kept = {None: "", True: "✓", False: "MISSED"}[figure.kept]
        rows.append(
            (
                figure.what,
                f"{_number(figure.value)} {figure.unit}".rstrip(),
                bar,
                kept,
                naive,
                ratio,
                figure.way,
            )
        )
    widths = [max(_width(row[column]) for row in rows) for column in range(7)]
    return "\n".join(
        "  ".join(map(_padded, row, widths, (False, *[True] * 5, False))).rstrip() for row in rows
    )


def _number(value: float) -> str:
    if value == 0 or value >= 100:
        return f"{value:,.0f}"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
