"""What can go wrong, as a tree. The docstring of each class is its message where it is given no other.

    KuaixunError
    ├── ConfigError         every mistake in the config at once, each with its key
    ├── QueryError          where in the query, and what was expected there
    ├── ArticleError        an archived article or a feed document that cannot be read
    │   └── Unreadable      reading it took too much, and was stopped
    └── StoreError
        ├── StoreLocked     another instance works on this folder
        ├── StoreDamaged    a file of the store cannot be read; it was left as it is
        └── Missing         what was to be changed is no longer there

Expected failures of the outside world (a feed is down, Telegram refuses) are values, not exceptions:
`web.Failure` and `model.Outcome`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class KuaixunError(Exception):
    """Something went wrong that a person can mend."""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").strip()


class ConfigError(KuaixunError):
    """The configuration has mistakes."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[Sequence[str]]]:
        return type(self), (self.mistakes,)


class QueryError(KuaixunError):
    """The query cannot be read.

    `code` names the sentence in bot/locale (under `query.`), `values` fill it, `position` and `length` are
    the place in `text`, the query as it was typed, in characters.
    """

    text = ""

    def __init__(self, code: str, position: int, length: int = 1, **values: str) -> None:
        self.code = code
        self.position = position
        self.length = length
        self.values: Mapping[str, str] = values
        super().__init__(f"{code} at character {position + 1}")


class ArticleError(KuaixunError):
    """This is not an article or a feed that can be read."""


class Unreadable(ArticleError):
    """Reading this takes too much time or memory."""


class StoreError(KuaixunError):
    """The store failed."""


class StoreLocked(StoreError):
    """Another instance works on this folder."""


class StoreDamaged(StoreError):
    """A file of the store cannot be read; it was left as it is."""


class Missing(StoreError):
    """What was to be changed is no longer there."""
