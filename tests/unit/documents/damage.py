"""Documents damaged by chance: a seed gives the same damage on every machine."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from contextlib import suppress

from tests.unit.documents.xdm_maker import zipped

MAGIC = (
    *(b"<", b">", b'"', b"&", b"&amp;", b"&#0;", b"&x;", b"]]>", b"<!--", b"<![CDATA[", b"<?x?>"),
    b'<!DOCTYPE a [<!ENTITY x "y">]>',
    *(b"|", b"^", b"~", b"\\", b"\\X4\\", b"\r", b"\n", b"\r\r\n", b"\0", b"\x85", b"\xe2\x80\xa8"),
    *(b"****FIN****\n", b"****LAB****\n", b"RES|", b"MSH|^~\\&|", b"H|~^\\&|", b"A|", b"P|1|\r"),
    *(b"PK\3\4", b"PK\1\2", b"PK\5\6", b"%PDF-", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"),
    *(b"9" * 60, b"-1", b"1e999", b"99999999999999", b"NaN", b"../../x", b"\xff" * 8, b"\xd8\x00"),
    *(b"<table><tr><td colspan='999999999'>", b"<section>" * 50, b"20261399", b"+9999"),
)


def damaged(chance: random.Random, octets: bytes, others: Sequence[bytes]) -> bytes:
    """A few holes, stains, swaps and grafts; of a zip, often inside one of its members."""
    if octets.startswith(b"PK") and chance.random() < 0.7:
        return _inside(chance, octets, others)
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(octets))
        length = chance.choice((0, 1, 2, 8, 60, 400))
        piece = octets[start : start + length]
        other = chance.choice(others)
        graft = chance.randint(0, len(other))
        instead = chance.choice(
            (
                *(b"", piece + piece, piece[::-1], chance.randbytes(chance.randint(1, 8))),
                *(chance.choice(MAGIC), chance.choice(MAGIC), other[graft : graft + 300]),
            )
        )
        octets = octets[:start] + instead + octets[start + length :]
    return octets


def _inside(chance: random.Random, octets: bytes, others: Sequence[bytes]) -> bytes:
    files: dict[str, bytes] = {}
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(octets)) as package:
        files = {name: package.read(name) for name in package.namelist()}
    if not files:
        return octets
    name = chance.choice(sorted(files))
    held = files.pop(name)
    files[chance.choice((name, name.lower(), f"x/{name}"))] = damaged(chance, held, others)
    return zipped(files)
