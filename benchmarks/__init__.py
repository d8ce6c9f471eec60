"""Speed, as ratios: each part of the bot beside the naive way of doing the same, in one run, on the same inputs.

    python -m benchmarks                    about a minute on two cores
    python -m benchmarks --size 100000      a large archive: some minutes
    python -m benchmarks --only searching   one of: matching, searching, queries, messages, polling, sending

All times are CPU times. Inputs are made from a fixed seed (corpus.py): two runs measure the same work. Each figure
stands beside its bar, where there is one, and beside the naive way; docs/performance.md keeps what was measured.
"""
