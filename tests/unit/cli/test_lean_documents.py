"""`pli show` and `pli fetch` on a letter that is not whole: what comes with it, at what cost."""

from __future__ import annotations

import json

import pytest

from store.db import link, structures
from store.db.announcing import Announced, announce
from store.db.emails import page_of_emails
from store.db.listing import ListedName, save_listing
from store.db.mailboxes import find_mailboxes
from store.db.open import Connection
from store.db.part_ranges import add_part_range
from store.model.email import NO_KEYWORDS, Outline, TransferEncoding
from store.model.ids import AccountId, EmailId
from store.model.link import Budget, LinkReport, LinkStep, Step
from store.model.mailbox import Role
from store.model.structure import AnnouncedPart, Kind, PartCame
from sync.replica.identity import message_id_of
from tests.unit.cli.conftest import Pli

PDF = AnnouncedPart(
    number="2",
    media_type="application/pdf",
    name="bilan.pdf",
    transfer_encoding=TransferEncoding.BASE64,
    length=780_000,
)
STEP = LinkStep(
    step=Step.FETCH,
    began_at=1,
    milliseconds=8_000,
    octets_up=100,
    octets_down=64_000,
    turns=1,
)


@pytest.fixture
def listed(db: Connection, cabinet: AccountId) -> EmailId:
    """A letter announced by a line of 8,000 octets a second, at 25 cents a megabyte."""
    save_listing(db, cabinet, [ListedName(b"INBOX", "INBOX", "/", Role.INBOX)], now=1)
    [inbox] = find_mailboxes(db, "INBOX")
    header = b"From: labo@port.example\r\nMessage-ID: <r@port.example>\r\n\r\n"
    outline = Outline(header=header, size=900_000, received_at=1, urgent=False)
    new = [Announced(1, NO_KEYWORDS, outline)]
    announce(db, cabinet, inbox.id, new, message_id_of=message_id_of)
    email_id = page_of_emails(db, inbox.id)[0].email_id
    text = AnnouncedPart(number="1", media_type="text/plain", length=60, is_body=True)
    structures.save_structures(db, {email_id: [text, PDF]}, kind_of=lambda _: Kind.LETTER)
    link.set_budget(db, cabinet, Budget(price_per_megabyte=250_000, currency="€"))
    link.record(db, cabinet, LinkReport(pass_began_at=1, at=1, day="2026-11-27", steps=(STEP,)))
    db.execute("UPDATE account SET capabilities = 'IMAP4REV1 COMPRESS=DEFLATE'")
    return email_id


def test_documents_are_listed_with_their_cost_before_any_is_here(call: Pli, listed: int) -> None:
    code, out, _ = call("show", str(listed))
    assert code == 0
    assert "Pièce 2 : bilan.pdf (570000 octets), pas encore ici : 600,6 ko, 75 s, 0,15 €" in out


def test_a_server_that_decodes_costs_less(db: Connection, call: Pli, listed: int) -> None:
    db.execute("UPDATE account SET capabilities = 'IMAP4REV1 BINARY COMPRESS=DEFLATE'")
    [_, pdf] = json.loads(call("show", str(listed), "--json").out)["parts"]
    assert (pdf["state"], pdf["to_come"]) == ("away", 570_000)


def test_one_document_is_asked_for_and_given_before_its_letter(
    db: Connection, call: Pli, listed: EmailId
) -> None:
    assert call("show", str(listed), "--part", "2").code != 0
    code, _, err = call("fetch", str(listed), "--part", "2")
    assert (code, err) == (0, "Ce document est demandé seul : il passe avant tout le reste.\n")
    assert "demandé, 0 o déjà ici" in call("show", str(listed)).out
    came = PartCame(offset=0, octets=b"un bilan", binary=True, ends=True, size=8)
    add_part_range(db, listed, "2", came)
    assert call("show", str(listed), "--part", "2").out == "un bilan"
    assert call("fetch", str(listed), "--part", "2").err == "Ce document est déjà ici.\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [(("1", "--part", "9"), 2), (("1", "2", "--part", "2"), 2), (("99", "--part", "2"), 2)],
)
def test_what_cannot_be_meant_is_refused(
    call: Pli, listed: int, words: tuple[str, ...], code: int
) -> None:
    assert call("fetch", *words).code == code
