"""HTML says in text what it would have shown, and where each link leads."""

from __future__ import annotations

import tracemalloc

import pytest
from inscriptis.css_profiles import CSS_PROFILES

from sync.mime.html import html_to_text


def test_a_table_of_results_keeps_its_columns() -> None:
    row = "<tr><td>{}</td><td>{}</td></tr>"
    html = f"<table>{row.format('Glycémie', '1,2')}{row.format('Urée', '12')}</table>"
    assert html_to_text(html) == "Glycémie  1,2\nUrée      12"


def test_lists_and_paragraphs_are_lines() -> None:
    html = "<p>Bonjour <b>Zoé</b>,</p><ul><li>un<li>deux</ul>"
    assert [line.strip() for line in html_to_text(html).split("\n") if line] == [
        "Bonjour Zoé,",
        "* un",
        "* deux",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">X</span>',
        '<div style="DISPLAY : none !important">X</div>',
        '<p style="visibility:hidden">X</p>',
        '<div style="font-size:0px;line-height:0">X</div>',
        '<span style="opacity:0">X</span>',
        '<div style="mso-hide:all">X</div>',
        "<div hidden>X</div>",
        '<div style="display:none"><p>a <b>X</b></p></div>',
        "<style>X</style><script>X</script><title>X</title><!-- X --><template>X</template>",
    ],
)
@pytest.mark.parametrize("layout", [True, False])
def test_what_was_hidden_is_not_said(hidden: str, layout: bool) -> None:
    assert html_to_text(f"<body>avant {hidden}après</body>", layout=layout).split() == [
        "avant",
        "après",
    ]


def test_what_is_only_small_or_pale_is_said() -> None:
    html = '<span style="font-size:0.8em;opacity:0.5">mention</span>'
    assert html_to_text(html) == "mention"


@pytest.mark.parametrize("layout", [True, False])
@pytest.mark.parametrize(
    ("link", "text"),
    [
        ('<a href="https://voleur.example/x">Ma banque</a>', "Ma banque <https://voleur.example/x>"),
        ('<a href="https://voleur.example">https://banque.example</a>', "https://banque.example <https://voleur.example>"),
        ('<a href="https://labo.example/">labo.example</a>', "labo.example"),
        ('<a href="mailto:z@x.example">z@x.example</a>', "z@x.example"),
        ('<a href="#bas">bas</a>', "bas"),
        ('<a href="javascript:alert(1)">ici</a>', "ici"),
        ('<a href=" http://a.exa\nmple/ ">ici</a>', "ici <http://a.example/>"),
    ],
)  # fmt: skip
def test_a_link_says_where_it_leads(link: str, text: str, layout: bool) -> None:
    assert html_to_text(link, layout=layout) == text


@pytest.mark.parametrize("inside", ["ici\x1b[66m", "<b>ici</b>\x07", "\ufffe"])
def test_a_link_whose_words_hold_controls_is_read_all_the_same(inside: str) -> None:
    assert "<https://x.example>" in html_to_text(
        f'<p>avant <a href="https://x.example">{inside}</a>'
    )


def test_an_image_is_its_description_and_is_never_fetched() -> None:
    html = '<p>Vu <img alt="le logo" src="http://pisteur.example/1.gif"></p>'
    assert html_to_text(html) == "Vu [le logo]"


def test_spaces_a_sender_asked_to_keep_are_kept() -> None:
    assert html_to_text('<div style="white-space:pre-wrap">a   b\nc</div>') == "a   b\nc"


@pytest.mark.parametrize(
    "html", ["", " ", "<", "<!-- ", "<html></html>", "<td>", "&#xD800;", "<?xml?>"]
)
def test_nothing_much_is_no_error(html: str) -> None:
    html_to_text(html)


def test_a_long_table_is_as_many_lines_as_rows() -> None:
    rows = "".join(f"<tr>\n<td>{n}</td> <td><p>K</p></td></tr>\n" for n in range(2000))
    text = html_to_text(f"avant<br><br><table>{rows}</table>après")
    assert text.startswith("avant\n\n0  ")
    flat = html_to_text("<div>un<br></div> <div>deux</div>\n<dl><dt>a<dd>b</dl>", layout=False)
    assert flat == "un\ndeux\na\nb"


def test_what_is_too_deep_to_lay_out_is_not_moved_out_of_sight() -> None:
    deep = "<div><table><tr><td>" * 5000 + "le   résultat" + "</td></tr></table></div>" * 5000
    assert html_to_text(deep).strip() == "le résultat"
    assert len(html_to_text(deep)) < 20


@pytest.mark.parametrize("depth", [50, 300, 5000])
def test_deep_nesting_hides_nothing(depth: int) -> None:
    assert html_to_text("<div>" * depth + "résultat").strip() == "résultat"


def test_a_table_cannot_be_padded_to_fill_the_memory() -> None:
    html = "<table>" + "<tr><td>a</td></tr>" * 900 + f"<tr><td>{'x' * 100_000}</td></tr></table>"
    tracemalloc.start()
    html_to_text(html)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000_000


def test_a_margin_of_miles_is_no_margin() -> None:
    assert html_to_text('<p style="padding-left:100000em;margin-top:99999em">a</p>' * 50) == (
        "\n\n".join("a" * 50)
    )


def test_no_letter_is_kept_behind() -> None:
    html_to_text("<p>un")
    assert CSS_PROFILES["strict"]["body"].canvas is None
