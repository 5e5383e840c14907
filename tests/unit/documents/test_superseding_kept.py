"""What superseded what, as the store keeps it: across packages, patients, readings, and losses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.db.alerts import open_alerts
from store.db.documents import documents_of_email
from store.db.observations import earlier_values
from store.db.open import Connection, write
from store.db.opened import read_all_anew
from store.db.patients import patients_of_email
from store.host import clock
from store.model.health import DocumentRow, Superseding
from sync.derive import derive_emails
from sync.documents import duty, reading
from tests.tui.practice import NOW, Practice, letter, practice
from tests.unit.documents import cda_maker, lab_files, xdm_maker
from tests.unit.documents.test_duty import ids, oru, potassium, read, version, xdm

FIRST, SECOND = (f"urn:uuid:0f0f0f0f-0000-4000-8000-00000000000{n}" for n in (1, 2))


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(duty, "now", lambda: NOW)


@pytest.fixture
def someone(db: Connection) -> Practice:
    return practice(db)


def rows(db: Connection) -> list[DocumentRow]:
    return [each for email_id in ids(db) for each in documents_of_email(db, email_id)]


def registered(cda: bytes, entry: str, *associations: str) -> bytes:
    """A package whose metadata name its document by a UUID."""
    told = xdm_maker.metadata(xdm_maker.entry(cda, name=entry), *associations)
    packed = xdm_maker.package(document=cda, metadata=told)
    return letter("CR", entry, documents=[("IHE_XDM.ZIP", "application/zip", packed)])


@pytest.mark.parametrize("replaced_first", [False, True])
def test_an_association_of_the_metadata_is_followed(
    db: Connection, someone: Practice, replaced_first: bool
) -> None:
    parts = {"setId": "", "versionNumber": ""}
    old = registered(potassium("6.9", "HH", **version(1, **parts)), FIRST)
    said = xdm_maker.association("RPLC", SECOND, FIRST.upper().replace("URN:UUID", "urn:uuid"))
    new = registered(potassium("4.2", "N", **version(2, **parts)), SECOND, said)
    for each in (old, new) if replaced_first else (new, old):
        someone.deliver(each)
        read(db)
    was, now_is = rows(db) if replaced_first else reversed(rows(db))
    assert (was.superseded_how, was.superseded_by) == (Superseding.REPLACED, now_is.id)
    assert now_is.superseded_how is None


def test_a_document_known_by_an_oid_alone_is_replaced(db: Connection, someone: Practice) -> None:
    own = {"setId": "", "versionNumber": "", "relatedDocument": ""}
    old = potassium("6.9", "HH", **own, id='<id root="1.2.250.1.999.1.77"/>')
    told = (
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.1.77"/>'
        "</parentDocument></relatedDocument>"
    )
    new = potassium(
        "4.2", "N", **{**own, "relatedDocument": told}, id='<id root="1.2.250.1.999.1.78"/>'
    )
    someone.deliver(xdm(old), xdm(new))
    read(db)
    was, now_is = rows(db)
    assert was.superseded_by == now_is.id


def hprim(number: str, subject: str) -> bytes:
    file = lab_files.medecin(header=lab_files.changed(9, number)).encode("cp1252")
    return letter(subject, number, documents=[(f"{number}.hpr", "text/plain", file)])


def test_a_corrected_file_leaves_the_others_of_that_day_as_they_are(
    db: Connection, someone: Practice
) -> None:
    someone.deliver(
        hprim("MATIN-1", "Labo"),
        hprim("SOIR-2", "Labo"),
        letter(
            "[Annule et remplace] Labo",
            "3",
            documents=[
                (
                    "c.hpr",
                    "text/plain",
                    lab_files.medecin(header=lab_files.changed(9, "SOIR-2")).encode("cp1252"),
                )
            ],
        ),
    )
    read(db)
    morning, evening, correction = rows(db)
    assert morning.superseded_how is None
    assert evening.superseded_by == correction.id


def test_what_a_better_reader_finds_no_replacement_is_current_again(
    db: Connection, someone: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone.deliver(
        xdm(potassium("6.9", "HH", **version(1))), xdm(potassium("4", "N", **version(2)))
    )
    read(db)
    assert rows(db)[0].superseded_how is Superseding.VERSION
    before = reading.read_letter

    def without_sets(told: reading.Letter, _: int | None = None) -> tuple[object, ...]:
        return tuple(
            replace(each, document=replace(each.document, set_identifier=None))
            for each in before(told)
        )

    monkeypatch.setattr(reading, "read_letter", without_sets)
    with write(db):
        db.execute("UPDATE email SET documents_version = 0 WHERE id = ?", (ids(db)[1],))
    read(db)
    assert rows(db)[0].superseded_how is None


def test_what_was_replaced_stays_so_when_the_newer_one_is_gone_and_all_is_read_again(
    db: Connection, someone: Practice
) -> None:
    someone.deliver(
        xdm(potassium("6.9", "HH", **version(1))), xdm(potassium("4", "N", **version(2)))
    )
    read(db)
    newer = ids(db)[1]
    db.execute("DELETE FROM placement WHERE email_id = ?", (newer,))
    db.execute("DELETE FROM email WHERE id = ?", (newer,))
    with write(db):
        read_all_anew(db)
    derive_emails(db)
    read(db)
    (old,) = rows(db)
    assert (old.superseded_how, old.superseded_by) == (Superseding.VERSION, None)


def numbered(numbers: str, status: str, made: str, analyte: str = "K") -> bytes:
    """Results about somebody of whom little more than a number is said."""
    lines = (
        f"MSH|^~\\&|LIS|LABO|||{made}||ORU^R01^ORU_R01|{made}|P|2.5|||||FRA|UNICODE UTF-8",
        f"PID|||{numbers}^^^LABO&1.2.250.1.9&ISO||BERNARD^Paule^^^^^L||19690321|",
        f"OBR|1|||{analyte}^{analyte}^L|||20261123073000||||||||||||||||||{status}",
        f"OBX|1|NM|{analyte}^{analyte}^L||6.9|mmol/L|3.5-5.1|HH|||{status}",
    )
    octets = "\r".join(lines).encode()
    return letter("HL7", made, documents=[("R.hl7", "text/plain", octets)])


def test_a_correction_is_found_when_a_third_letter_shows_that_both_are_of_one_patient(
    db: Connection, someone: Practice
) -> None:
    someone.deliver(numbered("8", "C", "20261125100000+0100"))
    read(db)
    someone.deliver(numbered("7", "F", "20261124100000+0100"))
    read(db)
    correction, old = rows(db)
    assert (old.superseded_how, old.patient_id == correction.patient_id) == (None, False)
    someone.deliver(numbered("7^^^LABO&1.2.250.1.9&ISO~8", "F", "20261126100000+0100", "MG"))
    read(db)
    correction, old, _ = rows(db)
    assert (old.superseded_by, old.patient_id == correction.patient_id) == (correction.id, True)


def test_a_value_that_was_taken_back_calls_nobody(db: Connection, someone: Practice) -> None:
    someone.deliver(oru("D", "20261125100000+0100"))
    read(db)
    assert open_alerts(db) == []


def test_a_copy_that_nobody_read_calls_though_another_was_read(
    db: Connection, someone: Practice
) -> None:
    first = xdm(potassium("6.9", "HH"))
    someone.deliver(first, keywords=frozenset({"$seen"}))
    read(db)
    assert open_alerts(db) == []
    someone.deliver(first.replace(b"Subject: ", b"Subject: Fwd: "))
    read(db)
    assert len(open_alerts(db)) == 1


def test_what_was_measured_on_a_foetus_is_no_value_of_its_mother(
    db: Connection, someone: Practice
) -> None:
    subject = (
        '<subject><relatedSubject classCode="PRS"><code code="F" displayName="Foetus"/>'
        "</relatedSubject></subject>"
    )
    one = cda_maker.observation(
        '<value xsi:type="PQ" value="6.9" unit="mmol/L"/>',
        rest=subject + cda_maker.judged("HH"),
    )
    body = cda_maker.entry(cda_maker.battery("Ionogramme", one))
    cda = cda_maker.cda(cda_maker.structured(cda_maker.section("Biochimie", "", body)))
    someone.deliver(xdm(cda))
    read(db)
    (who,) = patients_of_email(db, ids(db)[0])
    assert earlier_values(db, who.id, "loinc:2823-3") == []
    assert len(open_alerts(db)) == 1


def test_a_number_beyond_all_measure_stays_words(db: Connection, someone: Practice) -> None:
    someone.deliver(xdm(potassium("1e999", "HH")))
    read(db)
    (who,) = patients_of_email(db, ids(db)[0])
    (value,) = earlier_values(db, who.id, "loinc:2823-3")
    assert (value.value, value.number) == ("1e999", None)
