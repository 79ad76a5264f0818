"""ninjs 3 items, written for this project in the manner of the standard."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from contracts.article import Article
from contracts.deadletter import RejectReason
from contracts.errors import ArticleError, NotPublishable
from contracts.ninjs import NinjsItem, is_ninjs, to_article
from contracts.parsing import parse_article

URI = "https://news.example/items/20260310-7"


def item(**fields):
    return {"uri": URI, "bodies": [{"value": "Some text."}], **fields}


def refusal(**fields) -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        to_article(item(**fields))
    return caught.value


def test_an_item_as_agencies_send_it():
    value = {
        "uri": URI,
        "standard": {"name": "ninjs", "version": "3.2"},
        "type": "text",
        "profile": "text-photo",
        "version": "2",
        "firstCreated": "2026-03-10T07:00:00Z",
        "versionCreated": "2026-03-10T09:00:00+01:00",
        "pubStatus": "usable",
        "urgency": 3,
        "copyrightHolder": "Example Agency Ltd",
        "language": "en-GB",
        "infoSources": [{"role": "contributor", "uri": "https://x.example"}, {"name": "EXA"}],
        "by": "A. Writer",
        "subjects": [{"name": "diplomacy", "rel": "about"}],
        "headlines": [
            {"role": "short", "value": "Envoy recalled"},
            {"role": "main", "value": "Chile recalls its envoy\nfrom Peru"},
        ],
        "bodies": [
            {"role": "richtext", "contentType": "text/html", "value": "<p>Rich</p>"},
            {
                "role": "main",
                "contentType": "text/plain; charset=utf-8",
                "charCount": 11,
                "value": "Line one.\n\nLine two.",
            },
        ],
        "renditions": [{"name": "thumbnail", "href": "https://x.example/t.jpg", "width": "wide"}],
        "altIds": [{"role": "internal", "value": 5}],
        "associations": [{"uri": 7}],
    }
    assert parse_article(json.dumps(value).encode()) == Article(
        id=URI,
        title="Chile recalls its envoy from Peru",
        text="Line one.\n\nLine two.",
        source="EXA",
        published_at=datetime(2026, 3, 10, 8, tzinfo=UTC),
        language="en-GB",
    )


def test_of_many_parts_that_are_wrong_one_is_looked_at():
    with pytest.raises(ValidationError) as caught:
        NinjsItem.model_validate({"uri": "x", "bodies": [{"value": "x"}, *[{}] * 1_000]})
    assert [error["loc"] for error in caught.value.errors()] == [("bodies", 1, "value")]


def test_the_smallest_item():
    assert to_article(item()) == Article(id=URI, text="Some text.")


@pytest.mark.parametrize(
    ("decoded", "answer"),
    [
        ({"uri": "u"}, True),
        ({"uri": None}, True),
        ({"id": "a"}, False),
        ({"id": "a", "uri": "u", "bodies": []}, False),
        ({"id": None, "uri": "u"}, False),
        ({}, False),
    ],
)
def test_an_id_makes_a_flat_article_and_a_uri_alone_an_item(decoded, answer):
    assert is_ninjs(decoded) is answer


def test_with_both_the_flat_article_wins():
    both = {"id": "a", "text": "Flat.", **item()}
    assert parse_article(json.dumps(both).encode()) == Article(id="a", text="Flat.")


@pytest.mark.parametrize(
    ("bodies", "text"),
    [
        ([("main", "text/html", "<p>a</p>"), ("main", "text/plain", "b")], "b"),
        ([("caption", "text/plain", "c"), ("main", "text/html", "<p>a</p>")], "a"),
        ([("caption", "text/plain", "c"), (None, "application/xhtml+xml", "<p>a</p>")], "a"),
        ([("main", "text/plain", " "), ("caption", "text/plain", "c")], "c"),
        ([("main", "application/pdf", "%"), ("caption", "text/plain", "c")], "c"),
        ([(None, None, "plain, 3 < 4")], "plain, 3 < 4"),
        ([(None, None, "<p>a</p><p>b</p>")], "a\n\nb"),
        ([("MAIN", "Text/HTML; charset=utf-8", "<b>x</b>")], "x"),
        ([("main", "text/plain", "<p>as it is</p>")], "<p>as it is</p>"),
    ],
    ids=str,
)
def test_the_best_body_is_read(bodies, text):
    given = [{"role": role, "contentType": kind, "value": value} for role, kind, value in bodies]
    assert to_article(item(bodies=given)).text == text


@pytest.mark.parametrize(
    ("headlines", "title"),
    [
        ([], None),
        ([{"value": " "}], None),
        ([{"role": "kicker", "value": "K"}], "K"),
        ([{"role": "kicker", "value": "K"}, {"value": "N"}], "N"),
        ([{"contentType": "text/html", "value": "A &amp; <b>B</b>"}], "A & B"),
    ],
    ids=str,
)
def test_the_best_headline_is_read(headlines, title):
    assert to_article(item(headlines=headlines)).title == title


def test_a_headline_alone_is_enough():
    assert to_article({"uri": URI, "headlines": [{"value": "Alone"}]}).text == ""


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"infoSources": [{"name": "A"}, {"name": "B"}], "copyrightHolder": "C"}, "A"),
        ({"infoSources": [{"literal": "L"}], "copyrightHolder": "C"}, "L"),
        ({"infoSources": [], "copyrightHolder": "C"}, "C"),
        ({}, None),
    ],
)
def test_the_source_is_the_first_that_is_named(fields, source):
    assert to_article(item(**fields)).source == source


def test_the_first_version_counts_where_there_is_no_other():
    dated = to_article(item(firstCreated="2026-03-10T07:00:00Z"))
    assert dated.published_at == datetime(2026, 3, 10, 7, tzinfo=UTC)


@pytest.mark.parametrize("status", ["withheld", "canceled"])
def test_what_must_not_be_published_is_refused(status):
    error = refusal(pubStatus=status)
    assert isinstance(error, NotPublishable)
    assert (error.reason, error.field) == (RejectReason.NOT_PUBLISHABLE, "pubStatus")
    assert status in error.message


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"uri": ""}, "uri"),
        ({"uri": "a\nb"}, "uri"),
        ({"uri": None}, "uri"),
        ({"uri": "x" * 513}, "uri"),
        ({"bodies": []}, "bodies"),
        ({"bodies": [{"value": " "}]}, "bodies"),
        ({"bodies": [{"contentType": "text/html", "value": "<script>x</script>"}]}, "bodies"),
        ({"bodies": {"value": "x"}}, "bodies"),
        ({"bodies": ["x"]}, "bodies.0"),
        ({"bodies": [{"role": "main"}]}, "bodies.0.value"),
        ({"bodies": [{"value": "x"}, {"value": None}]}, "bodies.1.value"),
        ({"bodies": [{"value": "x", "contentType": 1}]}, "bodies.0.contentType"),
        (
            {"bodies": [{"value": ""}, {"value": "x", "contentType": "application/pdf"}]},
            "bodies.1.contentType",
        ),
        ({"headlines": [{"value": 1}]}, "headlines.0.value"),
        ({"headlines": [{"value": "x" * 5000}]}, "headlines"),
        ({"infoSources": [{"name": 1}]}, "infoSources.0.name"),
        ({"infoSources": [{"name": "x" * 600}]}, "infoSources"),
        ({"versionCreated": "soon"}, "versionCreated"),
        ({"language": 5}, "language"),
        ({"pubStatus": "embargoed"}, "pubStatus"),
        ({"pubstatus": "withheld"}, "pubstatus"),
        ({"versioncreated": "2026-03-10T07:00:00Z"}, "versioncreated"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_field_of_the_item_is_named(fields, field):
    error = refusal(**fields)
    assert (error.reason, error.field) == (RejectReason.INVALID_FIELD, field)
