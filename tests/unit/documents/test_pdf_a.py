"""What is seen of a PDF is seen, and no word more is said; its name says the rule's parts."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from store.errors import Permanent
from sync.documents.facts import Fact, Missing
from sync.documents.pdf_a import Finding, look_at_pdf, pdf_name, require_plain_pdf
from tests.unit.documents.invented import DOCUMENT, PATIENT

TYPE = "CR d'examens biologiques"
XMP = (
    b'<?xpacket?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
    b"><pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
CLAIMING = (
    b"%PDF-1.4\n1 0 obj\n<</Type /Catalog /OutputIntents [<</S /GTS_PDFA1>>]>>\nendobj\n"
    b"2 0 obj\n<</Type /Metadata /Length 9>>\nstream\n" + XMP + b"\nendstream\nendobj\n"
    b"3 0 obj\n<</Type /Font /Subtype /TrueType /FontDescriptor 4 0 R>>\nendobj\n"
    b"4 0 obj\n<</Type /FontDescriptor /FontFile2 5 0 R>>\nendobj\n"
    b"5 0 obj\n<<>>\nstream\n/Encrypt /JavaScript /ObjStm\nendstream\nendobj\n%%EOF\n"
)


def test_a_claim_is_repeated_and_what_lies_in_streams_is_not_looked_at() -> None:
    seen = look_at_pdf(CLAIMING)
    assert (seen.claim, seen.findings) == ("1B", ())


def test_a_claim_written_as_attributes_is_one() -> None:
    short = CLAIMING.replace(
        b"><pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>",
        b'pdfaid:part="1" pdfaid:conformance="A">',
    )
    assert look_at_pdf(short).claim == "1A"


@pytest.mark.parametrize(
    ("finding", "old", "new"),
    [
        (Finding.VERSION, b"%PDF-1.4", b"%PDF-1.7"),
        (Finding.NO_CLAIM, b"part>1<", b"part>2<"),
        (Finding.ENCRYPTED, b"%%EOF", b"trailer <</Encrypt 9 0 R>>"),
        (Finding.OBJECT_STREAMS, b"/Type /Catalog", b"/Type /ObjStm"),
        (Finding.FONT_NOT_EMBEDDED, b"/FontFile2 5 0 R", b""),
        (Finding.FONT_NOT_EMBEDDED, b"/FontDescriptor 4 0 R", b""),
        (Finding.NO_OUTPUT_INTENT, b"/GTS_PDFA1", b"/GTS_PDFX"),
        (Finding.ACTIVE, b"/Type /Catalog", b"/Type /Catalog /Names <</EmbeddedFiles 7 0 R>>"),
        (Finding.LZW, b"/Length 9", b"/Filter /LZWDecode"),
        (Finding.NOT_A_PDF, b"%PDF-1.4", b"MZ"),
    ],
)
def test_each_thing_is_seen(finding: Finding, old: bytes, new: bytes) -> None:
    assert look_at_pdf(CLAIMING.replace(old, new)).findings == (finding,)


def test_a_pdf_of_every_day_claims_nothing() -> None:
    kept = io.BytesIO()
    canvas = Canvas(kept)
    canvas.drawString(72, 700, "TSH 7,95")
    canvas.save()
    seen = look_at_pdf(kept.getvalue())
    assert seen.claim == ""
    assert {Finding.NO_CLAIM, Finding.FONT_NOT_EMBEDDED} <= set(seen.findings)


def test_what_its_reader_could_not_open_is_not_sent() -> None:
    locked = CLAIMING.replace(b"%%EOF", b"trailer <</Encrypt 9 0 R>>")
    for octets, code in ((b"MZ", "document.not_a_pdf"), (locked, "document.pdf_encrypted")):
        with pytest.raises(Permanent) as raised:
            require_plain_pdf(octets)
        assert raised.value.code == code


@given(st.binary(max_size=200))
def test_no_octets_make_it_stumble(octets: bytes) -> None:
    look_at_pdf(b"%PDF-1.4\n" + octets)


def test_a_pdf_is_looked_at_once_whatever_it_repeats() -> None:
    """Each of these made a lazy pattern start again at every one of them."""
    for again in (b"stream\n", b"<rdf:RDF ", b"1 0 obj ", b"/Type /Font "):
        look_at_pdf(b"%PDF-1.4\n" + again * 200_000)


def test_the_name_is_that_of_the_rule() -> None:
    assert pdf_name(DOCUMENT, TYPE, "26112400178") == (
        "20261124_CR d'examens biologiques_LEROUX-ESSAI_ANAÏS_26112400178.pdf"
    )
    assert pdf_name(DOCUMENT, "x" * 60).split("_")[1] == "x" * 40


def test_nothing_in_the_name_is_a_path_or_forges_a_part() -> None:
    patient = replace(PATIENT, birth_name="../../É_X\r\n", given_names=("a/b\x00\u2028",))
    name = pdf_name(replace(DOCUMENT, patient=patient), "C:\\x_y")
    assert name == "20261124_C-x-y_É-X_a-b.pdf"


def test_a_name_without_one_of_its_parts_is_none() -> None:
    with pytest.raises(Missing) as raised:
        pdf_name(replace(DOCUMENT, patient=None), TYPE)
    assert raised.value.facts == (Fact.PATIENT_NAME, Fact.GIVEN_NAME)
