"""A letter that one account sent and another received is one line, which says both places."""

from __future__ import annotations

import pytest

from store.db.open import Connection
from store.db.patients import letters_and_documents_of, patients_matching
from store.db.search import search
from store.db.together import rows_together
from store.model.mailbox import Role
from store.questions import places_words
from tests.tui.health_world import LATEST, hprim, read
from tests.tui.practice import NOW, Practice, letter
from tests.tui.practice import practice as make_practice
from tests.tui.test_lists import second_account

BODY = hprim("25/10/2026", *LATEST)
PLACES = ["hôpital, Réception ; cabinet, Envoyés", "cabinet, Envoyés ; hôpital, Réception"]


@pytest.fixture
def both(db: Connection) -> tuple[Practice, Practice]:
    """Two accounts; the first sent a result, which its server kept as it was."""
    first = make_practice(db)
    first.deliver(letter("Bilan", BODY, message_id="b1"), mailbox=first.mailbox(Role.SENT))
    return first, second_account(first)


def received(octets: bytes) -> bytes:
    """The same, as it arrives."""
    return b"Received: from a.example by b.example; Sun, 25 Oct 2026 08:31:00 +0100\n" + octets


def lines(db: Connection) -> list[str]:
    """Where each line of a search says that it lies."""
    rows = rows_together(db, search(db, "bilan", now=NOW))
    return [places_words(row.places) for row in rows]


def entries(db: Connection) -> list[str]:
    """Likewise, in the view of the patient."""
    read(db)
    (who,) = patients_matching(db, "lefevre")
    return [places_words(each.places) for each in letters_and_documents_of(db, who.id)]


def test_sent_and_received_it_is_one_line(both: tuple[Practice, Practice]) -> None:
    both[1].deliver(received(letter("Bilan", BODY, message_id="b1")))
    for shown in (lines(both[0].db), entries(both[0].db)):
        assert len(shown) == 1
        assert shown[0] in PLACES


@pytest.mark.parametrize(
    "other",
    [
        letter("Bilan", BODY, message_id="b2"),
        letter("Bilan", BODY.replace("6.4", "4.4"), message_id="b1"),
    ],
    ids=["another letter", "another content"],
)
def test_what_only_has_the_same_name_or_the_same_words_is_not_hidden(
    both: tuple[Practice, Practice], other: bytes
) -> None:
    both[1].deliver(received(other))
    assert lines(both[0].db) == ["", ""]
    assert entries(both[0].db) == ["", ""]


def test_what_nobody_here_sent_is_not_put_together(db: Connection) -> None:
    first = make_practice(db)
    for each in (first, second_account(first)):
        by = b"X-Server: %d\n" % each.account_id  # two letters, which say the same
        each.deliver(by + received(letter("Bilan", BODY, message_id="b1")))
    assert lines(db) == ["", ""]
