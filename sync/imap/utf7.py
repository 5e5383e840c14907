"""Mailbox names between Unicode and the wire: modified UTF-7 (RFC 3501 §5.1.3). Pure."""

from __future__ import annotations

import binascii
import re

SHIFTED = re.compile(rb"&([^-]*)-")
NEEDS_SHIFT = re.compile("[^ -~]+")


def encode(name: str) -> bytes:
    """A name as the wire wants it: printable ASCII as it is, '&' doubled, the rest shifted."""
    pieces, at = [], 0
    for found in NEEDS_SHIFT.finditer(name):
        pieces += [_plain(name[at : found.start()]), _shifted(found[0])]
        at = found.end()
    return b"".join([*pieces, _plain(name[at:])])


def decode(wire_name: bytes) -> str:
    """A name as a person reads it. Never fails: some servers write Latin or UTF-8, or nonsense.

    What goes back to the server is always the wire name it gave, never this one re-encoded.
    """
    try:
        text = wire_name.decode("ascii")
    except UnicodeDecodeError:
        return wire_name.decode("utf-8", "replace")
    if "&" not in text:
        return text
    pieces, at = [], 0
    for found in SHIFTED.finditer(wire_name):
        pieces += [text[at : found.start()], _unshifted(found[1])]
        at = found.end()
    return "".join([*pieces, text[at:]])


def _plain(text: str) -> bytes:
    return text.replace("&", "&-").encode("ascii")


def _shifted(text: str) -> bytes:
    octets = text.encode("utf-16-be", "surrogatepass")
    return b"&" + binascii.b2a_base64(octets, newline=False).rstrip(b"=").replace(b"/", b",") + b"-"


def _unshifted(inside: bytes) -> str:
    if not inside:
        return "&"
    padded = inside.replace(b",", b"/") + b"=" * (-len(inside) % 4)
    try:
        octets = binascii.a2b_base64(padded, strict_mode=True)
        return octets.decode("utf-16-be", "surrogatepass")
    except (binascii.Error, UnicodeDecodeError):
        return f"&{inside.decode('ascii')}-"
