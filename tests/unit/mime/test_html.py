"""HTML says in text what it would have shown, and where each link leads."""

from __future__ import annotations

import tracemalloc

import pytest
from inscriptis.css_profiles import CSS_PROFILES

from sync.mime import html
from sync.mime.html import Shown


def html_to_text(markup: str, *, layout: bool = True) -> str:
    return html.html_to_text(markup, layout=layout).text


BOTH = pytest.mark.parametrize("layout", [True, False])
"""Laid out, and written out flat."""


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
        '<div style="display:none;mso-hide:all">X</div>',
        "<div hidden>X</div>",
        '<div style="display:none"><p>a <b>X</b></p></div>',
        "<style>X</style><script>X</script><title>X</title><!-- X --><template>X</template>",
    ],
)
@BOTH
def test_what_was_hidden_is_not_said(hidden: str, layout: bool) -> None:
    assert html_to_text(f"<body>avant {hidden}après</body>", layout=layout).split() == [
        "avant",
        "après",
    ]


def test_what_is_only_small_or_pale_is_said() -> None:
    html = '<span style="font-size:0.8em;opacity:0.5">mention</span>'
    assert html_to_text(html) == "mention"


@BOTH
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


@BOTH
@pytest.mark.parametrize(
    "markup",
    [
        # As newsletters are made (MJML): the box has letters of no size, the text inside has some.
        '<td style="font-size:0px;padding:10px"><div style="font-size:13px">annulé</div></td>',
        '<div style="visibility:hidden"><b style="visibility:visible">annulé</b></div>',
        '<div style="mso-hide:all">annulé</div>',
        '<p style="font-size:0"><b style="font-size:large">annulé</b></p>',
        '<p style="color:white;background:white">annulé</p>',
        '<p style="max-height:0;overflow:hidden">annulé</p>',
    ],
)
def test_what_is_seen_on_any_screen_is_said(markup: str, layout: bool) -> None:
    assert html.html_to_text(f"<table><tr>{markup}</table>", layout=layout) == Shown("annulé")


@BOTH
@pytest.mark.parametrize(
    ("markup", "hides"),
    [
        ('vu <b style="display:none">dose triple</b>', True),
        ('vu <b style="font-size:0">a<i style="font-size:200%">secret</i></b>', True),
        ('<p>votre bilan est prêt</p><i hidden>Votre bilan</i><i hidden>votre</i>', True),
        ('<i style="display:none">votre bilan &zwnj;&nbsp;</i><p>votre bilan est prêt</p>', False),
        ("<title>titre</title><style>p {}</style><script>x</script><p>vu</p>", False),
        ('vu <i style="display:none">&zwnj;&nbsp;&zwnj;</i><img hidden src="cid:1">', False),
    ],
)  # fmt: skip
def test_that_something_was_hidden_is_told(markup: str, hides: bool, layout: bool) -> None:
    assert html.html_to_text(markup, layout=layout).hides is hides


@BOTH
def test_a_cell_that_reaches_further_leaves_each_value_in_its_column(layout: bool) -> None:
    cell = "<td>{}</td>".format
    rows = [
        "".join(map(cell, ("Analyse", "Date", "Valeur", "Norme"))),
        "<td rowspan=2>Potassium</td>" + "".join(map(cell, ("12/11", "4,1", "3,5-5"))),
        "".join(map(cell, ("01/10", "3,9", "3,5-5"))),
        "<td colspan=2>Sodium</td>" + "".join(map(cell, ("140", "135-145"))),
        "".join(map(cell, ("Urée", "", "", "2-8"))),
    ]
    markup = "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
    shown = {
        True: "Analyse    Date   Valeur  Norme\n"
        "Potassium  12/11  4,1     3,5-5\n"
        "           01/10  3,9     3,5-5\n"
        "Sodium            140     135-145\n"
        "Urée                      2-8",
        False: "Analyse  Date  Valeur  Norme\n"
        "Potassium  12/11  4,1  3,5-5\n"
        "·  01/10  3,9  3,5-5\n"
        "Sodium  ·  140  135-145\n"
        "Urée  ·  ·  2-8",
    }
    assert html_to_text(markup, layout=layout) == shown[layout]


def test_a_comment_across_a_table_does_not_push_its_columns_apart() -> None:
    comment = "ce patient présente une hyperkaliémie modérée, à recontrôler rapidement"
    markup = (
        "<table><tr><th>Analyse<th>Résultat<th>Norme"
        f"<tr><td colspan=3>{comment}<tr><td>K<td colspan=2>hémolysé"
        "<tr><td>Potassium<td>5,9<td>3,5-5"
    )
    assert html_to_text(markup) == (
        f"Analyse    Résultat  Norme\n{comment}\nK          hémolysé\nPotassium  5,9       3,5-5"
    )


def test_cells_that_reach_for_miles_add_no_more_than_can_be_shown() -> None:
    markup = "<table>" + "<tr><td colspan=9999 rowspan=9999>a<td>b" * 2000 + "</table>"
    assert len(html_to_text(markup)) < 2_000_000


def test_a_value_stands_beside_the_first_line_of_its_name() -> None:
    markup = "<table><tr><td>Potassium<br>(sang)<br>plasma<td>4,1</table>"
    assert html_to_text(markup).split("\n")[0] == "Potassium  4,1"


@BOTH
@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("250 10<sup>9</sup>/L", "250 10⁹/L"),
        ("10<sup><b>-3</b></sup> m<SUP> 2 </SUP>", "10⁻³ m ² "),
        ("1<sup>er</sup> CO<sub>2</sub>", "1er CO2"),
        ("<s>10 mg</s> 5 mg <del></del>", "~~10 mg~~ 5 mg"),
        ('<i style="text-decoration: none line-through red">10</i> 5', "~~10~~ 5"),
        ('<a style="text-decoration:line-through" href="tel:15">15</a>', "~~15~~"),
        ('<img alt="positif" src="cid:x"><img src="y.png">', "[positif]"),
        ("<form action='https://x.example/'>Code<input value=12>", "Code [12] <https://x.example/>"),
        ("<input type=checkbox checked>oui <input type=checkbox>non", "[x] oui [ ] non"),
        ("<input type=hidden value=a><input type=password value=b>rien", "rien"),
        ("Dose<select><option>un<option selected>deux</select>", "Dose\n( ) un\n(x) deux"),
        ("<ol start=5><li>cinq<li>six<li value=9>neuf</ol>", "5. cinq\n6. six\n9. neuf"),
        ("<ol><li value=³>a<li value=-4>b<li value=%s>c</ol>" % ("9" * 5000), "1. a\n2. b\n3. c"),
        ("<dl><dt>Na<dd>140<dt>K<dd>4</dl>", "Na\n140\nK\n4"),
        ("<p>avant<b>gras<table><tr><td>a<td>b</table></b>", "avant\ngras\na  b"),
        ("<pre>Na   140\nK    4,1</pre>", "Na   140\nK    4,1"),
    ],
)  # fmt: skip
def test_what_its_looks_say_is_said_in_signs(markup: str, text: str, layout: bool) -> None:
    shown = html_to_text(markup, layout=layout)
    # Where it is laid out, a list is set in by a column, and a table stands below an empty line.
    lines = [line.removeprefix(" ") for line in shown.split("\n") if line]
    assert [" ".join(line.split()) for line in lines] == [
        " ".join(line.split()) for line in text.split("\n")
    ]


@BOTH
def test_blanks_of_a_preformatted_result_are_kept(layout: bool) -> None:
    markup = "<p>Bonjour</p><pre>Na   140\n\n  K  4,1</pre><p>fin</p>"
    assert html_to_text(markup, layout=layout) == "Bonjour\n\nNa   140\n\n  K  4,1\n\nfin"


@BOTH
@pytest.mark.parametrize(
    ("href", "base", "target"),
    [
        ("//voleur.example/x", "", "https://voleur.example/x"),
        ("https:\\\\voleur.example", "", "https://voleur.example"),
        ("https:voleur.example", "", "https://voleur.example"),
        ("x", "https://voleur.example/y/", "https://voleur.example/y/x"),
        ("x", "file:///tmp/", ""),
        (f"https://banque.example/{'a' * 5000}", "", "https://banque.example/…"),
        (f"https://banque.example{'%20' * 2000}@voleur.example/", "", "@voleur.example/…>"),
    ],
)
def test_no_link_hides_its_host(href: str, base: str, target: str, layout: bool) -> None:
    markup = f'<base href="{base}"><a href="{href}">banque.example</a>'
    shown = html_to_text(markup, layout=layout)
    assert shown.partition(" <")[2].removesuffix(">").endswith(target.removesuffix(">"))
    assert bool(target) == ("<" in shown)
