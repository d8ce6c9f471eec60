"""Flow: pay what the ledger says is owed.

    while not told to stop:
        delivery = ledger.claim()            # a lease, as soon as the pace and a free hand allow it
        message  = compose(...)              # for this reader, if they still want it
        outcome  = sender.send(message)      # a refused picture: by another way, at last without
        ledger.settle(delivery, outcome)     # only Telegram's answer ends a debt

        where there is no delivery to be made:
        revision = ledger.claim_edit()       # a message that was sent, and is to say more, or something else
        outcome  = sender.edit(compose(...))
        ledger.settle_edit(revision, outcome)

A process that dies leaves at most `concurrency` deliveries of which nobody knows whether Telegram has them.

    sending.py     the loop, and each debt from claim to settlement
    pictures.py    by which way a picture goes
"""

from __future__ import annotations

from .pictures import UPLOAD_LIMIT, Fetcher
from .sending import Deliverer

__all__ = ["UPLOAD_LIMIT", "Deliverer", "Fetcher"]
