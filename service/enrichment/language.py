"""The language of a document, by letter statistics on a bounded sample.

langdetect draws at random which of the sample's n-grams it looks at; here every call seeds a
generator of its own, so that an answer depends on the text alone. Calls share nothing that changes
once the profiles are loaded, so threads may call side by side.
"""

import re
import tomllib
from array import array
from functools import cache
from importlib import resources
from pathlib import Path

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

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
ENGLISH = "en"

_NOISE = re.compile(
    r"(?:https?://|www\.)\S{1,2000} | \S{0,64}@\S{1,255} | </?[a-zA-Z][^<>]{0,300}> | &\#?\w{2,8};",
    re.VERBOSE,
)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_ALPHABETIC = re.compile("[\u0370-\u052f\u1f00-\u1fff]")  # Greek, Cyrillic


def load() -> None:
    """Loads the profiles, some 0.3 s: otherwise the first call of `detect` does."""
    _factory()


def detect(document: Document) -> LanguageGuess:
    """The language that most of the beginning of `document` is in.

    ``und`` with confidence 0 where there are too few letters, or too few to be sure: headlines
    alone need words that are known. Never raises; the same document gives the same answer.
    """
    sample = _sample(document)
    letters = _WORD.findall(sample)
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


def _hits(words: list[str]) -> dict[str, int]:
    """How many of `words` each language knows."""
    lower = [word.lower() for word in words]
    return {code: sum(word in known for word in lower) for code, known in _KNOWN.items()}


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
    best = max(hits.values())
    leaders = [code for code, count in hits.items() if count == best]
    if best and guess.code in leaders:
        return LanguageGuess(guess.code, max(LEAST_CONFIDENCE, guess.confidence))
    clear = best >= FEWEST_FOREIGN or ENGLISH in leaders
    if best and clear and len(leaders) == 1:
        share = best / len(words)
        return LanguageGuess(leaders[0], min(BACKED_CONFIDENCE, LEAST_CONFIDENCE + share))
    if best or guess.confidence < BACKED_CONFIDENCE:
        return UNDETERMINED
    if guess.code == ENGLISH:
        return LanguageGuess(ENGLISH, UNBACKED_CONFIDENCE)
    unlisted = guess.code not in _KNOWN and sum(map(len, words)) >= ENOUGH_LETTERS // 2
    return guess if unlisted else UNDETERMINED
