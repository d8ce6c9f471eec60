"""Run the benchmarks and print their table."""

from __future__ import annotations

import argparse
import gc
import time

from . import matching, memory, messages, polling, queries, searching, sending, stories
from .figures import table

BENCHMARKS = {
    "matching": matching.run,
    "searching": searching.run,
    "queries": queries.run,
    "messages": messages.run,
    "polling": polling.run,
    "sending": sending.run,
    "stories": stories.run,
    "memory": memory.run,
}
SIZE = 4000  # articles


def main() -> None:
    """Read the arguments and run what they name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help=f"articles in the archive (default: {SIZE:,})")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="this benchmark; may be repeated")
    arguments = parser.parse_args()
    if arguments.size < 1:
        parser.error("--size must be at least 1")
    for name in arguments.only or BENCHMARKS:
        start = time.perf_counter()
        figures = BENCHMARKS[name](arguments.size)
        print(f"{name} ({time.perf_counter() - start:.0f} s)\n{table(figures)}\n", flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
