"""spaCy's side of `tests.bench.enrichment`, run by the Python of the peers' own environment.

A blank English pipeline that splits sentences by rule and looks names up by an entity ruler. Reads
one JSON document a line: first the names, then the texts; after that each further line is one
round over all the texts, answered by its CPU seconds and what was found. Ends with its input.
"""

import json
import sys
import time

import spacy


def main() -> None:
    names = json.loads(sys.stdin.readline())
    texts = json.loads(sys.stdin.readline())
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "GPE", "pattern": name} for name in names])
    print(json.dumps({"version": spacy.__version__}), flush=True)
    for _ in sys.stdin:
        before = time.process_time()
        entities = sentences = 0
        for document in nlp.pipe(texts):
            entities += len(document.ents)
            sentences += sum(1 for _ in document.sents)
        spent = time.process_time() - before
        found = {"cpu_s": spent, "entities": entities, "sentences": sentences}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
