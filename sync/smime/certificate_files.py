"""Certificates in the files people have: PEM, DER, PKCS#7 bundles (.p7b, .p7c) and vCards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from store.errors import Permanent
from store.model.email import TransferEncoding
from store.model.transfer import decode
from sync.smime.certificates import read_certificate
from sync.smime.verify import verify

PEM = re.compile(
    rb"-----BEGIN (?:X509 |TRUSTED )?(CERTIFICATE|PKCS7|CMS)-----(.*?)-----END", re.DOTALL
)
VCARD = re.compile(rb"\s*BEGIN:VCARD", re.IGNORECASE)
VCARD_KEY = re.compile(rb"^(?:[\w-]+\.)?KEY((?:;[^:\n]*)?):([^\n]*)$", re.IGNORECASE | re.MULTILINE)
FOLD = re.compile(rb"\r?\n[ \t]")
DATA_URI = re.compile(
    rb"data:application/(?:x-)?(?:pkix-cert|x509-ca-cert|x509-user-cert|pkcs7-mime)[^,]*;base64,",
    re.IGNORECASE,
)
MOST_FOUND = 200


def certificates_in(octets: bytes) -> list[bytes]:
    """Every certificate of a file, DER, in order, each once.

    Raises:
        Permanent: `smime.no_certificate`, there is none that can be read.
    """
    found: list[bytes] = []
    for candidate in _candidates(octets):
        for der in _certificates(candidate):
            if der not in found and len(found) < MOST_FOUND:
                found.append(der)
    if not found:
        raise Permanent("smime.no_certificate")
    return found


def _candidates(octets: bytes) -> Iterator[bytes]:
    """What may be a certificate or a bundle, in DER or BER."""
    if VCARD.match(octets):
        yield from _in_vcard(octets)
    elif b"-----BEGIN" in octets:
        for block in PEM.finditer(octets):
            yield decode(block[2], TransferEncoding.BASE64)
    else:
        yield octets


def _in_vcard(octets: bytes) -> Iterator[bytes]:
    """KEY properties of vCard 2.1, 3.0 (RFC 2426 §3.7.2) and 4.0 (RFC 6350 §6.8.1)."""
    # vCard 2.1 has base64 on lines that begin with a blank, ended by an empty one.
    for key in VCARD_KEY.finditer(FOLD.sub(b"", octets).replace(b"\r\n", b"\n")):
        value = key[2].strip()
        if found := DATA_URI.match(value):
            yield decode(value[found.end() :], TransferEncoding.BASE64)
        elif b"ENCODING=B" in key[1].upper():
            yield decode(value, TransferEncoding.BASE64)


def _certificates(octets: bytes) -> Iterator[bytes]:
    try:
        yield read_certificate(octets).der
    except Permanent:
        try:
            bundle = verify(octets).evidence.certificates
        except Permanent:
            return
        for der in bundle:
            try:
                yield read_certificate(der).der
            except Permanent:
                continue
