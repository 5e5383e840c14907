"""Letters in, documents by patient out: the journey of what is kept, and what it survives."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from store.db.alerts import acknowledge, open_alerts
from store.db.documents import document, documents_of_email, file_octets
from store.db.emails import page_of_emails
from store.db.observations import earlier_values
from store.db.open import Connection, write
from store.db.opened import note_claims, read_all_anew, save_opening
from store.db.patients import (
    letters_and_documents_of,
    patient,
    patients_matching,
    patients_of_email,
)
from store.db.search import search
from store.errors import Usage
from store.host import clock
from store.model.document import Format
from store.model.health import Certainty, Health, Superseding
from store.model.ids import EmailId
from store.model.mailbox import Role
from store.model.opened import Opening
from store.model.trust import Evidence
from sync.derive import derive_emails
from sync.documents import duty
from sync.documents.duty import read_documents
from tests.tui.practice import NOW, Practice, letter, practice
from tests.unit.documents import cda_maker, lab_files, xdm_maker
from tests.unit.documents.test_reading import PDF, message

POTASSIUM = "loinc:2823-3"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(duty, "now", lambda: NOW)


@pytest.fixture
def someone(db: Connection) -> Practice:
    return practice(db)


def potassium(value: str, judged: str, **parts: str) -> bytes:
    """A CDA with one result."""
    one = cda_maker.observation(
        f'<value xsi:type="PQ" value="{value}" unit="mmol/L"/>', rest=cda_maker.judged(judged)
    )
    body = cda_maker.entry(cda_maker.battery("Ionogramme", one))
    return cda_maker.cda(cda_maker.structured(cda_maker.section("Biochimie", "", body)), **parts)


def version(number: int, **more: str) -> dict[str, str]:
    return {
        "id": f'<id root="1.2.250.1.999.1" extension="CR-{number}"/>',
        "versionNumber": f'<versionNumber value="{number}"/>',
        "relatedDocument": "",
        **more,
    }


def xdm(cda: bytes, subject: str = "XDM/1.0/DDM+CR") -> bytes:
    packed = xdm_maker.package(document=cda, metadata=xdm_maker.metadata(xdm_maker.entry(cda)))
    return letter(subject, str(hash(cda)), documents=[("IHE_XDM.ZIP", "application/zip", packed)])


def read(db: Connection) -> None:
    asyncio.run(read_documents(db))


def ids(db: Connection) -> list[EmailId]:
    return [EmailId(each) for (each,) in db.execute("SELECT id FROM email ORDER BY id")]


def test_an_xdm_an_hprim_with_its_pdf_and_an_hl7_become_documents(
    db: Connection, someone: Practice
) -> None:
    hprim = lab_files.medecin().encode("cp1252")
    someone.deliver(
        xdm(potassium("5.9", "H")),
        letter(
            "Labo",
            documents=[
                ("B.hpr", "application/octet-stream", hprim),
                ("B.pdf", "application/pdf", PDF),
            ],
        ),
        letter("HL7", documents=[("R.hl7", "text/plain", message(cda_maker.cda(), "F"))]),
        letter("Bonjour"),
    )
    read(db)
    found = [documents_of_email(db, each) for each in ids(db)]
    assert [[each.format for each in letter] for letter in found] == [
        [Format.CDA_N3],
        [Format.HPRIM_MEDECIN],
        [Format.CDA_N3],
        [],
    ]
    whole = document(db, found[1][0].id)
    assert whole.document.observations[0].label == "Glycémie à jeun"
    assert len(whole.analytes) == len(whole.document.observations)
    assert file_octets(db, found[1][0].id, 0) == PDF
    (who,) = patients_matching(db, "bern pau 1969")
    assert who.certainty is Certainty.CERTAIN
    entries = letters_and_documents_of(db, who.id)
    assert {each.email_id for each in entries} == {ids(db)[0], ids(db)[2]}
    assert {each.certainty for each in entries} == {Certainty.CERTAIN}


def test_a_file_that_came_in_two_letters_is_one_value(db: Connection, someone: Practice) -> None:
    octets = potassium("5.9", "H")
    someone.deliver(xdm(octets), xdm(octets, "XDM/1.0/DDM+Fwd"), xdm(potassium("6.1", "H")))
    read(db)
    (who,) = patients_matching(db, "bern pau 1969")
    assert len(letters_and_documents_of(db, who.id)) == 3
    assert sorted(each.value for each in earlier_values(db, who.id, POTASSIUM)) == ["5.9", "6.1"]
    first = ids(db)[0]
    db.execute("UPDATE placement SET deleted = 1 WHERE email_id = ?", (first,))
    assert sorted(each.value for each in earlier_values(db, who.id, POTASSIUM)) == ["5.9", "6.1"]


def test_of_very_many_results_the_first_have_earlier_values_and_all_are_kept(
    db: Connection, someone: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.documents import reading

    monkeypatch.setattr(reading, "MOST_RESULTS", 2)
    someone.deliver(letter("Labo", lab_files.medecin(eol="\n")))
    read(db)
    (row,) = documents_of_email(db, ids(db)[0])
    whole = document(db, row.id)
    assert len(whole.document.observations) == len(whole.analytes) == 4
    assert [bool(each) for each in whole.analytes] == [True, True, False, False]


def test_a_letter_that_can_hold_none_is_never_looked_at(db: Connection, someone: Practice) -> None:
    someone.deliver(letter("Bonjour"), letter("ECG", documents=[("e.png", "image/png", b"x")]))
    rows = db.execute("SELECT documents_version FROM email").fetchall()
    assert rows == [(None,), (None,)]


def test_results_in_the_body_are_read(db: Connection, someone: Practice) -> None:
    someone.deliver(letter("Labo", lab_files.medecin(eol="\n")))
    read(db)
    (found,) = documents_of_email(db, ids(db)[0])
    assert found.format is Format.HPRIM_MEDECIN
    assert found.results == 4


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_higher_version_supersedes_whichever_came_first(
    db: Connection, someone: Practice, newest_first: bool
) -> None:
    letters = [xdm(potassium("6.9", "HH", **version(each))) for each in (1, 2)]
    for each in reversed(letters) if newest_first else letters:
        someone.deliver(each)
        read(db)
    (a,), (b,) = (documents_of_email(db, each) for each in ids(db))
    old, new = (b, a) if newest_first else (a, b)
    assert (old.superseded_by, old.superseded_how) == (new.id, Superseding.VERSION)
    assert new.superseded_how is None
    health = {row.email_id: Health(row.health) for row in page_of_emails(db, someone.inbox)}
    assert health[old.email_id] == Health.DOCUMENT | Health.RESULT | Health.SUPERSEDED
    assert Health.CORRECTION | Health.ALERT in health[new.email_id]
    values = earlier_values(db, patients_matching(db, "bernard")[0].id, POTASSIUM)
    assert sorted(each.superseded for each in values) == [False, True]


def test_an_alert_is_open_until_it_is_acknowledged_and_reading_anew_does_not_forget(
    db: Connection, someone: Practice
) -> None:
    someone.deliver(xdm(potassium("6.9", "HH", **version(1))))
    read(db)
    (alert,) = open_alerts(db)
    assert [each.value for each in alert.results] == ["6.9"]
    assert alert.patient is not None
    acknowledge(db, alert.fingerprint, now=NOW)
    with write(db):
        read_all_anew(db)
    derive_emails(db)
    read(db)
    assert not open_alerts(db)
    assert documents_of_email(db, ids(db)[0])[0].id == alert.document.id


@pytest.mark.parametrize("role", [Role.SENT, Role.TRASH])
def test_nobody_is_called_for_what_was_sent_or_thrown_away(
    db: Connection, someone: Practice, role: Role
) -> None:
    someone.deliver(xdm(potassium("6.9", "HH")), mailbox=someone.mailbox(role))
    read(db)
    assert not open_alerts(db)
    assert bool(patients_matching(db, "bernard")) is (role is Role.SENT)


def test_nobody_is_called_for_what_was_read_before(db: Connection, someone: Practice) -> None:
    someone.deliver(xdm(potassium("6.9", "HH", **version(1))), keywords=frozenset({"$seen"}))
    someone.deliver(xdm(potassium("6.8", "HH", **version(2))), at=NOW - 90 * 86_400)
    read(db)
    assert not open_alerts(db)


@pytest.mark.logs("email.documents_unread")
def test_one_letter_that_breaks_the_reader_stops_no_other(
    db: Connection, someone: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.documents import reading

    real = reading.read_letter

    def breaks(letter: reading.Letter, _: int | None = None):
        if letter.subject == "piège":
            raise RecursionError
        return real(letter)

    monkeypatch.setattr(reading, "read_letter", breaks)
    someone.deliver(xdm(potassium("5", "N"), "un"), xdm(potassium("6", "N"), "piège"))
    read(db)
    assert [len(documents_of_email(db, each)) for each in ids(db)] == [1, 0]
    assert not duty.emails_to_read(db, reading.READER_VERSION, 10)


@pytest.mark.logs("email.documents_unread")
def test_one_that_does_not_let_itself_be_kept_stops_no_other(
    db: Connection, someone: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.documents import reading

    real = reading.read_letter

    def odd(letter: reading.Letter, _: int | None = None):
        found = real(letter)
        if letter.subject == "piège":
            return tuple(replace(each, author="\ud800") for each in found)
        return found

    monkeypatch.setattr(reading, "read_letter", odd)
    someone.deliver(xdm(potassium("5", "N"), "un"), xdm(potassium("6", "N"), "piège"))
    read(db)
    assert [len(documents_of_email(db, each)) for each in ids(db)] == [1, 0]
    assert not duty.emails_to_read(db, reading.READER_VERSION, 10)


def test_a_kill_between_any_two_statements_leaves_all_of_a_letter_or_nothing(
    db: Connection, someone: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone.deliver(
        letter(
            "deux",
            documents=[
                ("a.xml", "text/xml", potassium("6.9", "HH", **version(1))),
                ("b.hpr", "application/octet-stream", lab_files.medecin().encode("cp1252")),
            ],
        )
    )
    tables = ("health_document", "observation", "alert", "identity", "patient")

    def counts() -> list[int]:
        return [db.execute(f"SELECT count(*) FROM {each}").fetchone()[0] for each in tables]

    for seam in steps():
        with monkeypatch.context() as broken:
            module, name = seam
            broken.setattr(module, name, dies)
            with pytest.raises(KeyboardInterrupt):
                read(db)
        assert counts() == [0] * len(tables), name
    read(db)
    assert counts() == [2, 5, 2, 2, 2]


def dies(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def steps() -> Iterator[tuple[object, str]]:
    from store.db import document_keeping, identities
    from sync.documents import regrouping

    yield document_keeping, "_keep_parts"
    yield document_keeping, "index_words"
    yield duty, "regroup"
    yield identities, "save_group"
    yield identities, "mark_conflicts"
    yield regrouping, "related"
    yield duty, "tell_of_letter"


def test_a_letter_that_goes_takes_its_patient_with_it(db: Connection, someone: Practice) -> None:
    someone.deliver(xdm(potassium("5", "N")))
    read(db)
    db.execute("DELETE FROM placement")
    db.execute("DELETE FROM email")
    read(db)
    assert db.execute("SELECT count(*) FROM identity").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM patient").fetchone() == (0,)


def test_what_a_letter_that_was_sealed_held_is_read_once_it_is_open(
    db: Connection, someone: Practice
) -> None:
    sealed = letter("Scellé", documents=[("smime.p7m", "application/pkcs7-mime", b"x")])
    someone.deliver(sealed)
    read(db)
    (email_id,) = ids(db)
    assert not documents_of_email(db, email_id)
    with write(db):
        note_claims(db, [email_id], now=NOW)
        inside = xdm(potassium("6.9", "HH"))
        found = Opening(octets=inside, stopped="", sealed=True, evidence=Evidence())
        save_opening(db, email_id, found, version=1, means="")
    derive_emails(db)
    read(db)
    (row,) = documents_of_email(db, email_id)
    assert row.format is Format.CDA_N3


def test_one_that_is_opened_while_it_is_read_is_read_again(
    db: Connection, someone: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone.deliver(xdm(potassium("6.9", "HH"), "dehors"))
    (email_id,) = ids(db)
    real = duty._read

    async def and_opened_meanwhile(db: Connection, email_id: EmailId):
        read = await real(db, email_id)
        with write(db):
            note_claims(db, [email_id], now=NOW)
            inside = letter("dedans", lab_files.medecin(eol="\n"))
            found = Opening(octets=inside, stopped="", sealed=True, evidence=Evidence())
            save_opening(db, email_id, found, version=1, means="")
        return read

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(duty, "_read", and_opened_meanwhile)
        read(db)
    assert not documents_of_email(db, email_id)
    derive_emails(db)
    read(db)
    assert [each.format for each in documents_of_email(db, email_id)] == [Format.HPRIM_MEDECIN]


def test_a_pass_reads_the_newest_and_leaves_the_others_to_the_node(
    db: Connection, someone: Practice
) -> None:
    letters = [letter(f"n{n}", documents=[("a.pdf", "application/pdf", PDF)]) for n in range(25)]
    someone.deliver(*letters)
    asyncio.run(read_documents(db, most=10))
    assert [bool(documents_of_email(db, each)) for each in ids(db)] == [False] * 15 + [True] * 10


def test_one_ins_and_two_sexes_are_two_patients_that_point_at_each_other(
    db: Connection, someone: Practice
) -> None:
    man = cda_maker.patient(sex="M")
    older = cda_maker.patient(ids="", birth="19690321", place="")
    someone.deliver(
        xdm(potassium("4", "N", **version(1, setId="")), "une"),
        xdm(potassium("5", "N", **version(2, setId="", recordTarget=man)), "un"),
        xdm(potassium("6", "N", **version(3, setId="", recordTarget=older)), "sans INS"),
    )
    read(db)
    she, he = sorted(patients_matching(db, "bernard"), key=lambda each: each.sex)
    assert (she.sex, he.sex) == ("F", "M")
    assert she.conflict
    assert he.conflict
    by = {each.subject: each for each in letters_and_documents_of(db, she.id)}
    assert {subject: each.certainty for subject, each in by.items()} == {
        "une": Certainty.CERTAIN,
        "sans INS": Certainty.PROBABLE,
        "un": Certainty.CONFLICT,
    }
    assert "traits.sex_differs" in by["un"].reasons
    assert {each.value for each in earlier_values(db, she.id, POTASSIUM)} == {"4", "6"}
    with write(db):
        db.execute("DELETE FROM placement WHERE email_id = ?", (by["un"].email_id,))
        db.execute("DELETE FROM email WHERE id = ?", (by["un"].email_id,))
    read(db)
    assert not patient(db, she.id).conflict


def test_letters_are_found_by_patient_and_by_what_is_in_them(
    db: Connection, someone: Practice
) -> None:
    someone.deliver(
        xdm(potassium("6.9", "HH", **version(1)), "grave"),
        xdm(potassium("5.4", "H", **version(2, setId="")), "haut"),
        letter("Labo", lab_files.medecin(eol="\n")),
        letter("Bonjour"),
    )
    read(db)

    def found(query: str) -> list[str]:
        return sorted(row.subject for row in search(db, query))

    assert found("is:alert") == ["grave"]
    assert found("est:anormal patient:bernard") == ["grave", "haut"]
    assert found('patient:"paule bernard"') == ["grave", "haut"]
    assert found("patient:lefevre") == ["Labo"]
    assert found("a:résultat haut") == ["haut"]
    with pytest.raises(Usage, match=r"search\.bad_is"):
        found("is:absent")
    assert found("lefevre") == ["Labo"]


def oru(status: str, made: str) -> bytes:
    """Plain results, in a message of their own."""
    lines = (
        f"MSH|^~\\&|LIS|LABO|||{made}||ORU^R01^ORU_R01|{made}|P|2.5|||||FRA|UNICODE UTF-8",
        "PID|||7^^^LABO&1.2.250.1.9&ISO||BERNARD^Paule^^^^^L||19690321|F",
        f"OBR|1|||NA^Ionogramme^L|||20261123073000||||||||||||||||||{status}",
        f"OBX|1|NM|K^Potassium^L||6.9|mmol/L|3.5-5.1|HH|||{status}",
    )
    return letter("HL7", made, documents=[("R.hl7", "text/plain", "\r".join(lines).encode())])


def announced(subject: str, day: str) -> bytes:
    """The same results again, in a letter that says that it replaces another."""
    again = lab_files.medecin(header=lab_files.changed(10, day)).encode("cp1252")
    return letter(subject, day, documents=[("B.hpr", "application/octet-stream", again)])


NAMED = "LEFÈVRE Zoé 03/02/1984"
CORRECTIONS = {
    Superseding.REPLACED: (
        xdm(potassium("6.9", "HH", **version(1, setId=""))),
        xdm(
            potassium(
                "4.2",
                "N",
                **version(
                    2,
                    setId="",
                    relatedDocument=cda_maker.HEADER["relatedDocument"].replace("CR-0", "CR-1"),
                ),
            )
        ),
    ),
    Superseding.CORRECTED: (oru("F", "20261124100000+0100"), oru("C", "20261125100000+0100")),
    Superseding.DELETED: (
        letter("HL7", "1", documents=[("R.hl7", "text/plain", message(cda_maker.cda(), "F"))]),
        letter("HL7", "2", documents=[("R.hl7", "text/plain", message(cda_maker.cda(), "D"))]),
    ),
    Superseding.ANNOUNCED: (
        announced(f"Résultats {NAMED}", "24/11/2026"),
        announced(f"[Annule et remplace] Résultats {NAMED}", "24/11/2026"),
    ),
}


@pytest.mark.parametrize("corrected_first", [False, True])
@pytest.mark.parametrize("how", CORRECTIONS)
def test_a_correction_supersedes_whichever_came_first(
    db: Connection, someone: Practice, how: Superseding, corrected_first: bool
) -> None:
    old, new = CORRECTIONS[how]
    for each in (new, old) if corrected_first else (old, new):
        someone.deliver(each)
        read(db)
    (first,), (second,) = (documents_of_email(db, each) for each in ids(db))
    was, now_is = (second, first) if corrected_first else (first, second)
    assert (was.superseded_how, was.superseded_by) == (how, now_is.id)
    assert now_is.superseded_how is None
    assert document(db, now_is.id).replaces == (was.id,)
    # Never hidden: it is there, and what it alerted to is on top until a person says so.
    assert patients_of_email(db, was.email_id) == patients_of_email(db, now_is.email_id)
