"""Laws about how fast Telegram is called. Time is a number here; nothing waits."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pace import Pace, Rate


def most_within(times: list[float], seconds: float) -> int:
    """The most of these times that any window of so many seconds holds, its end not included."""
    return max(bisect_left(times, start + seconds) - place for place, start in enumerate(times))


def call(pace: Pace, now: float, chat: int) -> float:
    """Wait as long as it takes, call, and get the answer at once. Returns when."""
    while wait := pace.delay(now, chat):
        now += wait
    pace.count(now)
    pace.leave_gap(now, chat)
    pace.worked()
    return now


def run(pace: Pace, seconds: float, start: float = 0.0) -> list[float]:
    """Calls to ever new chats, as fast as the pace allows."""
    now, chat, times = start, 1000, []
    while now < start + seconds:
        times.append(now := call(pace, now, chat))
        chat += 1
    return times


@pytest.mark.parametrize("overall", [1, 5, 30, 300, 1000])
def test_no_second_sees_more_than_the_rate_the_first_included(overall):
    times = run(Pace(Rate(overall=overall)), 10)
    assert most_within(times, 1.0) <= overall
    assert len(times) >= 10 * overall * 0.88


def test_no_second_sees_more_than_the_rate_after_a_rest():
    pace = Pace(Rate())
    times = run(pace, 3) + run(pace, 3, start=100)
    assert most_within(times, 1.0) <= 30


@given(st.lists(st.tuples(st.floats(0, 2), st.sampled_from([1, 2, 3, -1, -2])), max_size=60))
def test_the_rate_and_each_chats_gap_hold_for_any_arrivals(arrivals):
    pace = Pace(Rate(overall=10))
    now = 0.0
    times: list[float] = []
    chats: dict[int, list[float]] = {}
    for pause, chat in arrivals:
        now = call(pace, now + pause, chat)
        times.append(now)
        chats.setdefault(chat, []).append(now)
    assert not times or most_within(times, 1.0) <= 10
    for chat, calls in chats.items():
        gaps = [later - earlier for earlier, later in pairwise(calls)]
        assert all(gap >= (1.0 if chat > 0 else 3.0) for gap in gaps)
        assert chat > 0 or most_within(calls, 60.0) <= 20


def test_what_was_promised_goes_first():
    pace = Pace(Rate())
    free = [pace.delay(7.0, ahead=promised) for promised in range(5)]
    assert free == pytest.approx([0, 0, 0, 1 / 27, 2 / 27])
    for _ in range(3):
        pace.count(7.0)
    assert pace.delay(7.0) == pytest.approx(1 / 27)


def test_the_gap_counts_from_the_answer():
    pace = Pace(Rate())
    pace.count(0.0)
    pace.leave_gap(5.0, 1)  # it took five seconds
    assert pace.delay(5.0, 1) == pytest.approx(1.1)
    assert pace.delay(5.0, 2) == 0


def test_a_waiting_chat_holds_up_no_other():
    pace = Pace(Rate())
    pace.refused(0.0, 1, 43_838)
    assert pace.waiting(0.0) == {1}
    assert pace.delay(0.0) == 0
    assert pace.delay(0.0, 2) == 0
    assert pace.delay(0.0, 1) == 43_838
    assert pace.next_change(0.0) == 43_838
    assert len(run(pace, 1)) >= 27
    assert 1 not in pace.waiting(43_838)


def test_the_same_chat_refused_again_and_again_is_no_storm():
    pace = Pace(Rate())
    for second in range(5):
        pace.refused(second / 10, -7, 60)
    assert pace.delay(1.0) == 0


def test_three_chats_refused_at_once_hold_everything_and_slow_it_down():
    pace = Pace(Rate())
    for chat, seconds in [(1, 43_838), (2, 5), (3, 6)]:
        pace.refused(10.0, chat, seconds)
    assert pace.delay(10.0) == 5  # and not half a day
    for chat in (4, 5, 6):
        pace.refused(10.5, chat, 5)  # those that were in flight: the same storm
    assert pace.delay(10.5) == pytest.approx(4.5)
    slow = run(pace, 10, start=20.0)
    assert len(slow) == pytest.approx(10 * 30 * 0.9 * 0.8, rel=0.05)
    back = run(pace, 10, start=20.0 + 5 * 60)
    assert len(back) == pytest.approx(10 * 30 * 0.9, rel=0.02)


def test_three_chats_refused_one_after_another_are_no_storm():
    pace = Pace(Rate())
    for chat in (1, 2, 3):
        pace.refused(chat * 2.0, chat, 60)
    assert pace.delay(6.0) == 0


def test_replies_to_people_leave_less_for_the_rest():
    pace = Pace(Rate())
    for _ in range(27):
        pace.count(0.0)  # never asked whether it may
    assert pace.delay(0.0) == pytest.approx(1.0, abs=0.1)


def test_a_door_that_does_not_open_is_knocked_at_more_and_more_seldom():
    pace = Pace(Rate())
    for _ in range(7):
        pace.failed(0.0)
    assert pace.delay(0.0) == 0
    pauses = []
    now = 0.0
    for _ in range(6):
        pace.failed(now)
        pauses.append(pace.delay(now))
        now += pauses[-1]
    assert pauses == [1, 2, 4, 5, 5, 5]
    pace.worked()
    pace.failed(now)
    assert pace.delay(now) == 0


def test_nothing_is_kept_of_chats_that_need_not_wait():
    pace = Pace(Rate())
    for chat in range(1, 1000):
        pace.leave_gap(chat / 30, chat)
    assert pace.waiting(1000 / 30) == set(range(968, 1000))
    assert pace.waiting(100) == set()
    assert pace.next_change(100) == float("inf")
