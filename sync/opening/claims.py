"""Whether a letter says that it is signed or sealed: costs nothing to ask of every letter. Pure.

Wide on purpose: whoever says yes is only looked at more closely (sync/opening/letter.py).
"""

from __future__ import annotations

from store.model.email import DerivedEmail, EmailAddress
from sync.apicrypt.letter import DOCUMENTS, MARK
from sync.mime.addresses import read_addresses
from sync.mime.content import read_content
from sync.mime.header import end_of_header, read_header
from sync.mime.protected import fields_of
from sync.smime.media_types import SIGNATURE_TYPES, TYPES

CLAIMING = {"multipart/signed", *TYPES, *SIGNATURE_TYPES}
OTHER_FROM = "trust.other_from"
"""Note on a letter that came under another name than the one that lay inside."""
ENDINGS = (".p7m", ".p7s", ".p7z", ".p7c", *DOCUMENTS)


def claims(octets: bytes, found: DerivedEmail) -> bool:
    """Whether a letter, read as it came, is to be opened or judged.

    Args:
        found: what was read in `octets`.
    """
    end, _ = end_of_header(octets, 0, len(octets))
    if read_content(read_header(octets[:end])).media_type in CLAIMING or MARK in octets:
        return True
    if MARK.decode() in found.body:
        return True
    return any(
        part.media_type in CLAIMING or part.name.lower().endswith(ENDINGS) for part in found.parts
    )


def other_sender(octets: bytes, inside: str) -> EmailAddress | None:
    """Whom the header that carriers saw names, where that is not exactly the one named inside.

    Who carried the letter may have checked the one outside; whoever seals a letter writes inside
    what they want (RFC 9788 §4.4). Where the two differ no signature proves anything either.
    """
    outside = [each.value for each in fields_of(octets)[0] if each.name == b"from"]
    named = [each for value in outside for each in read_addresses(value)]
    if {each.email.lower() for each in named} == {inside.lower()}:
        return None
    return named[0] if named else EmailAddress()
