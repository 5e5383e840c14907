"""What a French reader types finds what they mean, and the newest of it, by criteria and words."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from store.db import search as module
from store.db.open import Connection
from store.db.search import Order, search
from store.errors import Usage
from store.model.email import FLAGGED, SEEN
from tests.tui.practice import NOW, Practice, letter
from tests.tui.practice import practice as make_practice

DAY = 86_400
PDF = ("bilan.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")


@pytest.fixture
def practice(db: Connection) -> Practice:
    """An account without letters."""
    return make_practice(db)


def found(db: Connection, query: str, **how: object) -> list[str]:
    """The subjects found."""
    return [row.subject for row in search(db, query, now=NOW, **how)]  # type: ignore[arg-type]


FRENCH = (
    ("œdème du poumon", ("oedeme", "œdème", "OEDEME", "Œdèm", "poumon oedeme")),
    ("le cœur", ("coeur", "cœur", "COE")),
    ("résultat de l'ECG", ("ecg", "l'ecg", "l’ECG", "d'ECG", "ECG")),
    ("l’électrophorèse", ("electrophorese", "l'electrophorese", "électro")),
    ("suite post-opératoire", ("post-opératoire", "postoperatoire", "post operatoire", "operat")),
    ("état postopératoire", ("post-opératoire", "postoperatoire", "post-op")),
    ("Mme Le Goff-Martin", ("le goff", "goff-martin", "martin", "goffmartin", "LE GOFF MARTIN")),
    ("aujourd’hui à Saint-Étienne", ("aujourd'hui", "saint etienne", "Saint-Etienne")),
    ("glycémie 5,9 mmol/l", ("5,9", "glycemie", "mmol/l", "mmol")),
    ("hépatite C", ("hepatite c", "HÉPATITE C")),
    ("ÉCHOGRAPHIE", ("echo", "échographie", "Échograph")),
    ("garçon, naïf, Noël, où", ("garcon", "naif", "noel", "ou", "Noël naïf")),
    ("INR:2,5", ("INR:2,5", "inr 2,5")),
    ("bilan_du_14.pdf", ("bilan du 14", "bilan_du_14.pdf", "14.pdf")),
    ("écrire à labo@port.example", ("labo@port", "port.example")),
)


@pytest.mark.parametrize(("subject", "queries"), FRENCH, ids=lambda value: str(value)[:24])
def test_what_a_french_reader_types_finds_what_they_mean(
    practice: Practice, subject: str, queries: tuple[str, ...]
) -> None:
    practice.deliver(letter(subject, "rien\n", sender="zoe@autre.example"))
    missing = [query for query in queries if found(practice.db, query) != [subject]]
    assert missing == []


def test_what_is_not_there_is_not_found(practice: Practice) -> None:
    practice.deliver(letter("prise de sang, œdème, ECG, hépatite C", "post-opératoire\n"))
    for query in ("dème", "ct", '"prise sang"', '"de san"', "hepatite b", "post-natal", "sanguin"):
        assert found(practice.db, query) == [], query


def test_words_between_quotes_stand_next_to_each_other(practice: Practice) -> None:
    practice.deliver(letter("prise de sang"), letter("le sang de la prise", message_id="2"))
    for query in ('"prise de sang"', "« prise de sang »", "“prise de sang”", '"prise de sang'):
        assert found(practice.db, query) == ["prise de sang"], query


@pytest.fixture
def made(practice: Practice) -> Practice:
    """Four letters, a day apart; the last delivered is the oldest, as after a first pass."""
    for days, octets, keywords in (
        (1, letter("a", "labo\n", sender="Labo du Port <labo@port.example>"), frozenset({SEEN})),
        (2, letter("b", "x\n", sender="bob@chu.example", cc="labo@port.example"), frozenset()),
        (
            3,
            letter("c labo", "x\n", sender="eve@chu.example", documents=[PDF]),
            frozenset({FLAGGED}),
        ),
        (40, letter("d", "labo\n", sender="bob@chu.example", to="zoe@chu.example"), frozenset()),
    ):
        practice.deliver(octets, at=NOW - days * DAY, keywords=keywords)
    return practice


CRITERIA = {
    "labo": "abcd",
    "de:labo": "a",
    "from:bob": "bd",
    "expéditeur:bob": "bd",
    "de:bob@chu": "bd",
    'from:"Labo du Port"': "a",
    "to:zoe": "d",
    "à:zoe": "d",
    "a:alice": "abc",
    "copie:labo": "b",
    "cc:labo": "b",
    "objet:labo": "c",
    "subject:labo": "c",
    "patient:labo": "",
    "est:anormal": "",
    "avec:document": "",
    "avant:hier": "bcd",
    "before:2026-10-01": "d",
    "après:20/10": "abc",
    "depuis:7j": "abc",
    "après:1/9/2026 avant:1/10/2026": "d",
    "avec:pdf": "c",
    "has:attachment": "c",
    "avec:pièce": "c",
    "avec:image": "",
    "dans:réception": "abcd",
    "mailbox:INBOX labo": "abcd",
    "dans:archives": "",
    "in:labos": "",
    "est:non-lu": "bcd",
    "is:unread": "bcd",
    "est:lue": "a",
    "is:flagged": "c",
    "est:étoilée": "c",
    "est:répondue": "",
    "taille:>10k": "",
    "taille:<1Mo": "abcd",
    "est:non-lu de:bob labo": "bd",
    "de:": "",
    "labo de:": "abcd",
    "": "",
    "  ": "",
    "…": "",
}


def test_a_criterion_keeps_what_it_says(made: Practice) -> None:
    kept = {query: "".join(each[0] for each in found(made.db, query)) for query in CRITERIA}
    assert kept == CRITERIA


WRONG = {
    "frm:labo": "search.unknown_operator",
    "avant:jamais": "search.bad_date",
    "before:31/02/2026": "search.bad_date",
    "est:perdue": "search.bad_is",
    "avec:rien": "search.bad_has",
    "taille:gros": "search.bad_size",
    "dans:nulle-part": "search.no_mailbox",
}


def test_a_wrong_criterion_says_so(made: Practice) -> None:
    for query, code in WRONG.items():
        with pytest.raises(Usage, match=code):
            found(made.db, f"labo {query}")


def test_the_newest_are_found_though_they_came_here_first(practice: Practice) -> None:
    """A first synchronisation brings the newest first: their ids are the lowest."""
    for n in range(6):
        practice.deliver(letter(f"bilan {n}"), at=NOW - n * DAY)
    assert found(practice.db, "bilan", limit=2) == ["bilan 0", "bilan 1"]


def test_of_what_many_letters_say_the_newest_are_found_too(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        practice.deliver(letter(f"{'bilan' if n % 3 else 'avis'} {n}"), at=NOW - n * DAY)
    assert found(practice.db, "bilan", limit=3) == ["bilan 1", "bilan 2", "bilan 4"]
    assert len(found(practice.db, "bilan", limit=50)) == 8
    assert found(practice.db, "bilan avant:26/10/2026 est:lue", limit=50) == []


@pytest.mark.parametrize("most", [0, 1, 16])
def test_words_that_begin_alike_are_found_whether_they_are_named_or_gathered(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(module, "MOST_ENDINGS", most)
    practice.deliver(
        letter("ferritine", message_id="1"),
        letter("ferritines post-opératoires", message_id="2"),
        letter("ferritinémie postopératoire", message_id="3"),
    )
    assert len(found(practice.db, "ferrit")) == 3
    assert len(found(practice.db, "ferritine")) == 3
    assert len(found(practice.db, "ferritines")) == 1
    assert len(found(practice.db, "post-operat objet:ferrit")) == 2


def test_by_relevance_the_subject_comes_first_then_people_then_text(practice: Practice) -> None:
    practice.deliver(
        letter("potassium ancien", message_id="1"),
        letter("avis", "rien\n", sender="potassium@labo.example", message_id="2"),
        letter("un texte", "potassium\n", message_id="3"),
        letter("potassium récent", message_id="4"),
    )
    by_date = ["potassium récent", "un texte", "avis", "potassium ancien"]
    assert found(practice.db, "potassium") == by_date
    ranked = ["potassium récent", "potassium ancien", "avis", "un texte"]
    assert found(practice.db, "potassium", order=Order.RELEVANCE) == ranked
    assert found(practice.db, "potassium", order=Order.RELEVANCE, limit=3) == ranked[:3]


@given(st.text(max_size=60) | st.text(alphabet="ab\"'*:^-+(){}«»,. NEAROT<>", max_size=40))
@example('"')
@example("a AND (b")
@example("{subject}: x")
@example("a* ^b NEAR(c d, 2)")
@example("de:\x00 'or'")
@example("\ud800 taille:>" + "9" * 20)
@example("avant:99999999999999j")
@example("mot " * 400)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_typed_is_read_as_the_syntax_of_the_index(made: Practice, query: str) -> None:
    with suppress(Usage):
        search(made.db, query, now=NOW)


def test_a_person_is_told_of_the_criteria_in_their_language(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, words in (
        ("fr", "de:, à:, copie:, patient:"),
        ("en", "from:, to:, cc:, patient:"),
    ):
        monkeypatch.setenv("PLI_LANG", language)
        with pytest.raises(Usage) as told:
            found(db, "frm:labo")
        assert str(told.value.params["known"]).startswith(words)
