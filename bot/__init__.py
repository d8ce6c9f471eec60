"""Kuaixun (快讯): a Telegram bot that watches news feeds and tells people about the articles they asked for.

The whole pipeline, as pseudocode. Each name is a module's or a function's of this package:

    every second, for each feed that is due:                                    # app: the tick, poll: the flow
        match web.get(feed.url, state.validators):
            Page      -> entries  = feeds.parse(page)                  # bytes to entries, each with its identity
                         articles = [clean.read(entry) for unseen entries]  # untrusted HTML to text, pictures
                         owed     = topics.owed(articles, subscribers)          # one query language, one matcher
                         stories.same(article, candidates)           # told before: named in its message instead
                         changes.between(before, article)                       # told otherwise: to be edited
                         ledger.record(state, articles, owed, findings)         # seen AND owed: one transaction
            NotModified | Failure -> ledger.record(state with the next poll)

    all the time, as fast as Telegram allows:                                   # deliver: the flow
        delivery = ledger.claim()                                               # a lease, not a removal
        message  = message.compose(article, topics, reader)         # title, true summary, picture, link
        outcome  = sender.send(chat, message)                                   # Sent | Retry | Moved | Gone | Refused
        ledger.settle(delivery, outcome)                                        # only now is the debt paid
        revision = ledger.claim_edit()                                 # nothing to send: what is to be edited

    whenever somebody writes or presses a button:                               # chat: parse, one call, reply
        registry.change(what people decide) | ledger.search(query)

Polling and delivering never call each other: they meet in the ledger. What was seen but not yet sent is
therefore never lost, whenever the process dies.
"""

__version__ = "0.1.0"
