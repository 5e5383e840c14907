"""Health documents from a real server: letters in, documents by patient out, in one pass."""

from __future__ import annotations

from store.db.accounts import account as account_now
from store.db.alerts import open_alerts
from store.db.documents import document, documents_of_email, file_octets
from store.db.emails import page_of_emails
from store.db.mailboxes import find_mailboxes
from store.db.observations import earlier_values
from store.db.open import Connection
from store.db.patients import letters_and_documents_of, patients_matching
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.document import Format
from store.model.health import Certainty, Health, Superseding
from store.model.ids import EmailId
from sync.passes import whole_pass
from tests.live.agreement import added
from tests.servers.dovecot import DovecotServer
from tests.tui.practice import letter
from tests.unit.documents import cda_maker, lab_files
from tests.unit.documents.test_duty import POTASSIUM, potassium, version, xdm
from tests.unit.documents.test_reading import PDF, message


def letters() -> list[bytes]:
    """The correction came first."""
    hprim = lab_files.medecin().encode("cp1252")
    somebody = cda_maker.patient(ids="", name='<family qualifier="BR">ABGRALL</family>')
    stranger = cda_maker.cda(**version(7, setId=""), recordTarget=somebody)
    pair = [("B.HPR", "application/octet-stream", hprim), ("B.PDF", "application/pdf", PDF)]
    return [
        xdm(potassium("4.9", "N", **version(2)), "corrigée"),
        xdm(potassium("6.9", "HH", **version(1)), "première"),
        letter("paire", documents=pair),
        letter("HL7", documents=[("R.hl7", "application/octet-stream", message(stranger, "F"))]),
        letter("Bonjour"),
    ]


async def test_letters_of_a_laboratory_become_the_documents_of_its_patients(
    home: Home, db: Connection, key: DataKey, dovecot: DovecotServer
) -> None:
    account = added(db, dovecot, "documents")
    dovecot.fill("documents", "INBOX", letters())
    await whole_pass(db, account_now(db, account.id), home, key)
    inbox = find_mailboxes(db, "INBOX")[0].id
    rows = {row.subject: row for row in page_of_emails(db, inbox)}

    def found(subject: str) -> list[Format]:
        return [row.format for row in documents_of_email(db, EmailId(rows[subject].email_id))]

    assert {subject: found(subject) for subject in rows} == {
        "première": [Format.CDA_N3],
        "corrigée": [Format.CDA_N3],
        "paire": [Format.HPRIM_MEDECIN],
        "HL7": [Format.CDA_N3],
        "Bonjour": [],
    }
    assert Health.SUPERSEDED in Health(rows["première"].health)
    assert Health.CORRECTION in Health(rows["corrigée"].health)
    (pair,) = documents_of_email(db, rows["paire"].email_id)
    assert file_octets(db, pair.id, 0) == PDF
    (who,) = patients_matching(db, "bernard paule")
    assert who.certainty is Certainty.CERTAIN
    entries = letters_and_documents_of(db, who.id)
    assert {each.subject for each in entries} == {"première", "corrigée"}
    values = earlier_values(db, who.id, POTASSIUM)
    assert sorted((each.value, each.superseded) for each in values) == [
        ("4.9", False),
        ("6.9", True),
    ]
    alerts = {each.document.email_id: each for each in open_alerts(db)}
    assert set(alerts) == {rows["première"].email_id, rows["paire"].email_id}
    assert alerts[rows["première"].email_id].document.superseded_how is Superseding.VERSION
    assert document(db, pair.id).document.patient is not None
