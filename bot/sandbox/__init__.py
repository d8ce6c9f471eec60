"""A Telegram on loopback: the Bot API over HTTP, as strict as Telegram, and a page to chat with the bot on.

It knows the Bot API and never the bot: whatever bot is given `url` and `token` talks to it as to Telegram.

    async with Sandbox(people=[Person(1, "Anna", role="管理员 Admin")]) as s:
        ...                                       # start a bot with s.url as its API address and s.token
        s.say(1, "/start")                        # what people do is plain calls
        await s.wait_for(lambda: s.sent(1))       # what the bot does arrives when it arrives
        s.press(1, s.sent(1)[-1]["message_id"], "Subscribe")
        s.faults.fail(429, "Too Many Requests: retry after 3", {"retry_after": 3})
        assert s.calls[-1].method == "sendMessage"

A person exists for the bot only after they wrote to it: before, it may not begin (403). Everything is kept in
memory, bounded, and gone at the end.
"""

from .arguments import Upload
from .faults import Faults
from .limits import Rates
from .sandbox import Sandbox
from .server import Call
from .state import BotAccount, Chat, Message, Person

__all__ = ["BotAccount", "Call", "Chat", "Faults", "Message", "Person", "Rates", "Sandbox", "Upload"]
