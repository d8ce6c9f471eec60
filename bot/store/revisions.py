"""The debts of another kind, on a SQLite connection: messages that were sent and are to be edited.

A message is owed one edit at most: whatever else is to be said in it meanwhile is said by the same edit, which is
composed of what is known when it is paid. Like a delivery it is leased, and settled by Telegram's answer. An edit says
nothing that is lost with it, so that doubts about it need no counting: it is made again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from ..model import Change, Delivery, Destination, Gone, Moved, Outcome, Refused, Retry, Revision, Sent
from .codec import milliseconds
from .deliveries import backoff, move

APART = timedelta(minutes=1)  # between two edits of a message, and in which outlets that arrive together meet
LONGEST_WAIT = timedelta(hours=1)  # for an article that does not settle
MOST_UPDATES = 3  # edits of a message because its article changed: more would be noise

SCHEMA = """
CREATE TABLE revision (
    delivery INTEGER PRIMARY KEY,           -- whose message it is
    state TEXT NOT NULL DEFAULT 'ready',    -- ready, inflight, done, refused: never again
    since INTEGER NOT NULL,                 -- when it was asked for, the first time since the last edit
    not_before INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,     -- raised whenever it is asked for
    changed INTEGER NOT NULL DEFAULT 0,     -- 1: it is to tell of a change of the article
    updates INTEGER NOT NULL DEFAULT 0,     -- edits that did
    attempts INTEGER NOT NULL DEFAULT 0,
    edited INTEGER
);
CREATE INDEX revision_ready ON revision(not_before) WHERE state = 'ready';
CREATE INDEX revision_inflight ON revision(delivery) WHERE state = 'inflight';
"""

TAKING_BACK = """
ALTER TABLE revision ADD COLUMN told TEXT NOT NULL DEFAULT '';      -- what the message says while a change waits
ALTER TABLE revision ADD COLUMN also INTEGER NOT NULL DEFAULT 1;    -- 1: it was asked for without a change, too
"""


def ask_for(db: sqlite3.Connection, change: Change, now: datetime) -> None:
    """Every message about an article that has changed is to be edited, if its readers are to be told of it."""
    if change.after is not None:
        ask(db, [change.article.key], now, change)


def ask(db: sqlite3.Connection, articles: Iterable[str], now: datetime, change: Change | None = None) -> None:
    """Every message about one of these articles is to be edited. What still waits to be sent needs no edit.

    For a `change` of the article, the edit waits until `change.after`, which a later change puts off; where by then the
    article says again what the message does, none is owed for it. That it was withdrawn is told however often the
    message was edited before.
    """
    final = change is not None and change.article.withdrawn
    rows = db.execute(
        "SELECT delivery.id, revision.state, since, revision.not_before, updates, edited, told, also "
        "FROM delivery "
        "LEFT JOIN revision ON revision.delivery = delivery.id "
        "WHERE article IN (SELECT value FROM json_each(?)) "
        "AND (delivery.state = 'inflight' OR delivery.state = 'sent' AND message_id IS NOT NULL)",
        (json.dumps(list(articles)),),
    ).fetchall()
    asked = milliseconds(now)
    for id, state, since, not_before, updates, edited, told, also in rows:
        if change and change.says and state == "ready" and told == change.says:
            db.execute(
                "UPDATE revision SET state = CASE also WHEN 0 THEN 'done' ELSE state END, changed = 0, told = '', "
                "version = version + 1 WHERE delivery = ?",
                (id,),
            )
            continue
        if state == "refused" or (change and not final and (updates or 0) >= MOST_UPDATES):
            continue
        waiting = state in ("ready", "inflight")
        since = since if waiting else asked
        earliest = (edited or 0) + milliseconds_of(APART)
        if change and change.after:
            due = min(milliseconds(change.after), since + milliseconds_of(LONGEST_WAIT))
        else:
            due = not_before if waiting else asked + milliseconds_of(APART)
        db.execute(
            "INSERT INTO revision (delivery, since, not_before, changed, told, also) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (delivery) DO UPDATE SET since = excluded.since, not_before = excluded.not_before, "
            "changed = changed OR excluded.changed, told = excluded.told, also = excluded.also, version = version + 1, "
            "state = CASE state WHEN 'inflight' THEN state ELSE 'ready' END",
            (
                id,
                since,
                max(due, earliest),
                change is not None,
                (told if state == "ready" else "") or (change.was if change else ""),
                bool(waiting and also) or change is None,
            ),
        )


def claim(db: sqlite3.Connection, now: datetime, hold: Collection[int]) -> Revision | None:
    """Lease the edit that has been due longest, none of the chats in `hold`."""
    row = db.execute(
        "SELECT delivery.id, destination, article, topics, message_id, photo, version, changed, updates, "
        "revision.attempts + 1, related FROM revision JOIN delivery ON delivery.id = revision.delivery "
        "LEFT JOIN opened ON opened.delivery = delivery.id "
        "WHERE revision.state = 'ready' AND revision.not_before <= ? AND delivery.state = 'sent' "
        "AND message_id IS NOT NULL AND chat NOT IN (SELECT value FROM json_each(?)) "
        "ORDER BY revision.not_before LIMIT 1",
        (milliseconds(now), json.dumps(list(hold))),
    ).fetchone()
    if row is None:
        return None
    id, destination, article, topics, message_id, photo, version, changed, updates, attempts, related = row
    db.execute("UPDATE revision SET state = 'inflight', attempts = ? WHERE delivery = ?", (attempts, id))
    where, why = Destination.parse(destination), tuple(json.loads(topics))
    delivery = Delivery(id, where, article, why, message_id=message_id, photo=bool(photo))
    shown = tuple(json.loads(related)) if related else None
    return Revision(delivery, version, attempts, bool(changed), updates, shown)


def release(db: sqlite3.Connection, revision: Revision) -> None:
    """Take a claim back, for a caller who went away before being told of it."""
    db.execute(
        "UPDATE revision SET state = 'ready' WHERE delivery = ? AND state = 'inflight' AND attempts = ?",
        (revision.delivery.id, revision.attempts),
    )


def settle(db: sqlite3.Connection, revision: Revision, outcome: Outcome, now: datetime) -> None:
    """Write down Telegram's answer to this attempt; a late one changes nothing."""
    id = revision.delivery.id
    row = db.execute(
        "SELECT version FROM revision WHERE delivery = ? AND state = 'inflight' AND attempts = ?",
        (id, revision.attempts),
    ).fetchone()
    if row is None:
        return
    match outcome:
        case Sent():
            again = row != (revision.version,)
            db.execute(
                "UPDATE revision SET state = ?, updates = updates + ?, changed = changed AND ?, edited = ?, "
                "not_before = max(not_before, ?) WHERE delivery = ?",
                ("ready" if again else "done", revision.changed, again, milliseconds(now),
                 milliseconds(now + APART), id),
            )  # fmt: skip
        case Retry(after=after, unsent=unsent):
            due = now + timedelta(seconds=backoff(after, revision.attempts, unsent=unsent))
            db.execute(
                "UPDATE revision SET state = 'ready', not_before = ? WHERE delivery = ?",
                (milliseconds(due), id),
            )
        case Refused() | Gone():  # deleted, or nobody there any more
            db.execute("UPDATE revision SET state = 'refused' WHERE delivery = ?", (id,))
        case Moved(chat):  # a message's number in the old group means nothing in the new one
            db.execute("UPDATE revision SET state = 'refused' WHERE delivery = ?", (id,))
            move(db, revision.delivery.destination.chat, chat)


def forget(db: sqlite3.Connection, deliveries: Iterable[int]) -> None:
    """What is about to be sent (again) is composed of what is known now."""
    db.executemany("DELETE FROM revision WHERE delivery = ?", [(id,) for id in deliveries])


def recover(db: sqlite3.Connection) -> None:
    """What was in flight when the last process died is made again."""
    db.execute("UPDATE revision SET state = 'ready' WHERE state = 'inflight'")


def waiting(db: sqlite3.Connection) -> int:
    """How many messages are still to be edited."""
    (count,) = db.execute(
        "SELECT count(*) FROM revision JOIN delivery ON delivery.id = revision.delivery "
        "WHERE revision.state IN ('ready', 'inflight') AND message_id IS NOT NULL"
    ).fetchone()
    return int(count)


def milliseconds_of(span: timedelta) -> int:
    """A span of time in whole milliseconds."""
    return span // timedelta(milliseconds=1)
