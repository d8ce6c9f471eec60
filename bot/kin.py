"""What a document has brought so far, and of which stories its articles are.

The ledger proposes other documents' articles by prints, the rule (bot/stories.py) decides. What an article costs here
does not depend on how many are like it: a few are proposed, and a story that has grown large takes in nothing more.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence

from . import stories
from .model import Article
from .stories import Reason, Signature

_CANDIDATES = 4  # of the same document that the rule is asked about; of others, the ledger names as many
_COMMON = 30  # articles of the document that are looked at for each print
_KEPT = 300  # signatures, of some ten kilobytes each


class Kin:
    """The new articles of one document, in the order in which readers are to get them.

    `prints` are theirs (`stories.prints`), `twins` names of each that is of an earlier one's story that other one.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        """`urls`: those of all the document's entries. An address that several of them have tells nothing."""
        uses = Counter(address for url in urls for address in {*stories.addresses(url)})
        self._shared = frozenset(address for address, count in uses.items() if count > 1)
        self.prints: dict[str, Sequence[int]] = {}
        self.twins: dict[str, str] = {}
        self._signatures: dict[str, Signature] = {}
        self._having: defaultdict[int, deque[str]] = defaultdict(lambda: deque(maxlen=_COMMON))
        self._stories: dict[str, list[Signature]] = {}  # by the keys of their members

    def look(self, article: Article) -> Signature:
        """Begin with the next article: its prints are there now. About half a millisecond."""
        mine = stories.signature(article, shared=self._shared)
        self.prints[mine.key] = stories.prints(mine)
        return mine

    def candidates(self, mine: Signature, found: Collection[Article]) -> Iterator[Signature]:
        """Those that tell the same, of what the ledger has `found` and of the same document."""
        for candidate in (*map(stories.signature, found), *self._alike(mine)):
            if stories.same(mine, candidate) is not None:
                yield candidate

    def join(self, mine: Signature, candidate: Signature, members: Collection[Article]) -> Reason | None:
        """Take the article into the candidate's story if that is still open; by what it is of it, None where it is not.

        `members`: all of the story, as the ledger has it.
        """
        if candidate.key not in self._stories:
            story = [stories.signature(one) for one in members] or [candidate]
            self._stories.update((one.key, story) for one in story)
        story = self._stories[candidate.key]
        if reason := stories.joins(mine, candidate, story):
            story.append(mine)
            self._stories[mine.key] = story
            self.twins[mine.key] = candidate.key
        return reason

    def keep(self, mine: Signature) -> None:
        """From now on, the article is one that others of the document may be like."""
        self._signatures[mine.key] = mine
        for number in self.prints[mine.key]:
            self._having[number].append(mine.key)
        if len(self._signatures) > _KEPT:
            del self._signatures[next(iter(self._signatures))]

    def _alike(self, mine: Signature) -> list[Signature]:
        """Those that share two prints; the likest first, of those as like the newest."""
        having = (key for number in self.prints[mine.key] for key in reversed(self._having.get(number, ())))
        shared = Counter(key for key in having if key in self._signatures)
        return [self._signatures[key] for key, count in shared.most_common(_CANDIDATES) if count > 1]
