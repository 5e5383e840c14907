"""Files of authorities, in each form in which they are published."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from store.errors import NeedsUser
from store.model.trust import Kind
from sync.trust.bundle import MOST_OCTETS, certificates_in, read_bundle
from tests.refusals import refused
from tests.unit.trust.pki import MIDDLE, NOW, ROOT, SIGNER

BOTH = [MIDDLE.certificate, ROOT.certificate]


@pytest.mark.parametrize(
    "octets",
    [
        MIDDLE.pem + ROOT.pem,
        b"Subject: Racine\r\n\r\n" + ROOT.pem.replace(b"\n", b"\r\n") + MIDDLE.pem + ROOT.pem,
        pkcs7.serialize_certificates(BOTH, Encoding.DER),
        pkcs7.serialize_certificates(BOTH, Encoding.PEM),
        MIDDLE.pem + ROOT.pem + SIGNER.pem,
    ],
    ids=["pem", "pem with words", "p7b", "p7b in pem", "with a person"],
)
def test_each_form_gives_anchors_then_what_helps(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "autorités"
    path.write_bytes(octets)
    found = read_bundle(path, "igc-sante", NOW)
    assert [(each.kind, each.certificate) for each in found] == [
        (Kind.ANCHOR, ROOT.der),
        (Kind.INTERMEDIATE, MIDDLE.der),
    ]
    assert (found[0].bundle, found[0].imported_at) == ("igc-sante", NOW)


def test_one_in_der_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "racine.cer"
    path.write_bytes(ROOT.der)
    assert [each.name for each in read_bundle(path, "x", NOW)] == ["Racine"]


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "anchors.unreadable"),
        (b"bonjour", "anchors.unreadable"),
        (ROOT.pem[:200], "anchors.unreadable"),
        (b"\x00" * (MOST_OCTETS + 1), "anchors.unreadable"),
        (SIGNER.pem, "anchors.none"),
        (MIDDLE.pem, "anchors.none"),
    ],
)
def test_what_gives_no_anchor_is_refused(tmp_path: Path, octets: bytes, code: str) -> None:
    path = tmp_path / "autorités"
    path.write_bytes(octets)
    with refused(NeedsUser, code):
        read_bundle(path, "x", NOW)


def test_what_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with refused(NeedsUser, "anchors.unreadable"):
        certificates_in(tmp_path / "absent")
