"""How the Bot API says no: a code, a sentence, sometimes parameters."""

from __future__ import annotations


class Refusal(Exception):
    """An answer with `"ok": false`. `parameters` is the Bot API's ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(sentence: str, **parameters: int) -> Refusal:
    """400: the request is wrong, or its object is not there."""
    return Refusal(400, f"Bad Request: {sentence}", **parameters)


def forbidden(sentence: str) -> Refusal:
    """403: the chat is closed to the bot."""
    return Refusal(403, f"Forbidden: {sentence}")


def flood(seconds: int) -> Refusal:
    """429: too much, too fast; it may be tried again in so many seconds."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
