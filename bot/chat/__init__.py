"""The conversation: what people write and press, one module a subject. Each is parse → one call → reply.

    following.py    /start /help /subscribe /unsubscribe, the buttons that follow and mute, who blocks and comes back
    reading.py      /search /latest
    why.py          /why
    editing.py      /topics: everybody's list, and for admins each topic's card
    operating.py    /feeds /stats, for admins
    settings.py     /settings
    menu.py         the command menu

Nothing is remembered between two messages but what stands in the store or in the message itself, so that a restart
forgets nothing.
"""

from .desk import Desk
from .menu import announce
from .register import handlers

__all__ = ["Desk", "announce", "handlers"]
