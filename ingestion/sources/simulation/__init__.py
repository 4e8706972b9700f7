"""The made-up market: a deterministic simulation with planted, dated truths (truths.csv) behind the `sample` source.

Nothing here reads a file other than truths.csv, and nothing here knows how rows reach raw.
"""
