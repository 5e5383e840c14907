"""What of a received letter reaches the practice's software: only what is surely of one patient."""

from __future__ import annotations

import pytest

from store.db.authors import set_author
from store.db.exports import letters_to_export
from store.db.open import Connection, write
from store.db.opened import note_claims, save_opening
from store.model.mailbox import Role
from store.model.opened import Opening
from store.model.trust import Evidence
from sync.derive import derive_emails
from sync.dispatch.received import pdf_of, received_documents
from tests.tui.practice import NOW, practice
from tests.unit.dispatch.test_exporting import RECEIVER, SEEN_BY_ALL, a_letter
from tests.unit.documents import cda_maker, xdm_maker
from tests.unit.documents.test_reading import PDF


def report() -> bytes:
    section = cda_maker.section("Biochimie", "<text>Potassium 4,2</text>")
    return cda_maker.cda(cda_maker.structured(section))


@pytest.mark.parametrize(
    ("name", "is_its_own"),
    [("consentement.pdf", False), ("cr.pdf", True), ("20261123_CR_BERNARD_Paule.pdf", True)],
)
def test_a_pdf_goes_with_a_cda_on_evidence_only(name: str, is_its_own: bool) -> None:
    (found,) = received_documents([("cr.xml", report()), (name, PDF)])
    assert pdf_of(found.document) == (PDF if is_its_own else b"")


def test_two_documents_of_one_number_each_keep_their_own_patient() -> None:
    one = report()
    other = one.replace(b"BERNARD", b"ROUSSEL")
    assert one != other
    packed = xdm_maker.package({"A.XML": one, "B.XML": other})
    found = received_documents([("IHE_XDM.ZIP", packed)])
    names = {
        each.octets: each.document.patient.birth_name for each in found if each.document.patient
    }
    assert (names[one], names[other]) == ("BERNARD", "ROUSSEL")


@pytest.mark.parametrize("role", [Role.TRASH, Role.SENT])
def test_what_lies_aside_is_not_exported_until_it_is_taken_out(db: Connection, role: Role) -> None:
    someone = practice(db)
    settings = RECEIVER.format(export="hl7", folder="/nowhere", more=SEEN_BY_ALL)
    set_author(db, someone.account_id, settings, now=NOW)
    someone.deliver(a_letter(), mailbox=someone.mailbox(role))
    assert letters_to_export(db, someone.account_id, 10) == []
    someone.deliver(a_letter(message_id="deux@labo.example"))
    assert len(letters_to_export(db, someone.account_id, 10)) == 1


def test_a_letter_that_stays_sealed_is_exported_once_a_key_opens_it(db: Connection) -> None:
    someone = practice(db)
    settings = RECEIVER.format(export="hl7", folder="/nowhere", more=SEEN_BY_ALL)
    set_author(db, someone.account_id, settings, now=NOW)
    someone.deliver(a_letter())
    (email_id,) = letters_to_export(db, someone.account_id, 10)
    for octets, waits in ((None, True), (a_letter(), False)):
        stopped = "opening.no_key" if octets is None else ""
        found = Opening(octets=octets, stopped=stopped, sealed=True, evidence=Evidence())
        with write(db):
            note_claims(db, [email_id], now=NOW)
            save_opening(db, email_id, found, version=1, means="")
        derive_emails(db)
        assert (letters_to_export(db, someone.account_id, 10) == []) is waits
