"""From articles to enriched articles: pure functions on frozen values.

No I/O after loading, no clock, no randomness, no metrics: the same article gives the same bytes.
"""
