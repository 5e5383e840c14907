"""Letters that are not whole: what is held, what is offered, how they become as any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store.db import emails, outlines, parts, structures
from store.db.accounts import add_account
from store.db.open import Connection, write
from store.db.outlines import Stage
from store.errors import Permanent, Transient, Usage
from store.model.account import Endpoint
from store.model.email import Came, Outline
from store.model.ids import AccountId, EmailId
from sync.derive import derive_emails

HEADER = b"From: labo@port.example\r\nSubject: Bilan\r\nMessage-ID: <b@port.example>\r\n\r\n"
PDF = b"--b\r\nContent-Type: application/pdf; name=bilan.pdf\r\n\r\n%PDF-1.4\r\n--b--\r\n"
LETTER = (
    HEADER[:-2]
    + b"To: a@cabinet.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: text/plain\r\n\r\nVoici le bilan.\r\n"
    + PDF
)
BEGUN = len(LETTER) - 20
PLACE = Endpoint(host="mail.cabinet.example", port=993)


@pytest.fixture
def account_id(db: Connection) -> AccountId:
    return add_account(
        db, name="cabinet", address="a@cabinet.example", imap=PLACE, smtp=PLACE, user="a"
    )


@pytest.fixture
def email_id(db: Connection, account_id: AccountId) -> EmailId:
    with write(db):
        outline = Outline(header=HEADER, size=len(LETTER), received_at=7, urgent=False)
        return outlines.add_outline(db, account_id, outline)


def test_an_announced_letter_has_its_line_in_the_list(db: Connection, email_id: EmailId) -> None:
    derive_emails(db)
    found = emails.email(db, email_id)
    assert (found.subject, found.sender.email) == ("Bilan", "labo@port.example")
    assert (found.is_whole, found.held, found.size) == (False, 0, len(LETTER))
    assert found.warnings == ()


def test_nothing_of_a_letter_begun_is_offered_but_its_text(
    db: Connection, email_id: EmailId
) -> None:
    outlines.add_ranges(db, [Came(email_id, 0, LETTER[:BEGUN], False)])
    derive_emails(db)
    assert "Voici le bilan." in emails.email(db, email_id).body
    for offered in (emails.octets_of, lambda db, id_: parts.part_octets(db, id_, "2")):
        with pytest.raises(Permanent, match="not_whole"):
            offered(db, email_id)
    assert parts.texts_wanted(db, 9) == [], "half a PDF is not read"


def test_a_header_cut_in_two_is_not_read(db: Connection, email_id: EmailId) -> None:
    outlines.add_ranges(db, [Came(email_id, 0, b"Received: x\r\nFrom: lab", False)])
    derive_emails(db)
    found = emails.email(db, email_id)
    assert (found.sender.email, found.subject) == ("labo@port.example", "Bilan")


def test_a_letter_made_whole_is_as_any_other(
    db: Connection, account_id: AccountId, email_id: EmailId
) -> None:
    outlines.add_ranges(db, [Came(email_id, 0, LETTER[:BEGUN], False)])
    derive_emails(db)
    assert outlines.add_ranges(db, [Came(email_id, BEGUN, LETTER[BEGUN:], True)]) == 1
    derive_emails(db)
    assert emails.octets_of(db, email_id) == LETTER
    assert [each.number for each in parts.texts_wanted(db, 9)] == ["2"]
    assert outlines.waiting_octets(db, account_id) == (0, 0)
    for table in ("email_outline", "email_range"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_ranges_follow_each_other_without_a_gap(db: Connection, email_id: EmailId) -> None:
    outlines.add_ranges(db, [Came(email_id, 0, LETTER[:10], False)])
    for offset in (9, 11):
        with pytest.raises(Transient, match="range_gap"):
            outlines.add_ranges(db, [Came(email_id, offset, b"x", False)])
    outlines.add_ranges(db, [Came(email_id, 10, LETTER[10:12], False)])
    assert outlines.last_octets(db, email_id, 5) == LETTER[7:12]
    assert outlines.last_octets(db, email_id, 99) == LETTER[:12]
    assert outlines.last_octets(db, email_id, 0) == b""


def test_a_letter_nothing_of_which_came_is_not_made_whole(
    db: Connection, email_id: EmailId
) -> None:
    with pytest.raises(Permanent, match="not_whole"):
        outlines.add_ranges(db, [Came(email_id, 0, b"", True)])


def test_the_same_octets_held_already_are_one_email(
    db: Connection, account_id: AccountId, email_id: EmailId
) -> None:
    with write(db):
        known = emails.add_email(db, account_id, LETTER, 7)
    assert outlines.replace_by(db, email_id, LETTER) == known
    assert outlines.stage_of(db, email_id) is None


def test_what_was_derived_of_a_letter_overtaken_is_not_kept(
    db: Connection, email_id: EmailId, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = outlines.held_octets

    def overtaken(db: Connection, id_: EmailId) -> bytes:
        octets = read(db, id_)
        monkeypatch.undo()
        outlines.replace_by(db, id_, LETTER)
        return octets

    monkeypatch.setattr("sync.derive.held_octets", overtaken)
    derive_emails(db)
    assert "Voici le bilan." in emails.email(db, email_id).body


def test_wanting_a_letter_nobody_knows_says_so(db: Connection, email_id: EmailId) -> None:
    with pytest.raises(Usage, match=r"email\.unknown"):
        outlines.want(db, EmailId(99), 1)
    assert outlines.want(db, email_id, 5)
    assert outlines.want(db, email_id, 6)
    row = db.execute("SELECT wanted_at FROM email_outline").fetchone()
    assert row == (5,), "whoever asked first is served first"
    assert outlines.stage_of(db, email_id) is Stage.OUTLINE


def first_reads(db: Connection, look: Callable[[Connection, AccountId], object]) -> list[str]:
    """What SQLite begins with, to answer each of its questions."""
    asked = list[str]()
    db.set_trace_callback(asked.append)
    look(db, AccountId(1))
    db.set_trace_callback(None)
    return [str(db.execute(f"EXPLAIN QUERY PLAN {query}").fetchone()[3]) for query in asked]


def test_what_was_asked_for_is_found_without_reading_every_outline(db: Connection) -> None:
    letters, parts = first_reads(db, outlines.last_wanted)
    assert "email_outline_wanted" in letters
    assert "announced_part_wanted" in parts
    [parts] = first_reads(db, structures.wanted_parts)
    assert "announced_part_wanted" in parts


def test_what_is_not_whole_is_found_without_reading_every_email(db: Connection) -> None:
    assert first_reads(db, outlines.unwhole) == ["SCAN o"]


def test_two_wishes_of_one_second_are_two(
    db: Connection, account_id: AccountId, email_id: EmailId
) -> None:
    with write(db):
        outline = Outline(header=HEADER, size=len(LETTER), received_at=8, urgent=False)
        second = outlines.add_outline(db, account_id, outline)
    outlines.want(db, email_id, 7)
    before = outlines.last_wanted(db, account_id)
    outlines.want(db, second, 7)
    assert outlines.last_wanted(db, account_id) > before
