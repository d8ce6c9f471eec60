"""Search in the real ledger on disk, beside an exact scan in memory and FTS5's own trigram tokenizer.

A page is asked for as anybody does, by default; the total is another question, which /search asks up to a thousand.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.model import Article
from bot.query import parse
from bot.store.sqlite import SqliteLedger
from bot.text import fold

from .corpus import CORPUS, NOW, text
from .figures import Figure, quantile

TOP = 20
BATCH = 200
TRIGRAM_MOST = 5_000  # articles in the trigram index: 100,000 would take it seven minutes
COMPLETE = 2000  # hits of a query that are all read and compared; of more, the newest and the total
ADDED = 200  # enough for the index's merges to be among them
LATE = 2000  # articles of the last week, one by one in random order
COUNTED = 1000  # as /search does
_REPEATS = 5


@dataclass(slots=True)
class Answers:
    """What one way of searching said, by query, and the CPU time that it took, in ms."""

    times: list[float] = field(default_factory=list)
    top: list[list[int]] = field(default_factory=list)  # newest first
    every: list[Collection[int]] = field(default_factory=list)

    def ask(self, call: Callable[[], list[int]]) -> None:
        """Ask a few times, keep the quickest: others use the machine too."""
        taken = []
        for _ in range(_REPEATS):
            start = time.process_time()
            top = call()
            taken.append((time.process_time() - start) * 1e3)
        self.times.append(min(taken))
        self.top.append(top)


def run(size: int) -> list[Figure]:
    """Figures for `size` articles."""
    with tempfile.TemporaryDirectory() as folder:
        truth = _scan(size)
        trigram = _trigram(min(size, TRIGRAM_MOST), Path(folder) / "trigram.db")
        figures = asyncio.run(_ledger(size, Path(folder), truth))
        (aside := Path(folder) / "no-order").mkdir()
        return [*figures, *asyncio.run(_in_no_order(size, aside, truth)), *trigram]


async def _ledger(size: int, folder: Path, truth: Answers) -> list[Figure]:
    ledger = await SqliteLedger.open(folder)
    try:
        written, filling = await _fill(ledger, CORPUS.articles(size))
        share = _index_size(folder / "ledger.db") / written
        besides = (_size(folder / "ledger.db") - _bodies(folder / "ledger.db")) / written
        answers, totals, counting = await _search(ledger)
        best = await _relevance(ledger)
        adding = await _add(ledger, CORPUS.articles(ADDED, seed=8))
        late = list(CORPUS.articles(min(size, LATE), seed=9))
        random.Random(1).shuffle(late)
        await _add(ledger, late)
        after = await _pages(ledger)
    finally:
        await ledger.close()
    exact = [len(every) for every in truth.every]
    recall, precision = _agreement(answers, truth)
    what = f"{size:,} articles"
    return [
        Figure(
            f"{what}: newest {TOP}, p50",
            quantile(answers.times, 0.5),
            most=1,
            naive=quantile(truth.times, 0.5),
            way="exact scan in memory",
        ),
        Figure(
            f"{what}: newest {TOP}, p99",
            quantile(answers.times, 0.99),
            most=10,
            naive=quantile(truth.times, 0.99),
            way="exact scan in memory",
        ),
        Figure(f"{what}: newest 5, counted to {COUNTED:,}, p50", quantile(counting, 0.5)),
        Figure(f"{what}: newest 5, counted to {COUNTED:,}, p99", quantile(counting, 0.99)),
        Figure(f"{what}: the best 5 of the newest 300, counted so, p50", quantile(best, 0.5)),
        Figure(f"{what}: the best 5 of the newest 300, counted so, p99", quantile(best, 0.99)),
        Figure(f"{what}: recall, mean of {len(exact)} queries", recall, "", least=1),
        Figure(f"{what}: precision", precision, "", least=1),
        Figure(f"{what}: totals that are wrong", sum(map(int.__ne__, totals, exact)), "", most=0),
        Figure(f"{what}: adding one, median", quantile(adding, 0.5), most=5),
        Figure(f"{what}: adding one, mean", statistics.fmean(adding), most=5),
        Figure(f"{what}: adding one, slowest of {len(adding)}", max(adding)),
        Figure(f"{what} and {len(late):,} late ones: newest {TOP}, p50", quantile(after.times, 0.5), most=1),
        Figure(
            f"{what} and {len(late):,} late ones: newest {TOP}, p99", quantile(after.times, 0.99), most=10
        ),
        Figure(f"{what}: index, as a share of the text's UTF-8", share, "", most=0.8),
        Figure(f"{what}: all of the file but the bodies, as a share of it", besides, ""),
        Figure(f"{what}: filling the archive, per article", filling / size),
    ]


async def _in_no_order(size: int, folder: Path, truth: Answers) -> list[Figure]:
    """The same articles, recorded in random order."""
    stored = list(CORPUS.articles(size))
    random.Random(3).shuffle(stored)
    ledger = await SqliteLedger.open(folder)
    try:
        written, filling = await _fill(ledger, iter(stored))
        share = _index_size(folder / "ledger.db") / written
        answers = await _pages(ledger)
    finally:
        await ledger.close()
    wrong = sum(map(list.__ne__, answers.top, truth.top))
    what = f"{size:,} articles recorded in random order"
    return [
        Figure(f"{what}: newest {TOP}, p50", quantile(answers.times, 0.5), most=1),
        Figure(f"{what}: newest {TOP}, p99", quantile(answers.times, 0.99), most=10),
        Figure(f"{what}: pages that are wrong", wrong, "", most=0),
        Figure(f"{what}: index, as a share of the text's UTF-8", share, "", most=0.8),
        Figure(f"{what}: filling the archive, per article", filling / size),
    ]


async def _fill(ledger: SqliteLedger, articles: Iterator[Article]) -> tuple[int, float]:
    """Record the articles in batches. Returns the bytes of their text and the ms that recording took."""
    written, taken = 0, 0.0
    while batch := list(itertools.islice(articles, BATCH)):
        written += sum(len(text(article).encode()) for article in batch)
        start = time.process_time()
        await ledger.record(None, batch, (), NOW)
        taken += (time.process_time() - start) * 1e3
    return written, taken


async def _search(ledger: SqliteLedger) -> tuple[Answers, list[int], list[float]]:
    """Pages by query, the exact totals, and what a page of /search takes with its count."""
    answers, totals, counting = await _pages(ledger), [], []
    for written in CORPUS.queries():
        query = parse(written)
        start = time.process_time()
        await ledger.search(query, limit=5, count=COUNTED)
        counting.append((time.process_time() - start) * 1e3)
        totals.append((await ledger.search(query, limit=0, count=None, patience=None)).total)
        # All of them only where reading them is quick: in a large archive the newest and the total must do.
        everything = await ledger.search(query, limit=totals[-1] if totals[-1] <= COMPLETE else TOP)
        answers.every.append({_number(article) for article in everything.articles})
    return answers, totals, counting


async def _pages(ledger: SqliteLedger) -> Answers:
    """The newest of each query."""
    answers = Answers()
    for written in CORPUS.queries():
        query = parse(written)
        taken = []
        for _ in range(_REPEATS):
            start = time.process_time()
            found = await ledger.search(query, limit=TOP)
            taken.append((time.process_time() - start) * 1e3)
        answers.times.append(min(taken))
        answers.top.append([_number(article) for article in found.articles])
    return answers


async def _relevance(ledger: SqliteLedger) -> list[float]:
    taken = []
    for written in CORPUS.queries():
        start = time.process_time()
        await ledger.search(parse(written), limit=5, count=COUNTED, order="relevance")
        taken.append((time.process_time() - start) * 1e3)
    return taken


async def _add(ledger: SqliteLedger, articles: Iterable[Article]) -> list[float]:
    taken = []
    for article in articles:
        start = time.process_time()
        await ledger.record(None, [article], (), NOW)
        taken.append((time.process_time() - start) * 1e3)
    return taken


def _number(article: Article) -> int:
    return int(article.key[4:], 16)


def _agreement(answers: Answers, truth: Answers) -> tuple[float, float]:
    """Mean recall and precision against the exact scan, of all articles, or of the newest where there are too many."""
    recalls, precisions = [], []
    for top, every, true_top, true in zip(answers.top, answers.every, truth.top, truth.every, strict=True):
        found, wanted = (set(every), set(true)) if len(every) >= len(true) else (set(top), set(true_top))
        if top != true_top:
            found = set()  # the right articles in a wrong order are no answer
        recalls.append(len(found & wanted) / len(wanted) if wanted else 1.0)
        precisions.append(len(found & wanted) / len(found) if found else 1.0)
    return statistics.fmean(recalls), statistics.fmean(precisions)


def _index_size(path: Path) -> int:
    """The bytes of the full-text index."""
    return _asked(path, "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'article_fts%'")


def _size(path: Path) -> int:
    """The bytes of the whole file."""
    return _asked(path, "SELECT sum(pgsize) FROM dbstat")


def _bodies(path: Path) -> int:
    """The bytes of the articles' bodies as they are stored."""
    return _asked(path, "SELECT sum(length(CAST(body AS BLOB))) FROM article")


def _asked(path: Path, query: str) -> int:
    db = sqlite3.connect(path)
    try:
        return int(db.execute(query).fetchone()[0])
    finally:
        db.close()


# The naive ways


def _wanted(query: str) -> list[Callable[[str], bool]]:
    """By other means than the bot's: each word stands in the text, and not within a longer Latin word."""

    def standing(word: str) -> Callable[[str], bool]:
        start = r"(?<![a-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
        end = r"(?![a-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
        if not start and not end:
            return lambda folded: word in folded
        pattern = re.compile(start + re.escape(word) + end)
        return lambda folded: word in folded and pattern.search(folded) is not None

    return [standing(word) for word in fold(query).split()]


def _scan(size: int) -> Answers:
    texts = [(number, fold(text(article))) for number, article in enumerate(CORPUS.articles(size))]
    texts.reverse()  # newest first
    answers = Answers()
    for query in CORPUS.queries():
        wanted = _wanted(query)

        def matching(wanted: list[Callable[[str], bool]] = wanted) -> list[int]:
            return [number for number, folded in texts if all(stands(folded) for stands in wanted)]

        answers.ask(matching)
        answers.every.append(set(answers.top[-1]))
        answers.top[-1] = answers.top[-1][:TOP]
    return answers


def _trigram(size: int, path: Path) -> list[Figure]:
    """FTS5's trigrams on the folded text: the newest 20, without a total."""
    db = sqlite3.connect(path)
    try:
        db.execute("CREATE VIRTUAL TABLE article USING fts5(text, content='', tokenize='trigram')")
        texts = [(number, fold(text(article))) for number, article in enumerate(CORPUS.articles(size))]
        start = time.process_time()
        bytes_ = 0
        for at in range(0, size, BATCH):
            with db:
                batch = texts[at : at + BATCH]
                bytes_ += sum(len(folded.encode()) for _, folded in batch)
                db.executemany("INSERT INTO article (rowid, text) VALUES (?, ?)", batch)
        build = time.process_time() - start
        answers, truth = Answers(), Answers()
        for query in CORPUS.queries():
            asked = " AND ".join(f'"{word}"' for word in fold(query).split())
            answers.ask(partial(_rows, db, asked, f"ORDER BY rowid DESC LIMIT {TOP}"))
            answers.every.append(_rows(db, asked, ""))
            wanted = _wanted(query)
            true = [number for number, folded in reversed(texts) if all(stands(folded) for stands in wanted)]
            truth.top.append(true[:TOP])
            truth.every.append(true)
        (stored,) = db.execute("SELECT sum(pgsize) FROM dbstat").fetchone()
    finally:
        db.close()
    recall, precision = _plain_agreement(answers.every, truth.every)
    what = f"FTS5 trigram, {size:,} articles"
    return [
        Figure(
            f"{what}: newest {TOP} without a total, p50", quantile(answers.times, 0.5), way="the naive index"
        ),
        Figure(
            f"{what}: newest {TOP} without a total, p99", quantile(answers.times, 0.99), way="the naive index"
        ),
        Figure(f"{what}: recall", recall, "", way="nothing under 3 characters"),
        Figure(f"{what}: precision", precision, "", way="AI in said"),
        Figure(f"{what}: index, as a share of the text's UTF-8", stored / bytes_, ""),
        Figure(f"{what}: filling it, per article", build * 1e3 / size),
    ]


def _rows(db: sqlite3.Connection, asked: str, order: str) -> list[int]:
    rows = db.execute(f"SELECT rowid FROM article WHERE article MATCH ? {order}", (asked,))  # noqa: S608 - ours
    return [number for (number,) in rows]


def _plain_agreement(
    found: Iterable[Collection[int]], wanted: Iterable[Collection[int]]
) -> tuple[float, float]:
    pairs = [(set(one), set(other)) for one, other in zip(found, wanted, strict=True)]
    return (
        statistics.fmean(len(one & other) / len(other) if other else 1.0 for one, other in pairs),
        statistics.fmean(len(one & other) / len(one) if one else 1.0 for one, other in pairs),
    )
