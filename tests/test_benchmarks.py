"""The benchmarks run, and what they find out besides speed holds at any size. No time is asserted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import ModuleType

import pytest

from benchmarks import corpus, matching, memory, messages, polling, queries, searching
from benchmarks.__main__ import BENCHMARKS
from benchmarks.corpus import CORPUS
from benchmarks.figures import Figure, quantile, table

# Nothing is repeated to have the quickest of several times, and the corpus has few words and themes.
TINY: dict[ModuleType, dict[str, object]] = {
    corpus: {"_VOCABULARY": 1000, "_THEMES": 12},
    matching: {"_ROUNDS": 2, "HOSTILE": 260},
    memory: {"POLLING": "interval: 100ms, floor: 100ms", "ITEMS": 8, "EVERY": 0.2},
    messages: {"MEGABYTE": 100_000},
    polling: {"ROUNDS": 1},
    queries: {"_SUSPECT": math.inf},
    searching: {"_REPEATS": 1, "ADDED": 20},
}


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, values in TINY.items():
            for name, value in values.items():
                patch.setattr(module, name, value)
        yield
    vars(CORPUS).clear()


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_of_a_tiny_size_gives_its_figures(name: str) -> None:
    figures = BENCHMARKS[name](25)
    assert figures
    assert all(math.isfinite(figure.value) and figure.value >= 0 for figure in figures)
    assert len(table(figures).splitlines()) == len(figures) + 1
    counted = [figure for figure in figures if not figure.unit and (figure.most == 0 or figure.least == 1)]
    assert all(figure.kept for figure in counted), (
        counted
    )  # recall, precision, exceptions: not a matter of time


def test_the_corpus_is_the_same_in_every_run() -> None:
    first, second = ([(a.title, a.body) for a in CORPUS.articles(3)] for _ in range(2))
    assert first == second
    queries = CORPUS.queries()
    assert len(queries) == len(set(queries)) == 50
    assert {len(query) for query in queries} >= {1, 2, 3, 4, 12}


def test_a_bar_that_is_missed_is_called_so() -> None:
    shown = table([Figure("slow", 2.0, most=1, naive=4.0), Figure("fast", 0.5, most=1)])
    assert "MISSED" in shown.splitlines()[1]
    assert "2.00×" in shown.splitlines()[1]
    assert "✓" in shown.splitlines()[2]


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile(range(1, 101), 0.99) == 99
