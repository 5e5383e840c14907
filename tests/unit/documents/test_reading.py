"""From the files of a letter to its documents, whichever way its sender packed them."""

from __future__ import annotations

import base64

from hypothesis import given, settings
from hypothesis import strategies as st

from store.model.document import Format, Status
from store.model.health import ReadDocument
from sync.documents.reading import DEEPEST, Letter, LetterFile, read_letter
from tests.unit.documents import cda_maker, lab_files, xdm_maker

PDF = b"%PDF-1.4\n%%EOF\n"
DAY = 1_793_000_000
NAMES = ("a.zip", "a.pdf", "a.hpr", "B.XML", "", "._a.zip")
WHOLE = (
    xdm_maker.package(),
    cda_maker.cda(),
    lab_files.medecin().encode("cp1252"),
    lab_files.sante(),
    PDF,
)
SOME = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(WHOLE),
    st.builds(
        lambda octets, at, more: octets[: at % len(octets)] + more + octets[at % len(octets) + 3 :],
        st.sampled_from(WHOLE),
        st.integers(0, 20_000),
        st.binary(max_size=4),
    ),
)


def read(
    *files: tuple[str, bytes], subject: str = "Résultats", media: str = ""
) -> tuple[ReadDocument, ...]:
    made = [
        LetterFile(part=str(n + 2), name=name, media_type=media, octets=octets)
        for n, (name, octets) in enumerate(files)
    ]
    return read_letter(
        Letter(files=tuple(made), subject=subject, sender="Labo du Port", sent_at=DAY)
    )


def test_an_xdm_is_its_documents() -> None:
    (found,) = read(("IHE_XDM.ZIP", xdm_maker.package()))
    assert found.document.format is Format.CDA_N3
    assert found.part == "2"
    assert found.identity is not None
    assert found.identity.traits.birth_name == "BERNARD"
    assert found.day == "2026-11-23"
    assert found.author == "DR Ines LABORDE"


def test_results_and_the_pdf_of_the_same_name_are_one_document() -> None:
    (found,) = read(("B4471.pdf", PDF), ("B4471.HPR", lab_files.medecin().encode("cp1252")))
    assert found.document.format is Format.HPRIM_MEDECIN
    assert [each.octets for each in found.document.renditions] == [PDF]
    assert found.file_parts == ("2",)
    assert len(found.analytes) == len(found.document.observations) == 4


def test_a_pdf_of_another_name_is_another_document() -> None:
    found = read(("autre.pdf", PDF), ("B4471.HPR", lab_files.medecin().encode("cp1252")))
    assert [each.document.format for each in found] == [Format.PDF, Format.HPRIM_MEDECIN]


def test_results_of_two_patients_have_no_pdf_of_one_of_them() -> None:
    two = lab_files.medecin(close="\0") + lab_files.medecin(header=lab_files.changed(2, "ABGRALL"))
    found = read(("B.pdf", PDF), ("B.hpr", two.encode("cp1252")))
    assert [each.document.format for each in found] == [
        Format.PDF,
        Format.HPRIM_MEDECIN,
        Format.HPRIM_MEDECIN,
    ]
    assert found[1].fingerprint != found[2].fingerprint


def test_the_file_that_a_message_names_goes_with_it() -> None:
    found = read(("LABO.HPM", lab_files.sante()), ("b4471.pdf", PDF))
    assert [each.document.format for each in found] == [Format.HPRIM_SANTE]
    assert found[0].document.renditions[0].octets == PDF


def test_a_cda_in_a_message_says_what_its_message_says_of_it() -> None:
    (found,) = read(("R.hl7", message(cda_maker.cda(), "D")))
    assert found.document.format is Format.CDA_N3
    assert found.document.status is Status.DELETED
    assert found.corrects


def test_a_cda_and_a_pdf_in_a_message_are_one() -> None:
    (found,) = read(("R.hl7", message(cda_maker.cda(), "F", pdf=True)))
    assert found.document.format is Format.CDA_N3
    assert [each.octets for each in found.document.renditions] == [PDF]
    assert found.file_parts == ("",)


def test_a_zip_without_metadata_holds_files_beside_each_other() -> None:
    packed = xdm_maker.zipped(
        {"B.HPR": lab_files.medecin().encode("cp1252"), "B.PDF": PDF, "notes.docx": b"PK\x03\x04"}
    )
    found = read(("envoi.zip", packed))
    assert [each.document.format for each in found] == [Format.HPRIM_MEDECIN]


def test_a_file_that_cannot_be_read_takes_nothing_from_the_others() -> None:
    cut = xdm_maker.package()[:-40]
    found = read(("a.zip", cut), ("B.hpr", lab_files.medecin().encode("cp1252")))
    assert [each.document.format for each in found] == [Format.HPRIM_MEDECIN]
    assert "document.file_unread" in found[0].document.warnings


def test_files_that_lie_in_files_are_read_to_a_depth() -> None:
    packed = {"a.zip": lab_files.medecin().encode("cp1252")}
    for _ in range(DEEPEST):
        packed = {"a.zip": xdm_maker.zipped(packed)}
    assert len(read(("a.zip", packed["a.zip"]))) == 1
    assert not read(("a.zip", xdm_maker.zipped(packed)))


def test_what_is_no_document_is_none() -> None:
    assert not read(("photo.bin", b"\0" * 100), ("lisez.txt", b"Bonjour"), ("", b""))


def test_a_letter_that_replaces_says_so_by_its_subject() -> None:
    subject = "XDM/1.0/DDM+[Annule et remplace]CR BERNARD PAULE 21/03/1969"
    assert read(("x.pdf", PDF), subject=subject)[0].corrects
    assert not read(("x.pdf", PDF))[0].corrects


@given(st.lists(st.tuples(st.sampled_from(NAMES), SOME), max_size=3))
@settings(deadline=None, max_examples=80)
def test_whatever_is_in_the_files_of_a_letter_is_no_error(files: list[tuple[str, bytes]]) -> None:
    for each in read(*files, media="application/zip"):
        assert len(each.file_parts) == len(each.document.renditions)
        assert len(each.analytes) <= len(each.document.observations)


def message(cda: bytes, action: str, *, pdf: bool = False) -> bytes:
    """An MDM that carries a CDA, and its PDF."""
    packed = base64.b64encode(cda).decode()
    lines = [
        "MSH|^~\\&|LIS|LABO|||20261124101500||ORU^R01^ORU_R01|M1|P|2.5|||||FRA|UNICODE UTF-8",
        "PID|||7^^^LABO||BERNARD^Paule^^^^^L||19690321|F",
        "OBR|1||1|11502-2^CR^LN|||20261123073000",
        f"OBX|1|ED|11502-2^CR^LN||^TEXT^XML^Base64^{packed}||||||{action}",
    ]
    if pdf:
        packed = base64.b64encode(PDF).decode()
        lines.append(f"OBX|2|ED|PDF^PDF^LN||^application^pdf^Base64^{packed}||||||{action}")
    return "\r".join(lines).encode()


def test_a_message_and_its_document_that_name_two_patients_say_so() -> None:
    octets = message(cda_maker.cda(), "F")
    (same,) = read(("R.hl7", octets))
    assert "hl7.patient_differs" not in same.document.warnings
    (other,) = read(("R.hl7", octets.replace(b"19690321", b"19700321")))
    assert "hl7.patient_differs" in other.document.warnings


def test_a_pdf_that_is_said_to_be_of_somebody_else_is_no_pdf_of_a_cda() -> None:
    cda = cda_maker.cda(cda_maker.structured(cda_maker.section("Biochimie", "")))
    told = xdm_maker.metadata(
        xdm_maker.entry(cda),
        xdm_maker.entry(
            PDF,
            uri="DOC00001.PDF",
            name="Document02",
            unique_id="1.2.3.5",
            cx="9^^^&amp;1.2.250.1.9&amp;ISO^PI",
            info=("PID-5|ROUSSEL^JEAN^^^^^L", "PID-7|19500101", "PID-8|M"),
        ),
    )
    packed = xdm_maker.package({"IHE_XDM/SUBSET01/DOC00001.PDF": PDF}, document=cda, metadata=told)
    found = read(("IHE_XDM.ZIP", packed))
    assert [each.document.format for each in found] == [Format.CDA_N3, Format.PDF]
