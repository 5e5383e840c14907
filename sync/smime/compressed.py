"""CompressedData (RFC 3274): read, within a limit; never made."""

from __future__ import annotations

import zlib
from io import BytesIO

from store.errors import Permanent
from sync.smime import oids
from sync.smime.ber import SEQUENCE, Octets
from sync.smime.outline import encapsulated, need, number, outline

MOST_OCTETS = 200 * 1024 * 1024
STEP = 1024 * 1024


def decompress(octets: Octets, *, most: int = MOST_OCTETS) -> bytes:
    """What a CompressedData holds.

    Raises:
        Permanent: `smime.too_large`, more than `most` octets; `smime.malformed`, `smime.not_cms`,
            `smime.too_complex`.
    """
    found = outline(octets)
    if found.kind != oids.COMPRESSED:
        raise Permanent("smime.not_cms")
    fields = found.fields[1:]
    algorithm = need(fields, SEQUENCE)
    named = next(iter(found.reader.children(algorithm)), None)
    inside = encapsulated(found.reader, need(fields, SEQUENCE))
    if named is None or number(found.reader, named) != oids.ZLIB or inside.pieces is None:
        raise Permanent("smime.malformed")
    machine, clear = zlib.decompressobj(), BytesIO()
    try:
        for piece in inside.pieces:
            waiting: Octets = piece
            while len(waiting) and not machine.eof:
                clear.write(machine.decompress(waiting, STEP))
                waiting = machine.unconsumed_tail
                if clear.tell() > most:
                    raise Permanent("smime.too_large")
        clear.write(machine.flush(STEP))
    except zlib.error as error:
        raise Permanent("smime.malformed") from error
    if not machine.eof:
        raise Permanent("smime.malformed")
    return clear.getvalue()
