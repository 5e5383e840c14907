"""The narrative on a terminal: what is read here is what a practitioner sees."""

from __future__ import annotations

import pytest

from sync.documents import narrative, narrative_table
from sync.documents.cda import read_cda
from sync.documents.narrative_wrap import wrapped
from tests.unit.documents.cda_maker import cda, section, structured


def shown(text: str, title: str = "T") -> list[str]:
    """The lines under the title."""
    return read_cda(cda(structured(section(title, text)))).text.split("\n")[2:]


def test_titles_show_how_deep_they_are() -> None:
    inner = f"<component>{section('Dedans', 'b')}</component>"
    body = structured(section("Dehors", "a", inner), section("Après", "c"))
    assert read_cda(cda(body)).text == ("Dehors\n======\na\n\nDedans\n------\nb\n\nAprès\n=====\nc")


def test_a_laboratory_report_as_a_table() -> None:
    text = """
    <table><caption>Sang</caption>
      <thead><tr><th>Examen</th><th>Résultat</th><th>Référence</th></tr></thead>
      <tbody>
        <tr><td colspan="3">IONOGRAMME</td></tr>
        <tr><td>Potassium<br/>(ISE)</td><td><content styleCode="Bold">6,1 mmol/L</content></td>
            <td>(3,5 - 5,1)</td></tr>
        <tr><td>Leucocytes</td><td>4,2 10<sup>9</sup>/L</td><td/></tr>
      </tbody></table>"""
    assert shown(text) == [
        "Sang",
        "Examen      Résultat      Référence",
        "----------  ------------  -----------",
        "IONOGRAMME",
        "Potassium   *6,1 mmol/L*  (3,5 - 5,1)",
        "(ISE)",
        "Leucocytes  4,2 10^9/L",
    ]


def test_long_cells_go_on_below_and_nothing_is_wider_than_a_terminal() -> None:
    long = "prendre un comprimé le matin et un le soir pendant dix jours, puis arrêter"
    lines = shown(f"<table><tr><td>Amoxicilline</td><td>{long}</td><td>{long}</td></tr></table>")
    assert lines == [
        "Amoxicilline  prendre un comprimé le matin et  prendre un comprimé le matin et",
        "              un le soir pendant dix jours,    un le soir pendant dix jours,",
        "              puis arrêter                     puis arrêter",
    ]
    assert max(map(len, lines)) <= narrative.WIDTH


def test_cells_that_span_rows_and_columns_leave_the_others_in_place() -> None:
    text = """<table>
      <tr><td rowspan="2">A</td><td colspan="2">large</td></tr>
      <tr><td>b1</td><td>b2</td></tr>
      <tr><td>a2</td><td rowspan="0">c1</td><td colspan="x">c2</td></tr></table>"""
    assert shown(text) == ["A   large", "    b1  b2", "a2  c1  c2"]


def test_a_table_of_too_many_columns_is_told_row_by_row() -> None:
    head = "".join(f"<th>Colonne{n}</th>" for n in range(1, 13))
    row = "".join(f"<td>valeur{n}</td>" for n in range(1, 13))
    lines = shown(f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>")
    assert lines[0] == "- Colonne1 : valeur1"
    assert lines[11] == "  Colonne12 : valeur12"


def test_lists_of_every_kind() -> None:
    text = """
    <list><caption>À faire</caption><item>un</item><item>deux
      <list listType="ordered" styleCode="LittleRoman"><item>x</item><item>y</item></list></item>
    </list>
    <list listType="ordered" styleCode="BigAlpha"><item><caption>Note</caption>z</item></list>
    <list listType="ordered"><item>1</item></list>"""
    assert shown(text) == [
        *("À faire", "- un", "- deux", "  i. x", "  ii. y"),
        *("A. Note :", "   z", "1. 1"),
    ]


def test_footnotes_stand_under_their_section() -> None:
    text = 'Voir<footnoteRef IDREF="n"/> et ceci<footnote ID="n">Sur plasma</footnote>.'
    assert shown(text) == ["Voir[1] et ceci[1].", "[1] Sur plasma"]
    assert shown('Voir<footnoteRef IDREF="m"/>') == ["Voir[?]"]


def test_text_that_was_struck_out_cannot_be_read_as_text() -> None:
    text = (
        'Aspirine <content revised="delete">oui</content> <content revised="insert">non</content>'
    )
    assert shown(text) == ["Aspirine [-oui-] [+non+]"]


def test_a_link_shows_where_it_leads() -> None:
    text = (
        '<linkHtml href="http://piege.example">banque</linkHtml>,'
        ' <linkHtml href="#a">ici</linkHtml>,'
        ' <linkHtml href="http://x.example">http://x.example</linkHtml>'
    )
    assert shown(text) == ["banque <http://piege.example>, ici, http://x.example"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("  un \n\n deux\t trois ", ["un deux trois"]),
        ("<paragraph>a</paragraph>b<paragraph/>c<br/>d", ["a", "b", "c", "d"]),
        ("H<sub>2</sub>O, M<sup>me</sup>, 10<sup>-3</sup>", ["H2O, Mme, 10^-3"]),
        ("<content> <content>x</content> </content>y", ["x y"]),
        ("1 200 e&#x301;", ["1 200 é"]),
        ('<content styleCode="Bold"> gras </content>maigre', ["*gras* maigre"]),
        ('<content styleCode="Bold"> </content>vide', ["vide"]),
        ("<![CDATA[<b>]]> &amp; co", ["<b> & co"]),
        ("<inconnu>gardé</inconnu>", ["gardé"]),
    ],
)
def test_words_inside_a_paragraph(text: str, lines: list[str]) -> None:
    assert shown(text) == lines


def test_a_table_in_a_cell_keeps_its_words_apart() -> None:
    text = "<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td><td>c</td></tr></table>"
    assert shown(text) == ["a | b  c"]


def test_words_are_wrapped_and_only_those_longer_than_a_line_are_cut() -> None:
    assert list(wrapped(["aa bb cc"], 5)) == ["aa bb", "cc"]
    assert list(wrapped(["abc d"], 3, "- ", "  ")) == ["- a", "  b", "  c", "  d"]
    assert list(wrapped([""], 5)) == []


def test_a_text_without_end_is_cut_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrative, "MOST_CHARACTERS", 20)
    read = read_cda(cda(structured(section("T", "<paragraph>dix lettres</paragraph>" * 9))))
    assert read.text == "T\n=\ndix lettres"
    assert read.warnings == ("cda.text_cut",)


def test_a_cell_without_end_is_cut_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrative_table, "MOST_CELL", 4)
    read = read_cda(cda(structured(section("T", "<table><tr><td>abcdef</td></tr></table>"))))
    assert (read.text, read.warnings) == ("T\n=\nabcd", ("cda.text_cut",))


def test_more_columns_than_anybody_draws_lose_no_word() -> None:
    cells = "".join(f"<td>m{n}</td>" for n in range(200))
    shut = "".join('<td rowspan="3">s</td>' for _ in range(70))
    words = " ".join(
        shown(f"<table><tr>{shut}</tr><tr>{cells}</tr><tr>{cells}</tr></table>")
    ).split()
    assert all(words.count(f"m{n}") == 2 for n in range(200))


def test_nesting_without_end_keeps_the_words() -> None:
    deep = "<list><item>" * 70 + "fond" + "</item></list>" * 70
    assert "fond" in "".join(shown(deep))
    assert "fond" in "".join(shown("<content>" * 150 + "fond" + "</content>" * 150))
