"""Flow: feeds that are due are fetched, and what is new in them is recorded together with who is owed it.

    for each feed that is due, oldest first:
        match web.get(feed.url, state's validators):
            Failure     -> back off
            NotModified -> nothing new
            Page        -> parse, unless the body is the last one
                           unseen entries -> articles -> owed, but for stories that were told
                           seen ones that have changed -> what is to be edited
        ledger.record(state with the next poll, articles, owed)      # one transaction, on every path

Due times are data on rows: a restart polls nothing early, and a tick only asks which rows are due. What strangers wrote
is parsed and cleaned by the reader (bot/worker/reader.py), so that a hostile document holds up nobody.

    polling.py      a feed that is due to its document, and to its next poll
    recording.py    a document to what is new in it, and who is owed it
"""

from __future__ import annotations

from .polling import AGAIN, OUTAGE, VALIDATORS_LAST, Poller
from .recording import MOST_CHANGED, NEWS, Recorder

__all__ = ["AGAIN", "MOST_CHANGED", "NEWS", "OUTAGE", "VALIDATORS_LAST", "Poller", "Recorder"]
