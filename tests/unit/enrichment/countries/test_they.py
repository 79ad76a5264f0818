"""Who "They" are is only told by the sentence before, and only where that names two countries."""

from tests.unit.enrichment.countries.finding import named


def countries_of_they(body: str) -> set[str]:
    return set(named(body, "They"))


def test_they_are_the_two_countries_of_the_sentence_before():
    body = "Japan and Australia signed a defence treaty in Canberra. They will train together."
    assert countries_of_they(body) == {"JPN", "AUS"}


def test_farmers_are_not_the_countries_of_an_earlier_sentence():
    """The accusation that farmers made was taken for one of Nepal's, named a paragraph before."""
    body = (
        "Nepal welcomed the treaty between the two.\n\n"
        "Farmers in the north of Bangladesh were cautious. They accused India of closing the gates."
    )
    assert countries_of_they(body) == set()


def test_they_in_a_quotation_are_whom_the_speaker_means():
    body = 'Rwanda blamed Congo for the raid. "They must pay," its foreign minister told reporters.'
    assert countries_of_they(body) == set()
