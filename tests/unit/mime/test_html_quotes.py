"""What programs quote in HTML begins with `>`, and nothing else does."""

from __future__ import annotations

import pytest

from sync.mime.html import html_to_text
from sync.mime.html_quotes import CLOSES, OPENS

GMAIL = (
    '<div dir="ltr">Oui.</div><br><div class="gmail_quote gmail_quote_container">'
    '<div dir="ltr" class="gmail_attr">Le mar. 3 nov. 2026, Zoé a écrit :<br></div>'
    '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc">'
    "<div>Potassium<br>4,1</div></blockquote></div>"
)
APPLE = (
    "<div>Oui.</div><div><br><blockquote type=cite><div>Le 3 nov. 2026, Zoé a écrit :</div><br>"
    '<div>Potassium</div><div>4,1</div></blockquote></div><div dir="ltr">Zoé</div>'
)
THUNDERBIRD = (
    '<p>Oui.</p><div class="moz-cite-prefix">Le 03/11/2026, Zoé a écrit :<br></div>'
    '<blockquote type="cite" cite="mid:un@labo.example"><p>Potassium</p><p>4,1</p></blockquote>'
)
ZIMBRA = '<p>Oui.</p><blockquote style="border-left:2px solid #1010ff">Potassium</blockquote>'
BOTH = pytest.mark.parametrize("layout", [True, False])


@pytest.mark.parametrize(
    ("markup", "quoted"),
    [
        (GMAIL, ["> Potassium", "> 4,1"]),
        (APPLE, ["> Le 3 nov. 2026, Zoé a écrit :", ">", "> Potassium", "> 4,1"]),
        (THUNDERBIRD, ["> Potassium", ">", "> 4,1"]),
        (ZIMBRA, ["> Potassium"]),
        (f"<table><tr><td>{GMAIL}</td></tr></table>", ["> Potassium", "> 4,1"]),
    ],
)
@BOTH
def test_what_is_quoted_begins_with_its_sign(markup: str, quoted: list[str], layout: bool) -> None:
    lines = html_to_text(markup, layout=layout).text.split("\n")
    assert lines[0] == "Oui."
    assert [line for line in lines if line.startswith(">")] == quoted


@BOTH
def test_what_is_quoted_in_a_quotation_is_as_deep(layout: bool) -> None:
    markup = "a<blockquote type=cite>b<blockquote type=cite>c</blockquote>d</blockquote>e"
    lines = html_to_text(markup, layout=layout).text.split("\n")
    assert [line for line in lines if line.strip("> ")] == ["a", "> b", ">> c", "> d", "e"]


@BOTH
def test_an_indented_conclusion_is_no_quotation(layout: bool) -> None:
    """Outlook and Roundcube indent so, and Gmail with this style."""
    style = "margin:0 0 0 40px;border:none;border-left:none;padding:0px"
    markup = f'<blockquote>un</blockquote><blockquote style="{style}">deux</blockquote>'
    assert ">" not in html_to_text(markup, layout=layout).text


@pytest.mark.parametrize(
    ("width", "quoted"), [("0.75pt", True), ("0", False), ("0px", False), ("0.0pt", False)]
)
def test_a_thin_rule_is_one_and_a_rule_of_no_width_is_none(width: str, quoted: bool) -> None:
    markup = f'<blockquote style="border-left:{width} solid">un</blockquote>'
    assert (">" in html_to_text(markup).text) is quoted


@BOTH
def test_what_stands_beside_a_quotation_is_not_quoted(layout: bool) -> None:
    quote = "<blockquote type=cite>un<br>deux</blockquote>"
    markup = f"<table><tr><td>{quote}</td><td>trois<br>quatre</td></tr></table>"
    text = html_to_text(markup, layout=layout).text
    assert ">" not in text
    assert sorted(text.split()) == ["deux", "quatre", "trois", "un"]


@BOTH
def test_signs_that_a_letter_writes_itself_are_nothing(layout: bool) -> None:
    markup = f"<p>{CLOSES}un</p><p>{OPENS}</p><p>deux {OPENS}</p><blockquote type=cite>trois"
    text = html_to_text(markup, layout=layout).text
    assert text.split() == ["un", "deux", ">", "trois"]


def test_a_thousand_quotations_in_each_other_are_not_written_out_a_thousand_times() -> None:
    markup = "<blockquote type=cite>" * 1000 + "un<br>" * 100
    assert len(html_to_text(markup).text) < 30_000  # a million and more otherwise


def test_a_style_of_nothing_but_blanks_keeps_nobody_busy() -> None:
    """By the square of its length, this one would take minutes."""
    style = f"border-left:{' ' * 450_000}0"
    assert html_to_text(f'<blockquote style="{style}">Potassium</blockquote>').text.strip() == (
        "Potassium"
    )
