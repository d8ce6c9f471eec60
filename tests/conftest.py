from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

# The same examples in every run of CI, new ones on every other machine; and no test is decided by time.
settings.register_profile("kuaixun", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("kuaixun")

# What waits long, or loads what no other file needs, begins first and on one worker: xdist gives the first half of the
# tests to the first, and the second helps with the end of that half. So at the end both are at something short.
FIRST = ("page", "story", "deliver_http", "benchmarks", "demo", "reader", "store_damage", "sandbox", "edits")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    names = [f"test_{name}" for name in FIRST]

    def turn(item: pytest.Item) -> int:
        return names.index(item.path.stem) if item.path.stem in names else len(names)

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    # What is loaded stays: that the garbage collector looks through it again and again is a tenth of the time.
    gc.collect()
    gc.freeze()
