"""dyadwire: reads news articles from Kafka and publishes who takes which stance towards whom."""

from importlib.metadata import version

__version__ = version("dyadwire")
