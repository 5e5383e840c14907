"""Undo a transfer encoding (RFC 2045 §6): the one place, for whoever cuts a part out of an Email.

The node decodes the text of a letter with it and the screen an attachment, so what was searched
and what is saved are always the same octets.
"""

from __future__ import annotations

import binascii
import contextlib
import re

from store.model.email import TransferEncoding

FOREIGN = re.compile(rb"[^A-Za-z0-9+/=]+")
PADDING = re.compile(rb"=+")
MOST_END = 1000
"""Octets of padding and blank lines after the last letter."""
MOST_RUNS = 10_000
"""Runs of padding within one part. Past these the rest is read as one run: no sender needs more."""


def decode(encoded: bytes, encoding: TransferEncoding) -> bytes:
    """The octets a part stands for, leniently: what can be read is returned. Never raises."""
    match encoding:
        case TransferEncoding.BASE64:
            return _from_base64(encoded)
        case TransferEncoding.QUOTED_PRINTABLE:
            return binascii.a2b_qp(encoded)
        case TransferEncoding.IDENTITY:
            return encoded


def _from_base64(encoded: bytes) -> bytes:
    """Padding ends a run, not the part: senders that encode piece by piece pad each piece."""
    if _is_one_run(encoded):
        # What every program of today writes: in one go, 100 MB cost their own size and no more.
        with contextlib.suppress(binascii.Error):
            return binascii.a2b_base64(encoded)
    letters = FOREIGN.sub(b"", encoded).rstrip(b"=")
    if b"=" not in letters:
        return _run(letters)
    return b"".join(map(_run, PADDING.split(letters, maxsplit=MOST_RUNS)))


def _is_one_run(encoded: bytes) -> bool:
    """Whether there is no padding but at the end, where binascii would stop reading."""
    first = encoded.find(b"=")
    return first < 0 or (len(encoded) - first < MOST_END and not encoded[first:].strip(b"= \t\r\n"))


def _run(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
