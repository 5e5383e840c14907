"""What a letter seems to carry, and whether it says it is urgent."""

from __future__ import annotations

import pytest

from store.model.email import TransferEncoding
from store.model.structure import AnnouncedPart, Kind
from sync.mime.kind import is_urgent, kind_of_parts, marks_of

WITH_A_DOCUMENT = (
    b"From: labo@port.example\r\n%sContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
    b"Bonjour.\r\n--b\r\nContent-Type: %s; name=%s\r\n\r\nJVBERi0x"
)


def part(media_type: str, name: str, length: int) -> AnnouncedPart:
    encoding = TransferEncoding.BASE64
    return AnnouncedPart(
        number="1", media_type=media_type, name=name, transfer_encoding=encoding, length=length
    )


@pytest.mark.parametrize(
    ("fields", "media_type", "name", "kind"),
    [
        (b"", b"application/pdf", b"lettre.pdf", Kind.LETTER),
        (b"", b"text/plain", b"BILAN.HPR", Kind.RESULT),
        (b"", b"application/edi-hl7", b"oru", Kind.RESULT),
        (b"", b"application/octet-stream", b"radio.dcm", Kind.IMAGE),
        (b"", b"image/jpeg", b"photo.jpg", Kind.IMAGE),
        (b"X-MSS-CODECDA: 34112-3,\r\n 11502-2\r\n", b"image/jpeg", b"photo.jpg", Kind.RESULT),
        (b"X-MSS-CODECDA: 34112-3\r\n", b"application/zip", b"IHE_XDM.zip", Kind.LETTER),
        (
            b"Subject: XDM/1.0/DDM+CR d'examens biologiques DUPONT ZOE 01/02/1950\r\n",
            *(b"application/zip", b"IHE_XDM.zip", Kind.RESULT),
        ),
        (
            b"Subject: XDM/1.0/DDM+Lettre de liaison DUPONT ZOE 01/02/1950\r\n",
            *(b"application/zip", b"IHE_XDM.zip", Kind.LETTER),
        ),
        (b"Subject: resultat du match\r\n", b"application/pdf", b"a.pdf", Kind.LETTER),
    ],
)
def test_what_a_letter_carries_is_seen_in_its_first_octets(
    fields: bytes, media_type: bytes, name: bytes, kind: Kind
) -> None:
    assert marks_of(WITH_A_DOCUMENT % (fields, media_type, name)).kind is kind


@pytest.mark.parametrize("text", [b"MSH|^~\\&|LABO|", b"****LAB****", b"RES|Glucose|GLU|N|1.02"])
def test_a_result_written_as_the_text_of_a_letter_is_one(text: bytes) -> None:
    assert marks_of(b"Subject: a\r\n\r\nBonjour\r\n" + text).kind is Kind.RESULT


@pytest.mark.parametrize(
    ("header", "urgent"),
    [
        (b"Importance: High\r\n", True),
        (b"Priority: urgent\r\n", True),
        (b"X-MSMail-Priority: High\r\n", True),
        (b"Subject: [URGENT] kaliemie\r\n", True),
        (b"Subject: Urgent : INR de Mme Dupont\r\n", True),
        (b"Subject: XDM/1.0/DDM+URGENT CR biologie\r\n", True),
        (b"Subject: =?utf-8?B?VVJHRU5UIMOgIGxpcmU=?=\r\n", True),
        (b"Subject: NON URGENT\r\n", False),
        (b"Subject: la prise en charge des patients urgents\r\n", False),
        (b"Subject: INSURGENTS\r\n", False),
        (b"Importance: normal\r\nSubject: bilan\r\n", False),
    ],
)
def test_a_letter_is_urgent_when_a_field_or_its_subject_says_so(
    header: bytes, urgent: bool
) -> None:
    assert is_urgent(header) is urgent
    assert marks_of(header + b"\r\nBonjour").urgent is urgent


def test_a_letter_is_one_of_images_when_most_of_it_is() -> None:
    photograph, report = part("image/jpeg", "p.jpg", 900), part("application/pdf", "cr.pdf", 100)
    assert kind_of_parts([report, photograph]) is Kind.IMAGE
    assert kind_of_parts([report, part("image/png", "logo.png", 90)]) is Kind.LETTER
    assert kind_of_parts([photograph, part("text/plain", "a.hpm", 1)]) is Kind.RESULT
    assert kind_of_parts([]) is Kind.LETTER


@pytest.mark.parametrize("octets", [b"", b"\0" * 100, b"--", b"Subject", b"\r\n\r\n", b"\xff: a"])
def test_nothing_is_too_odd_to_be_looked_at(octets: bytes) -> None:
    assert marks_of(octets).kind is Kind.LETTER
