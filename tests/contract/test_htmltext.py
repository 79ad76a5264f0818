"""HTML to plain text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import htmltext
from contracts.htmltext import to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<p>One<p>Two", "One\n\nTwo"),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("One<br><br>two", "One\n\ntwo"),
        ("<h1>Head</h1>Body", "Head\n\nBody"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("in<b>ter</b>nal <i>words</i>", "internal words"),
        ("  many \n\t spaces&nbsp;\u00a0here  ", "many spaces here"),
        ("caf&eacute; &amp; &lt;b&gt; &#8364; &#x1F30D; &copy", "café & <b> € \U0001f30d ©"),
        ("&unknown; &#0; &#xD800; &#99999999999;", "&unknown; \ufffd \ufffd \ufffd"),
        ("&#" + "9" * 10_000 + ";", "\ufffd"),
        ("a<script>if (a < b) { x = '<p>' }</script>b", "ab"),
        ("a<SCRIPT type='x'>y</Script >b", "ab"),
        ("a<style>p { }</style>b<title>t</title>c<template><p>x</p></template>d", "abcd"),
        ("a<script src='x'/>b", "ab"),
        ("a<script>never closed", "a"),
        ("a<!-- <p>x</p> -->b<!DOCTYPE html>c<?php x ?>d", "abcd"),
        ("a<!-- never closed", "a"),
        ("<a title=\"x > y\" href='z>z'>link</a>", "link"),
        ("<p it's=odd>kept</p> it's", "kept\n\nit's"),
        ('<a href="open>lost</a> <a title="x">kept</a>', "kept"),
        ("3 < 4 and <5 and < b", "3 < 4 and <5 and < b"),
        ("a <b never closed", "a"),
        ("<x-custom data=1>kept</x-custom>", "kept"),
        ("a\x00b", "a\x00b"),
    ],
)
def test_markup_becomes_text(markup, text):
    assert to_text(markup) == text


@given(st.lists(st.sampled_from([*"<>/!-='\" ab&#;", "<p", "<script", "</script"])))
@settings(deadline=None, max_examples=200)
def test_any_tags_become_text(pieces):
    markup = "".join(pieces)
    text = to_text(markup)
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert len(text) <= len(markup)


@pytest.mark.timeout(60)  # html.parser takes hours for some of these, this a second
@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "</",
        "<a ",
        "<a b=",
        '<a b="',
        "<!--",
        "<![CDATA[",
        "<script>",
        "<style></s",
        "&#",
        "<?",
    ],
)
def test_unfinished_markup_takes_linear_time(piece):
    markup = piece * (1_000_000 // len(piece))
    assert len(to_text(markup)) <= len(markup)
    assert to_text("a <b " + markup + "<p>end").startswith("a")


def test_what_is_no_markup_is_no_piece_of_its_own():
    text = "<" * 1_000 + "3 < 4 </ "
    assert list(htmltext._pieces(f"{text}<p>")) == [text, "\n\n", ""]
