"""The debts, on a SQLite connection: who is owed what, what is being sent, and what came of it.

Each function is called within a transaction that the ledger holds. Of a destination's open deliveries (ready or in
flight) exactly one is its head: the one in flight, else the oldest. Only heads are claimed, which keeps each
destination's order whatever is retried, and finding them costs the same however many are waiting behind them.

Heads are claimed by their turn, not by their age: the k-th recipient of an article stands k places behind the one
that is being served (start-time fair queueing), so that a broadcast to thousands does not hold up an article for
ten. What waits behind a head lends it its own turn.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..model import Counts, Delivery, Destination, Gone, Moved, Outcome, Owed, Refused, Retry, Sent
from .codec import milliseconds, moment

DOUBT = (
    15.0  # seconds at least before another attempt at what may be there already: a second doubt is its last
)
UNSENT = 2.0  # seconds before another attempt at what never left
BACKOFF = 5.0, 300.0  # seconds: after the first attempt, doubling up to the second
LONGEST_WAIT = 86_400.0  # seconds: whatever Telegram asks for, a day later it is tried again
MOST_AMBIGUOUS = 2  # copies that a reader may get, at worst

SCHEMA = """
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    chat INTEGER NOT NULL,
    destination TEXT NOT NULL,              -- the chat, or CHAT/THREAD
    article TEXT NOT NULL REFERENCES article(key),
    topics TEXT NOT NULL,                   -- JSON
    state TEXT NOT NULL DEFAULT 'ready',    -- ready, inflight, sent, gone, refused, unknown
    head INTEGER NOT NULL DEFAULT 0,        -- 1: next of its destination
    turn INTEGER NOT NULL,                  -- smaller ones are claimed first
    not_before INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    ambiguous INTEGER NOT NULL DEFAULT 0,
    message_id INTEGER,
    photo INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    owed INTEGER NOT NULL,                  -- when it was recorded
    settled INTEGER,                        -- when Telegram last answered
    UNIQUE (article, destination)
);
CREATE UNIQUE INDEX delivery_head ON delivery(destination) WHERE head;
CREATE INDEX delivery_claimable ON delivery(turn, id, not_before, chat) WHERE head AND state = 'ready';
CREATE INDEX delivery_open ON delivery(chat, destination, state, id, turn) WHERE state IN ('ready', 'inflight');
CREATE INDEX delivery_message ON delivery(chat, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX delivery_state ON delivery(state, owed);
CREATE TABLE served (turn INTEGER NOT NULL);   -- one row: the turn of what was claimed last
INSERT INTO served VALUES (0);
"""

# A message that its reader opened, with what it names below: a JSON array of keys.
OPENED = "CREATE TABLE opened (delivery INTEGER PRIMARY KEY, related TEXT NOT NULL);\n"

_COLUMNS = "id, destination, article, topics, attempts, ambiguous, message_id, photo, reason, settled"


def owe(db: sqlite3.Connection, debts: Sequence[Owed], now: datetime) -> None:
    """Write down debts that are not there yet. Raises sqlite3.IntegrityError where an article is unknown."""
    (served,) = db.execute("SELECT turn FROM served").fetchone()
    recipients: Counter[str] = Counter()
    at = milliseconds(now)
    for debt in debts:
        destination, turn = str(debt.destination), served + recipients[debt.article]
        topics = json.dumps(debt.topics, ensure_ascii=False)
        added = db.execute(
            "INSERT INTO delivery (chat, destination, article, topics, turn, not_before, owed, head) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, NOT EXISTS (SELECT * FROM delivery WHERE destination = ? AND head)) "
            "ON CONFLICT (article, destination) DO NOTHING RETURNING head",
            (debt.destination.chat, destination, debt.article, topics, turn, at, at, destination),
        ).fetchone()
        if added is None:
            continue
        recipients[debt.article] += 1
        if added == (0,):
            db.execute(
                "UPDATE delivery SET turn = min(turn, ?) WHERE destination = ? AND head", (turn, destination)
            )


def claim(db: sqlite3.Connection, now: datetime, limit: int, hold: Collection[int]) -> list[Delivery]:
    """Lease heads whose time has come. A head that has to wait holds back what is behind it."""
    ids = db.execute(
        "SELECT id, turn FROM delivery INDEXED BY delivery_claimable WHERE head AND state = 'ready' "
        "AND not_before <= ? AND chat NOT IN (SELECT value FROM json_each(?)) ORDER BY turn, id LIMIT ?",
        (milliseconds(now), json.dumps(list(hold)), max(limit, 0)),
    ).fetchall()
    if not ids:
        return []
    db.execute("UPDATE served SET turn = max(turn, ?)", (ids[-1][1],))
    chosen = json.dumps([id for id, _ in ids])
    rows = db.execute(
        "UPDATE delivery SET state = 'inflight', attempts = attempts + 1 "  # noqa: S608 - our own columns
        f"WHERE id IN (SELECT value FROM json_each(?)) RETURNING {_COLUMNS}",
        (chosen,),
    ).fetchall()
    leased = {row[0]: _delivery(row) for row in rows}
    return [leased[id] for id, _ in ids]


def release(db: sqlite3.Connection, leased: Sequence[Delivery]) -> None:
    """Take a claim back as if it had not been made: for a caller who went away before being told of it."""
    for delivery in leased:
        db.execute(
            "UPDATE delivery SET state = 'ready', attempts = attempts - 1 "
            "WHERE id = ? AND state = 'inflight' AND attempts = ?",
            (delivery.id, delivery.attempts),
        )


def settle(db: sqlite3.Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """Write down Telegram's answer to this attempt. A late one, to an attempt that is no longer in flight,
    changes nothing: by then somebody else answers for the delivery."""
    row = db.execute(
        "SELECT chat, destination, ambiguous FROM delivery WHERE id = ? AND state = 'inflight' AND attempts = ?",
        (delivery.id, delivery.attempts),
    ).fetchone()
    if row is None:
        return
    chat, destination, ambiguous = row
    match outcome:
        case Sent(message_id, _, photo):
            _end(db, delivery.id, "sent", now)
            db.execute(
                "UPDATE delivery SET message_id = ?, photo = ? WHERE id = ?", (message_id, photo, delivery.id)
            )
        case Refused(reason):
            _end(db, delivery.id, "refused", now, reason)
        case Gone(reason):
            # What is in flight to other threads of the chat has its own answer coming.
            ready = db.execute(
                "SELECT id FROM delivery WHERE chat = ? AND state = 'ready'", (chat,)
            ).fetchall()
            for (id,) in [(delivery.id,), *ready]:
                _end(db, id, "gone", now, reason)
        case Moved(new):
            _again(db, delivery.id, ambiguous, now, now, "moved")
            if new != chat:
                move(db, chat, new)
        case Retry(reason, after, lost, unsent):
            # What never left says nothing against this delivery: when there is a way again, it goes soon.
            wait = backoff(after, delivery.attempts, unsent=unsent)
            due = now + timedelta(seconds=max(wait, DOUBT) if lost else wait)
            _again(db, delivery.id, ambiguous + lost, due, now, reason)
    _promote(db, chat, destination)


def recover(db: sqlite3.Connection, now: datetime) -> int:
    """What was in flight may have been accepted. Ready again, or unknown where that would risk a third copy."""
    left = db.execute(
        "SELECT id, chat, destination, ambiguous FROM delivery WHERE state = 'inflight'"
    ).fetchall()
    for id, chat, destination, ambiguous in left:
        _again(db, id, ambiguous + 1, now, now, "interrupted")
        _promote(db, chat, destination)
    return len(left)


def delivered(db: sqlite3.Connection, chat: int, message_id: int, named: int | None) -> Delivery | None:
    """The delivery behind a message, else that of the number `named` if it was for this chat."""
    select = f"SELECT {_COLUMNS} FROM delivery WHERE "  # noqa: S608 - our own columns
    where = "chat = ? AND message_id = ? ORDER BY id DESC LIMIT 1"
    row = db.execute(select + where, (chat, message_id)).fetchone()
    if row is None and named is not None:
        row = db.execute(select + "id = ? AND chat = ?", (named, chat)).fetchone()
    return _delivery(row) if row else None


def keep_open(db: sqlite3.Connection, id: int, related: Sequence[str] | None) -> None:
    """Write down that a delivery's message is shown at length, naming these articles; None: no longer."""
    if related is None:
        db.execute("DELETE FROM opened WHERE delivery = ?", (id,))
    else:
        db.execute("INSERT OR REPLACE INTO opened VALUES (?, ?)", (id, json.dumps(list(related))))


def deliveries(db: sqlite3.Connection, article: str) -> list[tuple[Delivery, str]]:
    """All of an article, in the order in which they were recorded, each with its state."""
    rows = db.execute(
        f"SELECT {_COLUMNS}, state FROM delivery WHERE article = ? ORDER BY id",  # noqa: S608 - our own columns
        (article,),
    )
    return [(_delivery(row[:-1]), row[-1]) for row in rows]


def counts(db: sqlite3.Connection) -> Counts:
    """The ledger in figures."""
    (articles,) = db.execute("SELECT count(*) FROM article").fetchone()
    states = dict(db.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall())
    (oldest,) = db.execute("SELECT min(owed) FROM delivery WHERE state = 'ready'").fetchone()
    return Counts(articles, states, None if oldest is None else moment(oldest))


def _delivery(row: Sequence[Any]) -> Delivery:
    id, destination, article, topics, attempts, ambiguous, message_id, photo, reason, settled = row
    where, why = Destination.parse(destination), tuple(json.loads(topics))
    when = None if settled is None else moment(settled)
    return Delivery(id, where, article, why, attempts, ambiguous, message_id, bool(photo), reason, when)


def backoff(after: float, attempts: int, *, unsent: bool = False) -> float:
    """Seconds before another attempt: what Telegram asked for, else the longer the more attempts there were."""
    if unsent:
        return UNSENT
    if math.isfinite(after) and after > 0:
        return min(after, LONGEST_WAIT)
    first, most = BACKOFF
    return float(min(first * 2 ** min(attempts - 1, 16), most))


def _end(db: sqlite3.Connection, id: int, state: str, now: datetime, reason: str = "") -> None:
    db.execute(
        "UPDATE delivery SET state = ?, head = 0, reason = ?, settled = ? WHERE id = ?",
        (state, reason, milliseconds(now), id),
    )


def _again(
    db: sqlite3.Connection, id: int, ambiguous: int, not_before: datetime, now: datetime, reason: str
) -> None:
    db.execute("UPDATE delivery SET ambiguous = ? WHERE id = ?", (ambiguous, id))
    if ambiguous >= MOST_AMBIGUOUS:
        _end(db, id, "unknown", now, reason)
        return
    db.execute(
        "UPDATE delivery SET state = 'ready', not_before = ?, reason = ?, settled = ? WHERE id = ?",
        (milliseconds(not_before), reason, milliseconds(now), id),
    )


def _promote(db: sqlite3.Connection, chat: int, destination: str) -> None:
    """Make the one in flight, else the oldest ready one, the destination's head, with the best turn behind it."""
    db.execute("UPDATE delivery SET head = 0 WHERE destination = ? AND head", (destination,))
    db.execute(
        "UPDATE delivery SET head = 1, turn = (SELECT min(turn) FROM delivery INDEXED BY delivery_open "
        "  WHERE chat = :chat AND destination = :destination AND state IN ('ready', 'inflight')) "
        "WHERE id = (SELECT id FROM delivery INDEXED BY delivery_open WHERE chat = :chat "
        "  AND destination = :destination AND state IN ('ready', 'inflight') ORDER BY state, id LIMIT 1)",
        {"chat": chat, "destination": destination},
    )


def move(db: sqlite3.Connection, old: int, new: int) -> None:
    """Give the new chat all that the old one had, what was sent too, so that nobody gets an article again."""
    db.execute("UPDATE delivery SET head = 0 WHERE chat IN (?, ?)", (old, new))
    rows = db.execute("SELECT id, destination, article FROM delivery WHERE chat = ?", (old,)).fetchall()
    for id, destination, article in rows:
        there = str(Destination(new, Destination.parse(destination).thread))
        twin = db.execute(
            "SELECT id FROM delivery WHERE destination = ? AND article = ?", (there, article)
        ).fetchone()
        if twin and _joined(db, id, twin[0]) != id:
            continue
        # A message's number in the old group means nothing in the new one.
        db.execute(
            "UPDATE delivery SET chat = ?, destination = ?, message_id = NULL WHERE id = ?", (new, there, id)
        )
    open_ = db.execute(
        "SELECT DISTINCT destination FROM delivery WHERE chat = ? AND state IN ('ready', 'inflight')", (new,)
    ).fetchall()
    for (destination,) in open_:
        _promote(db, new, destination)


_RANK = ("sent", "unknown", "inflight", "ready", "refused", "gone")  # what is kept of two


def _joined(db: sqlite3.Connection, mover: int, twin: int) -> int:
    """Of two deliveries of one article to one destination, remove the one that says less; the other's id.

    What is kept carries the doubts of both: each may stand for a copy that was accepted.
    """
    rows = db.execute(
        "SELECT state, id, ambiguous FROM delivery WHERE id IN (?, ?)", (mover, twin)
    ).fetchall()
    kept, removed = sorted(rows, key=lambda row: (_RANK.index(row[0]), row[1]))
    doubts = kept[2] + removed[2] + (removed[0] == "inflight")
    db.execute("DELETE FROM delivery WHERE id = ?", (removed[1],))
    db.execute("UPDATE delivery SET ambiguous = ? WHERE id = ?", (doubts, kept[1]))
    if kept[0] == "ready" and doubts >= MOST_AMBIGUOUS:
        db.execute("UPDATE delivery SET state = 'unknown' WHERE id = ?", (kept[1],))
    return int(kept[1])
