"""A file is what is in it, whatever its name."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.document import Format
from sync.documents.recognise import recognise
from tests.unit.documents.lab_files import CDA, HL7, MEDECIN, SANTES


def package(*names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as zipped:
        for name in names:
            zipped.writestr(name, "x")
    return kept.getvalue()


N1 = b'<ClinicalDocument xmlns="urn:hl7-org:v3"><nonXMLBody/></ClinicalDocument>'
LETTER = b"Bonjour, votre patient LEFEVRE est venu le 12/03/2026.\nCordialement\n"
OTHERS = [
    (CDA, Format.CDA_N3),
    (b"\xef\xbb\xbf" + N1, Format.CDA_N1),
    (N1.decode().encode("utf_16"), Format.CDA_N1),
    (N1.decode().encode("utf_16_le"), Format.CDA_N1),
    (N1.decode().encode("utf_16_be"), Format.CDA_N1),
    (b'<x:stylesheet><n:ClinicalDocument xmlns:n="u"/></x:stylesheet>', Format.CDA_N3),
    (package("IHE_XDM/SUBSET01/METADATA.XML"), Format.XDM),
    (package("Ihe_xdm\\ccd1\\metadata.xml"), Format.XDM),
    (package("__MACOSX/IHE_XDM/._METADATA.XML", "a.txt"), None),
    (package("__MACOSX/METADATA.XML"), None),
    (package("word/document.xml"), None),
    (package("IHE_XDM/SUBSET01/CR.XML"), Format.XDM),
    (package("INDEX.HTM", "doc00001.xml"), Format.XDM),
    (package("IHE_XDM"), None),
    (b"\r\n" + package("IHE_XDM/SUBSET01/METADATA.XML"), Format.XDM),
    (package("IHE_XDM/SUBSET01/METADATA.XML", *(f"{n}.txt" for n in range(1000))), Format.XDM),
    (package("IHE_XDM/SUBSET01/METADATA.XML")[:-1], Format.XDM),
    (package("archive.zip", *(f"{n}.txt" for n in range(1000))), None),
    (b"PK\x03\x04 broken", None),
    (b"junk\n%PDF-1.4", Format.PDF),
    (b"<html><body>ClinicalDocument</body></html>", None),
    (LETTER, None),
    (b"", None),
]


@pytest.mark.parametrize(("octets", "expected"), OTHERS)
def test_each_is_told_from_the_others(octets: bytes, expected: Format | None) -> None:
    assert recognise("document.dat", octets) is expected


@pytest.mark.parametrize("name", [name for name in MEDECIN if name != "no birth day"])
def test_hprim_medecin(name: str) -> None:
    assert recognise("resultat.pdf", MEDECIN[name]) is Format.HPRIM_MEDECIN


@pytest.mark.parametrize("name", SANTES)
def test_hprim_sante(name: str) -> None:
    assert recognise("resultat", SANTES[name]) is Format.HPRIM_SANTE


@pytest.mark.parametrize("name", HL7)
def test_hl7(name: str) -> None:
    assert recognise("resultat.hpr", HL7[name]) is Format.HL7_V2


def test_what_a_system_left_behind_is_nothing() -> None:
    assert recognise("._resultat.hl7", HL7["plain, CR"]) is None
    assert recognise("C:\\labo\\._x.hl7", HL7["plain, CR"]) is None


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"<", b"MSH|", b"H|"]),
)
def test_any_octets_may_be_asked(octets: bytes, begins: bytes) -> None:
    recognise("x", begins + octets)


@given(st.integers(0, 200), st.binary(min_size=1, max_size=6))
def test_a_damaged_package_may_be_asked(place: int, octets: bytes) -> None:
    whole = package("IHE_XDM/SUBSET01/METADATA.XML", "README.TXT")
    recognise("x.zip", whole[:place] + octets + whole[place + len(octets) :])
