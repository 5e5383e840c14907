"""Whether a letter says that it is signed or sealed: costs nothing to ask of every letter. Pure.

Wide on purpose: whoever says yes is only looked at more closely (sync/opening/letter.py).
"""

from __future__ import annotations

from store.model.email import DerivedEmail
from sync.apicrypt.letter import DOCUMENTS, MARK
from sync.mime.addresses import read_addresses
from sync.mime.header import end_of_header
from sync.mime.protected import fields_of
from sync.mime.structure import scan
from sync.smime.layers import SIGNATURE_TYPES, TYPES

CLAIMING = {"multipart/signed", *TYPES, *SIGNATURE_TYPES}
OTHER_FROM = "trust.other_from"
"""Note on a letter whose envelope names another sender than what lay inside (RFC 9788 §4.4)."""
ENDINGS = (".p7m", ".p7s", ".p7z", ".p7c", *DOCUMENTS)


def claims(octets: bytes, found: DerivedEmail) -> bool:
    """Whether a letter, read as it came, is to be opened or judged.

    Args:
        found: what was read in `octets`.
    """
    _, body = end_of_header(octets, 0, len(octets))
    if scan(octets[:body]).root.content.media_type in CLAIMING or MARK in octets:
        return True
    if MARK.decode() in found.body:
        return True
    return any(
        part.media_type in CLAIMING or part.name.lower().endswith(ENDINGS) for part in found.parts
    )


def sent_as(octets: bytes, sender: str) -> bool:
    """Whether the header that carriers saw names this one address as its sender, and no other."""
    outside = [each.value for each in fields_of(octets)[0] if each.name == b"from"]
    named = {each.email.lower() for value in outside for each in read_addresses(value)}
    return named == {sender.lower()}
