"""The conversation: what people write and press, one module a subject. Each is parse → one call → reply.

    following.py    /start /help /subscribe /unsubscribe, the buttons that follow, who blocks and comes back
    reading.py      /search /latest
    refining.py     a search's buttons, and what to try where nothing is found
    why.py          /why
    editing.py      /topics: everybody's list, and what is written behind the command
    narrowing.py    what a chat mutes and pauses for itself; muting.py: the same under a delivered article
    card.py         a topic's card, for admins; changing.py: edits tried, saved and taken back; trying.py: their figures
    operating.py    /feeds /stats, for admins, and what they are told unasked
    settings.py     /settings
    menu.py         the command menu

Nothing is remembered between two messages but what stands in the store or in the message itself, so that a restart
forgets nothing.
"""

from .desk import Desk
from .menu import announce
from .operating import warn
from .register import handlers

__all__ = ["Desk", "announce", "handlers", "warn"]
