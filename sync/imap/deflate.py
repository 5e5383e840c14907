"""COMPRESS=DEFLATE (RFC 4978): a quarter less for letters, five times less for listings.

Worth its turn only when there is work, on a line that is not fast (sync/link/profile.py). Two
things make other clients hang or burst, and are what this module is about: a decompressor that
keeps a reply it could give, and one that is told to make a gigabyte of a kilobyte. The password is
never deflated: it has been said before.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from store.errors import Transient

RAW = -15
"""Without the header of zlib: RFC 4978 §3."""
PIECE = 64 * 1024
"""What is inflated at once; the framer takes each piece before the next is made."""
FREE_OCTETS = 1024 * 1024
MOST_RATIO = 100
"""Of what is no literal. Listings are deflated seven to twelve times (measured on Dovecot)."""
LISTED_LETTERS = 100
"""From so many lines on, a listing saves more than the turn it costs to begin."""
UPLOADED_OCTETS = 16 * 1024


class Deflate:
    """What we say, made small."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, RAW)

    def __call__(self, octets: bytes) -> bytes:
        """The same, all of it: the server can read up to the last octet."""
        return self._compressor.compress(octets) + self._compressor.flush(zlib.Z_SYNC_FLUSH)


class Inflate:
    """What the server says, piece by piece; nothing that has come is kept for later."""

    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(RAW)
        self._allowed = FREE_OCTETS

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """All that these octets make, in pieces of at most `PIECE`.

        Raises:
            Transient: `imap.protocol`, they are damaged, or say that nothing follows.
        """
        self._allowed += len(data) * MOST_RATIO
        more = True
        while more:
            try:
                piece = self._decompressor.decompress(data, PIECE)
            except zlib.error as error:
                raise Transient("imap.protocol") from error
            if self._decompressor.eof:
                raise Transient("imap.protocol")
            data = self._decompressor.unconsumed_tail
            # A full piece may have left more inside, even when all input is used up.
            more = bool(data) or len(piece) == PIECE
            if piece:
                yield piece

    def account(self, line_octets: int) -> None:
        """So many octets of what was made were no literal (those have limits of their own).

        Raises:
            Transient: `imap.protocol`, that is more than a listing can be.
        """
        self._allowed -= line_octets
        if self._allowed < 0:
            raise Transient("imap.protocol")
