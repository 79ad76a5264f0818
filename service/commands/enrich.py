"""`dyadwire enrich`: articles in, one EnrichedArticle a line out, in order; no Kafka."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from service import interrupts
from service.commands.articles import FORMATS, STDIN, batches, check_readable, read_items

if TYPE_CHECKING:
    from pydantic import BaseModel

BATCH = 32
"""Articles that are enriched at once: sentences of many share a model call."""


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "enrich", help="articles in, one EnrichedArticle per line out; no Kafka"
    )
    parser.add_argument(
        "files",
        nargs="*",
        default=[STDIN],
        metavar="FILE",
        help="JSON, JSON Lines, ninjs or plain text; - is standard input (default)",
    )
    parser.add_argument("--format", choices=FORMATS, default="auto", help="default: auto")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Enriches; 1 where an article was bad, which standard error names with its place.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    from contracts.article import Article
    from contracts.errors import ArticleError
    from service.enrichment.enricher import Enricher
    from service.pipeline import enrich_each

    check_readable(arguments.files)
    enricher = Enricher.load()
    status = 0
    for batch in batches(read_items(arguments.files, form=arguments.format), size=BATCH):
        articles = [item.parsed for item in batch if isinstance(item.parsed, Article)]
        enriched = iter(enrich_each(enricher, articles))
        for item in batch:
            result = item.parsed if isinstance(item.parsed, ArticleError) else next(enriched)
            if isinstance(result, ArticleError):
                print(f"{item.place}: {result}", file=sys.stderr)
                status = 1
            else:
                print(in_one_line(result))
        sys.stdout.flush()
    return status


def in_one_line(model: "BaseModel") -> str:
    """The model as JSON; pydantic makes another error of an interrupt in its serialisers."""
    with interrupts.held():
        return model.model_dump_json()
