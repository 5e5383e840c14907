"""A part that came alone: kept in order, hashed as it comes, offered whole or not at all."""

from __future__ import annotations

import pytest

from store.db import part_ranges, structures
from store.db.accounts import add_account
from store.db.open import Connection, write
from store.db.outlines import add_outline, forget_ranges, last_wanted
from store.db.parts import part_octets, part_text, parts_of, save_text, texts_wanted
from store.db.removal import remove_account
from store.errors import Permanent, Transient
from store.model.account import Endpoint
from store.model.email import Outline, PartState, TransferEncoding
from store.model.ids import AccountId, EmailId
from store.model.structure import AnnouncedPart, Kind, PartCame
from sync.derive import derive_emails
from tests.refusals import refused


@pytest.fixture
def account_id(db: Connection) -> AccountId:
    """The only account."""
    server = Endpoint(host="imap.example", port=993)
    return add_account(
        db, name="a", address="alice@clinic.example", imap=server, smtp=server, user="a"
    )


@pytest.fixture
def letter(db: Connection, account_id: AccountId) -> EmailId:
    """A letter with a text and a document, nothing of which is here."""
    with write(db):
        outline = Outline(header=b"\r\n", size=9_000, received_at=1, urgent=False)
        email_id = add_outline(db, account_id, outline)
    parts = [
        AnnouncedPart(
            number=number,
            media_type="application/pdf",
            transfer_encoding=TransferEncoding.BASE64,
            length=8,
        )
        for number in ("1", "2")
    ]
    structures.save_structures(db, {email_id: parts}, kind_of=lambda _: Kind.RESULT)
    structures.want_part(db, email_id, "2", 7)
    return email_id


def came(offset: int, octets: bytes, *, ends: bool = False, binary: bool = False) -> PartCame:
    return PartCame(offset=offset, octets=octets, binary=binary, ends=ends, size=6)


def test_a_range_that_leaves_a_gap_is_not_kept(db: Connection, letter: EmailId) -> None:
    part_ranges.add_part_range(db, letter, "2", came(0, b"Ym9u"))
    with refused(Transient, "email.range_gap"):
        part_ranges.add_part_range(db, letter, "2", came(5, b"am9", ends=True))
    with refused(Transient, "email.range_gap"):
        part_ranges.add_part_range(db, letter, "2", came(4, b"jo", binary=True, ends=True))
    assert part_ranges.last_part_octets(db, letter, "2", 9) == b"Ym9u"
    assert part_ranges.add_part_range(db, letter, "2", came(4, b"am91", ends=True))
    assert part_octets(db, letter, "2") == b"bonjou"


@pytest.mark.parametrize("damage", ["octets = x'00'", "octets = x'596d3975'"])
def test_what_was_changed_on_the_disk_is_not_offered(
    db: Connection, letter: EmailId, damage: str
) -> None:
    part_ranges.add_part_range(db, letter, "2", came(0, b"YW9u"))
    db.execute(f"UPDATE announced_part_range SET {damage}")
    assert not part_ranges.add_part_range(db, letter, "2", came(4, b"am91", ends=True))
    assert parts_of(db, letter)[1].state is PartState.REFUSED
    with pytest.raises(Permanent, match="not_whole"):
        part_octets(db, letter, "2")


def test_the_text_of_a_pdf_that_came_alone_is_read(db: Connection, letter: EmailId) -> None:
    derive_emails(db)
    part_ranges.add_part_range(db, letter, "2", came(0, b"bonjou", binary=True, ends=True))
    [wanted] = texts_wanted(db, 9)
    assert wanted == (letter, "2")
    save_text(db, wanted, "Bonjour")
    assert texts_wanted(db, 9) == []
    assert part_text(db, letter, "2") == ("ready", "Bonjour")


def test_with_its_letter_begun_anew_a_document_is_too(db: Connection, letter: EmailId) -> None:
    part_ranges.add_part_range(db, letter, "2", came(0, b"bonjou", binary=True, ends=True))
    forget_ranges(db, letter)
    assert parts_of(db, letter)[1].state is PartState.COMING
    assert structures.wanted_parts(db, AccountId(1)) == []
    with pytest.raises(Permanent, match="not_whole"):
        part_octets(db, letter, "2")


def test_nothing_of_it_outlives_its_account(
    db: Connection, letter: EmailId, account_id: AccountId
) -> None:
    part_ranges.add_part_range(db, letter, "1", came(0, b"Ym9u"))
    part_ranges.add_part_range(db, letter, "2", came(0, b"bonjou", binary=True, ends=True))
    remove_account(db, account_id)
    for table in ("blob", "announced_part", "announced_part_range"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_part_asked_for_wakes_the_node_until_it_is_here(
    db: Connection, letter: EmailId, account_id: AccountId
) -> None:
    assert last_wanted(db, account_id) == 7
    part_ranges.add_part_range(db, letter, "2", came(0, b"bonjou", binary=True, ends=True))
    assert last_wanted(db, account_id) == 0
