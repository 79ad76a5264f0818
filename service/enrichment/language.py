"""The language of a document, by letter statistics on a bounded sample.

langdetect draws at random which of the sample's n-grams it looks at; here every call seeds a
generator of its own, so that an answer depends on the text alone. Calls share nothing that changes
once the profiles are loaded, so threads may call side by side.
"""

import re
import tomllib
from array import array
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException
from langdetect.utils.ngram import NGram

from service.enrichment.values import Document, LanguageGuess

UNDETERMINED = LanguageGuess("und", 0.0)

SAMPLE = 400
"""Characters. On English newswire 200 still mislead now and then, and 600 are no better."""
TRIALS = 3
"""Random walks per answer; langdetect's own seven take 1.7 times as long and err as often."""
SEED = 20_261_124
ENOUGH_LETTERS = 100
"""In Latin script; with fewer, known words must back the answer ("China US talks" has the letters
of Finnish)."""
FEWEST_LETTERS = 8
"""With fewer letters of Latin, Greek or Cyrillic there is no telling."""
FEWEST_SIGNS = 3
"""The same for scripts whose letters say more."""
LEAST_CONFIDENCE = 0.5
"""Below it an answer is a guess among several."""
BACKED_CONFIDENCE = 0.9
"""At most, for an answer by known words alone."""
UNBACKED_CONFIDENCE = 0.6
"""For a headline of which letters say that it is English and no known word does."""
FEWEST_ENGLISH = 4
"""Known words that must stand against what the letters say."""
FEWEST_FOREIGN = 2
"""Known words of another language that must stand against what the letters say."""
ENOUGH_ENGLISH = 2
"""Known words that must say English where other languages have each of them too."""
STATED_CONFIDENCE = 0.6
"""For what the publisher states, where the words leave it open."""
ENGLISH = "en"

_TAGS = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl", "zh": "zh-cn"}
"""Other names of languages; those of langdetect are mostly ISO 639-1."""
_TRADITIONAL = re.compile(r"zh-(?:\w+-)?(?:hant|tw|hk|mo)\b")

_NOISE = re.compile(
    r"(?:https?://|www\.)\S{1,2000} | \S{0,64}@\S{1,255} | </?[a-zA-Z][^<>]{0,300}> | &\#?\w{2,8};",
    re.VERBOSE,
)
_PARTICLES = frozenset({"de", "den", "der", "la", "las", "los", "van", "von"})
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_ALPHABETIC = re.compile("[\u0370-\u052f\u1f00-\u1fff]")  # Greek, Cyrillic


def load() -> None:
    """Loads the profiles, some 0.3 s: otherwise the first call of `detect` does."""
    _factory()


def detect(document: Document, stated: str | None = None) -> LanguageGuess:
    """The language that most of the beginning of `document` is in.

    ``und`` with confidence 0 where there are too few letters, or too few to be sure: headlines
    alone need words that are known. Never raises; the same arguments give the same answer.

    Args:
        document: the article.
        stated: the publisher's language tag (BCP 47). It decides where the text does not, if it
            names a language that has letters like these; publishers err.
    """
    sample = _sample(document)
    words = _WORD.findall(sample)
    guess = _guess(sample, words)
    short = sum(map(len, words)) < ENOUGH_LETTERS
    if guess.code == UNDETERMINED.code or (short and guess.confidence < BACKED_CONFIDENCE):
        return _stated(stated, words, guess) or guess
    return guess


def _guess(sample: str, letters: list[str]) -> LanguageGuess:
    latin = len(_LATIN.findall(sample))
    alphabetic = len(_ALPHABETIC.findall(sample))
    count = sum(map(len, letters))
    other = count - latin - alphabetic
    if latin + alphabetic < FEWEST_LETTERS and other < FEWEST_SIGNS:
        return UNDETERMINED
    guess = _by_letters(sample)
    if 2 * latin > count and latin < ENOUGH_LETTERS:
        return _by_words(letters, guess)
    if 2 * latin > count and guess.code != ENGLISH:
        return _unless_english(letters, guess)
    return guess if guess.confidence >= LEAST_CONFIDENCE else UNDETERMINED


def _stated(tag: str | None, words: list[str], guess: LanguageGuess) -> LanguageGuess | None:
    """What the publisher states, unless letters or known words speak against it."""
    code = _code(tag or "")
    if not code or code == guess.code:
        return None
    hits = _hits(words)
    letters = "".join(words)
    if hits.get(code, 0) < hits.get(guess.code, 0) or not _writes(code, letters):
        return None
    return LanguageGuess(code, STATED_CONFIDENCE)


def _code(tag: str) -> str:
    """What langdetect calls the language of a tag, "" where it knows none."""
    lower = tag.strip().lower().replace("_", "-")
    primary = lower.partition("-")[0]
    code = "zh-tw" if _TRADITIONAL.match(lower) else _TAGS.get(primary, primary)
    return code if code in _factory().langlist else ""


def _writes(code: str, letters: str) -> bool:
    """Whether most of `letters` are among those of a language."""
    factory = _factory()
    place, rows = factory.langlist.index(code), factory.word_lang_prob_map
    known = [c for c in map(NGram.normalize, letters) if c in rows and rows[c][place] > 0]
    return 2 * len(known) > len(letters)


def _sample(document: Document) -> str:
    """The first sentences of the text, of the title where there are none; digits are harmless."""
    pieces: list[str] = []
    room = SAMPLE
    for part in ("text", "title"):
        for sentence in document.sentences:
            if sentence.part != part or room <= 0:
                continue
            # Noise may fill a sentence: look a little further than the room there is.
            raw = document.full[sentence.start : min(sentence.end, sentence.start + 4 * SAMPLE)]
            piece = " ".join(_NOISE.sub(" ", raw).split())[:room]
            pieces.append(piece)
            room -= len(piece) + 1
        if sum(map(len, pieces)) >= ENOUGH_LETTERS:
            break
    sample = " ".join(pieces)
    upper, lower = sum(map(str.isupper, sample)), sum(map(str.islower, sample))
    # langdetect passes over words in capitals, of which telex is made.
    return sample.lower() if upper > lower else sample


@cache
def _factory() -> DetectorFactory:
    factory = DetectorFactory()
    factory.seed = SEED
    # In the order of names: the order of a folder differs between file systems.
    profiles = sorted(Path(PROFILES_DIRECTORY).iterdir())
    factory.load_json_profile([profile.read_text(encoding="utf-8") for profile in profiles])
    # A row of 55 probabilities for each of 88,000 n-grams. As lists of floats they take 22 MB more
    # and a third more time to read.
    rows = factory.word_lang_prob_map
    for ngram, probabilities in rows.items():
        rows[ngram] = array("f", probabilities)
    return factory


def _by_letters(sample: str) -> LanguageGuess:
    detector = _factory().create()
    detector.n_trial = TRIALS
    detector.append(sample)
    try:
        found = detector.get_probabilities()
    except LangDetectException:  # letters that no profile knows
        return UNDETERMINED
    if not found:
        return UNDETERMINED
    return LanguageGuess(found[0].lang, min(1.0, float(found[0].prob)))


def _load_words() -> dict[str, frozenset[str]]:
    raw = (resources.files("service.enrichment.data") / "language_words.toml").read_text("utf-8")
    # Single letters are what is left of "T. rex's".
    return {
        code: frozenset(word for word in words.split() if len(word) > 1)
        for code, words in tomllib.loads(raw).items()
    }


_KNOWN = _load_words()
_OWN = {code: known - _KNOWN[ENGLISH] for code, known in _KNOWN.items() if code != ENGLISH}
"""Of each language but English, what is not English too: "met", "in" and "is" are not Dutch alone;
of English, what no other has."""
_OWN[ENGLISH] = _KNOWN[ENGLISH].difference(*(_KNOWN[code] for code in _OWN))


def _hits(words: list[str]) -> dict[str, int]:
    """How many of `words` each language knows."""
    return _counted([word.lower() for word in words], _KNOWN)


def _counted(words: list[str], tables: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """How many of `words` are in each of `tables`."""
    return {code: sum(word in table for word in words) for code, table in tables.items()}


def _unless_english(words: list[str], guess: LanguageGuess) -> LanguageGuess:
    """English where its words outnumber those of `guess`: tables of figures have odd letters."""
    hits = _hits(words)
    english = hits[ENGLISH]
    if english >= FEWEST_ENGLISH and english > 2 * hits.get(guess.code, 0):
        return LanguageGuess(
            ENGLISH, min(BACKED_CONFIDENCE, LEAST_CONFIDENCE + english / len(words))
        )
    return guess if guess.confidence >= LEAST_CONFIDENCE else UNDETERMINED


def _by_words(words: list[str], guess: LanguageGuess) -> LanguageGuess:
    """The language of a headline: the one whose words it has most of, if that is clear."""
    hits = _hits(words)
    shown = {code: hits[code] for code in _shown(words, hits, guess)}
    best = max(shown.values(), default=0)
    leaders = [code for code, count in shown.items() if count == best]
    if guess.code in leaders:
        return LanguageGuess(guess.code, max(LEAST_CONFIDENCE, guess.confidence))
    if len(leaders) == 1:
        share = best / len(words)
        return LanguageGuess(leaders[0], min(BACKED_CONFIDENCE, LEAST_CONFIDENCE + share))
    if any(hits.values()) or guess.confidence < BACKED_CONFIDENCE:
        return UNDETERMINED
    if guess.code == ENGLISH:
        return LanguageGuess(ENGLISH, UNBACKED_CONFIDENCE)
    unlisted = guess.code not in _KNOWN and sum(map(len, words)) >= ENOUGH_LETTERS // 2
    return guess if unlisted else UNDETERMINED


def _shown(words: list[str], hits: dict[str, int], guess: LanguageGuess) -> Iterator[str]:
    """The languages of which there are words enough to say that a headline is in one of them."""
    own = _own(words)
    alone = own.pop(ENGLISH)
    sure = guess.confidence >= BACKED_CONFIDENCE
    against = own.get(guess.code, 0) if sure else 0
    foreign = sum(word.islower() and not word.isascii() for word in words)  # names may be, too
    if alone >= max(1, against + foreign) or (not alone and _may_be_english(words, hits, guess)):
        yield ENGLISH
    for code, count in own.items():
        if count >= FEWEST_FOREIGN or (count and sure and not alone and code == guess.code):
            yield code


def _own(words: list[str]) -> dict[str, int]:
    """How many of `words` are known to English alone, and to each other language and not to it."""
    lower = [word.lower() for word in words]
    # Of "von der Leyen" and "de la Torre" one word counts.
    single = [word for word, after in pairwise([*lower, ""]) if not {word, after} <= _PARTICLES]
    return _counted(single, _OWN)


def _may_be_english(words: list[str], hits: dict[str, int], guess: LanguageGuess) -> bool:
    """Whether words that English shares with others speak for it: "Modi met Xi in Kazan"."""
    english = hits[ENGLISH]
    if guess.code == ENGLISH:
        return 0 < english == max(hits.values())
    unknown = sum(word.islower() and word not in _KNOWN[ENGLISH] for word in words)
    fits_better = max(hits.values()) > english or hits.get(guess.code, 0) >= english
    return english >= ENOUGH_ENGLISH and english > unknown and not fits_better
