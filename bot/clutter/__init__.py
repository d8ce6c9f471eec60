"""Rules about what around an article is not the article. Which words, names and patterns: data, in boilerplate.toml.

rules.py        the data, and the operator's own patterns beside it
containers.py   what an element is by its class names
boilerplate.py  lines around a text
contents.py     a list of the text's own headings
foot.py         short lines beneath it, only some of which a rule knows
footnotes.py    marks in it
comments.py     readers' comments, or what only stands where they do
fringe.py       whole sentences of accounts' own: they stay in the text, but are in no summary
"""
