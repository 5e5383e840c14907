"""Tables in which nothing is cut, documents and values as lines, at any width."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from store.db.alerts import (
    acknowledge,
    alert_of_document,
    alerts_standing,
    note_alerted,
    open_alerts,
)
from store.db.documents import documents_of_email
from store.db.emails import page_of_emails
from store.model.document import Abnormality, Moment, Observation, Status
from store.model.health import Alerts, Superseding
from tests.tui.health_world import from_hospital, hprim, potassium, read, series
from tests.tui.practice import NOW, Practice, letter
from tests.unit.documents import cda_maker
from tui.health.alert_words import alert_words
from tui.health.document import document_lines, result_lines
from tui.health.letter_line import letter_line
from tui.health.people import patient_head
from tui.health.reading import (
    DocumentLook,
    document_look,
    letter_health,
    patient_look,
    values_look,
)
from tui.health.rows import flag, range_words, table, widths_of
from tui.health.trend import ASCII, FINE, Signs
from tui.health.values import plot, signs_here, told, value_lines
from tui.plain import Plain, cells, plain_words
from tui.widgets.alert_line import line_of

pytestmark = pytest.mark.usefixtures("today")


def looks(practice: Practice) -> list[DocumentLook]:
    """Every document, of the newest letter first."""
    return [
        document_look(practice.db, row.id)
        for letter in page_of_emails(practice.db, practice.inbox)
        for row in documents_of_email(practice.db, letter.email_id)
    ]


def words(lines: list[Plain]) -> str:
    return "\n".join(lines)


def test_what_does_not_fit_its_column_goes_on_below_and_nothing_is_cut() -> None:
    rows = [(plain_words("Potassium"), plain_words("Escherichia coli, sensible à tout"))]
    assert widths_of(rows, [12], 40) == [9, 12]
    (lines,) = table(rows, [12], 40)
    assert lines == ["Potassium  Escherichia", "           coli,", *lines[2:]]
    assert "".join("".join(lines).split()) == "PotassiumEscherichiacoli,sensibleàtout"


def test_where_columns_are_too_narrow_a_row_is_a_sentence() -> None:
    row = tuple(map(plain_words, ("Potassium", "6.4", "mmol/l", "3.5 - 5.1", "▲▲ très élevé !")))
    assert table([row], [14, 10, 17, 15], 60)[0] == [
        "Potassium  6.4  mmol/l  3.5 - 5.1  ▲▲ très élevé !"
    ]
    assert table([row], [14, 10, 17, 15], 40)[0] == [
        "Potassium · 6.4 · mmol/l · 3.5 - 5.1 ·",
        "▲▲ très élevé !",
    ]


def test_a_column_that_may_be_any_width_takes_what_is_left() -> None:
    row = tuple(map(plain_words, ("25/10/2026", "6.4", "Laboratoire de la Côte et des Îles")))
    assert widths_of([row], [14, 0], 79) == [10, 3, 34]
    assert widths_of([row], [14, 0], 40) == [10, 3, 23]
    assert widths_of([row], [14, 0], 20) is None


@pytest.mark.parametrize("width", [30, 60, 79, 119])
def test_a_table_of_results_keeps_every_value_at_any_width(width: int) -> None:
    results = [
        Observation(
            label="Un très long nom d'analyse " * 3,
            value="123456789.123",
            unit="µmol/l/1,73m²",
            low="0.000001",
            high="999999.99",
            abnormality=Abnormality.VERY_HIGH,
            group=("BIOCHIMIE", "Ionogramme"),
        ),
        Observation(label="K", value="positif à l'examen direct", group=("BIOCHIMIE",)),
    ]
    lines = result_lines(results, width)
    assert max(cells(line.words) for line in lines) <= width
    packed = "".join("".join(line.words for line in lines).split())
    flat = "".join("".join(line.words for line in lines if line.row == 0).split())
    assert "BIOCHIMIE" in packed
    for part in ("123456", "999999"):
        assert part in flat
    for letter_ in "positifàl'examendirect":
        assert letter_ in packed
    assert [line.words.strip() for line in lines if line.words.strip() == "Ionogramme"] != []


def test_what_a_result_adds_stands_below_it() -> None:
    one = Observation(
        label="Potassium",
        value="6.4",
        unit="mmol/l",
        low="3.5",
        high="5.1",
        reference="Selon l'âge",
        status=Status.CORRECTED,
        comment="Contrôlé \x1b[2J",
        earlier=(
            Observation(
                label="", value="4.2", unit="mmol/l", observed_at=Moment(said="", day="2026-01-10")
            ),
            Observation(label="", value="250", unit="mg/l"),
        ),
    )
    below = [line.words.strip() for line in result_lines([one], 79) if line.row == 0][1:]
    assert below == [
        "corrigé",
        "Référence : Selon l'âge",
        "Contrôlé ␛[2J",
        "Antérieur, le 10/01/2026 : 4.2 mmol/l",
        "Aussi : 250 mg/l",
    ]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("3.5", "5.1", "3.5 - 5.1"),
        ("", "5", "≤ 5"),
        ("", "<5", "<5"),
        ("3", "", "≥ 3"),
        ("", "", "négatif"),
    ],
)
def test_a_range_is_said_as_it_was_given(low: str, high: str, said: str) -> None:
    assert range_words(low, high, "négatif") == said


def test_a_judgement_is_a_sign_and_a_word() -> None:
    assert [flag(each) for each in Abnormality] == [
        "",
        "",
        "▼ bas",
        "▲ élevé",
        "◆ anormal",
        "▼▼ très bas !",
        "▲▲ très élevé !",
        "◆◆ très anormal !",
    ]


def test_a_document_says_whom_it_is_about_and_what_took_its_place(practice: Practice) -> None:
    practice.deliver(
        from_hospital(potassium("5.9", "H", 1), "CR"),
        from_hospital(potassium("5.8", "H", 2), "CR bis"),
    )
    read(practice.db)
    new, old = looks(practice)
    assert old.kept.row.superseded_how is Superseding.VERSION
    lines = [line.words for line in document_lines(old, 79)]
    assert lines[0] == "× N'est plus à jour : remplacé par une version plus récente."
    assert lines[1].startswith("  À sa place : ")
    assert "BERNARD (D'YS) PAULE 21/03/1969 F" in lines
    assert "= identité complète : INS et traits stricts" in lines
    assert any(
        line.startswith("Remplace : ") for line in [x.words for x in document_lines(new, 79)]
    )
    assert any("Prélevé à jeun" in line for line in lines)


def test_the_same_number_with_other_traits_is_said_of_both(practice: Practice) -> None:
    other = cda_maker.cda().decode().replace("PAULE", "MARIE").replace("19690321", "19751212")
    practice.deliver(
        from_hospital(potassium("5.9", "H", 1), "CR"), from_hospital(other.encode(), "CR autre")
    )
    read(practice.db)
    for look in looks(practice):
        assert look.patient is not None
        assert look.patient.conflict
        said = words(patient_head(patient_look(practice.db, look.patient.id)))
        assert "! même INS, autres traits : " in said
        assert "À vérifier avant tout usage" in said
        for line in (
            "≠ identité contradictoire : à vérifier avant tout usage",
            said.splitlines()[-1],
        ):
            assert line in said
            assert line in [each.words for each in document_lines(look, 500)]


def test_values_of_another_unit_stand_apart_and_are_not_drawn(practice: Practice) -> None:
    series(practice)
    in_milligrams = "RES|Potassium|K|N|250|mg/l|140|200|H|F"
    practice.deliver(letter("Autre unité", hprim("24/10/2026", in_milligrams)))
    read(practice.db)
    newest = next(each for each in looks(practice) if each.kept.row.results == 3)
    look = values_look(practice.db, newest.kept, 0)
    assert look.unit_key == look.values[0].unit_key
    lines = [line.words for line in value_lines(look, 79)]
    apart = lines.index("Autre unité, jamais sur la même courbe : mg/l")
    assert sum("250" in line for line in lines[apart:]) == 1
    assert not any("250" in line for line in lines[:apart])
    assert "autre unité : 1, à part" in told(look)
    assert told(look).startswith("5 sur la courbe")
    assert not any("250" in line for line in plot(look, 79, 24, ASCII))


def test_superseded_values_are_in_the_table_marked_and_not_drawn(practice: Practice) -> None:
    practice.deliver(
        from_hospital(potassium("5.9", "H", 1), "CR"),
        from_hospital(potassium("5.8", "H", 2), "CR bis"),
    )
    read(practice.db)
    new, old = looks(practice)
    for asked in (new, old):
        look = values_look(practice.db, asked.kept, 0)
        lines = value_lines(look, 79)
        mark = next(n for n, line in enumerate(lines) if line.words.strip().startswith("×"))
        assert look.values[lines[mark].row or 0].value == "5.9"
        assert "plus à jour : 1, hors courbe" in told(look)
        assert plot(look, 79, 24, ASCII)[0].startswith("Pas de courbe")


def test_the_line_of_a_letter_counts_what_is_out_of_range(practice: Practice) -> None:
    series(practice)
    newest = page_of_emails(practice.db, practice.inbox)[0]
    assert letter_line(letter_health(practice.db, newest.email_id), "L") == (
        "1 document (L) : LEFÈVRE Zoé 03/02/1984, 1 valeur anormale, ! valeur très anormale"
    )
    practice.deliver(letter("Bonjour"))
    other = page_of_emails(practice.db, practice.inbox)[0]
    assert letter_line(letter_health(practice.db, other.email_id), "L") == ""


def test_the_line_of_a_letter_counts_nothing_of_what_was_replaced(practice: Practice) -> None:
    practice.deliver(
        from_hospital(potassium("6.9", "HH", 1), "CR"),
        from_hospital(potassium("4.8", "N", 2), "CR bis"),
    )
    read(practice.db)
    old = page_of_emails(practice.db, practice.inbox)[1]
    assert letter_line(letter_health(practice.db, old.email_id), "L") == (
        "1 document (L) : BERNARD (D'YS) PAULE 21/03/1969 F, remplacé depuis"
    )


def test_the_line_of_alerts_says_the_gravest_where_it_cannot_wait(practice: Practice) -> None:
    series(practice)
    (first,) = open_alerts(practice.db)
    assert line_of(Alerts()) == ""
    assert line_of(Alerts(others=2, first=first)) == "2 bilans hors normes (! : voir)"
    assert line_of(Alerts(grave=1, first=first)).split("\n") == [
        "! 1 résultat à voir maintenant (! : voir)",
        "LEFÈVRE Zoé 03/02/1984 : Potassium 6.4 mmol/l ▲▲ (3.5 - 5.1)",
    ]


def test_alerts_are_counted_in_one_look_and_what_was_told_stays_told(practice: Practice) -> None:
    series(practice)
    practice.deliver(
        from_hospital(potassium("5.9", "H", 1), "CR"),
        from_hospital(potassium("5.8", "N", 2), "CR bis"),
    )
    read(practice.db)
    before = alerts_standing(practice.db)
    grave, other = open_alerts(practice.db)
    assert (before.grave, before.others, before.first) == (1, 1, grave)
    assert before.untold_grave == (grave.fingerprint,)
    assert before.untold_others == (other.fingerprint,)
    note_alerted(practice.db, [grave.fingerprint], now=NOW)
    after = alerts_standing(practice.db)
    assert (after.grave, after.untold_grave) == (1, ())
    assert after.untold_others == (other.fingerprint,)
    assert alert_of_document(practice.db, grave.document.id) == grave.fingerprint
    acknowledge(practice.db, grave.fingerprint, now=NOW)
    assert alert_of_document(practice.db, grave.document.id) is None
    assert alerts_standing(practice.db).grave == 0
    assert "[plus à jour] Potassium 5.9" in alert_words(other)


@pytest.mark.parametrize(
    ("encoding", "signs"),
    [("utf-8", FINE), ("UTF8", FINE), ("iso-8859-1", ASCII), ("ANSI_X3.4-1968", ASCII), ("", FINE)],
)
def test_the_terminal_s_encoding_says_what_can_be_drawn(
    encoding: str, signs: Signs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "__stdout__", SimpleNamespace(encoding=encoding))
    assert signs_here() is signs
