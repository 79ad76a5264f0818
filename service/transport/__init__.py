"""Kafka through aiokafka: consume, process, produce in transactions.

`session` joins the group and runs one `partition` stream for each partition assigned; each has a
`producer` of its own, whose transactional id fences whoever had the partition before.
"""
