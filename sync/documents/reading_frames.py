"""A letter and its documents as octets, to and from the process that reads it (reading_child.py).

JSON and lengths, and no pickle: what comes back was made by a process that read a stranger's files.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from store.db.packed_documents import pack, pack_traits, unpack, unpack_traits
from store.errors import Permanent
from store.model.document import Rendition
from store.model.health import Analyte, IdentityFacts, ReadDocument
from sync.documents.reading import Letter, LetterFile

HEAD = struct.Struct(">Q")


def packed_letter(letter: Letter) -> bytes:
    """What the child is given."""
    said = {
        "files": [(each.part, each.name, each.media_type) for each in letter.files],
        "letter": (letter.subject, letter.sender, letter.sent_at),
    }
    return _framed(said, [each.octets for each in letter.files])


def unpacked_letter(octets: bytes) -> Letter:
    """The inverse of `packed_letter`."""
    said, pieces = _read(octets)
    files = (
        LetterFile(part=part, name=name, media_type=media_type, octets=next(pieces))
        for part, name, media_type in said["files"]
    )
    subject, sender, sent_at = said["letter"]
    return Letter(files=tuple(files), subject=subject, sender=sender, sent_at=sent_at)


def packed_documents(found: Sequence[ReadDocument]) -> bytes:
    """What the child answers."""
    said: list[dict[str, object]] = []
    pieces: list[bytes] = []
    for each in found:
        coding, facts = pack(each.document)
        who = each.identity
        pieces += [each.fingerprint, facts]
        pieces += [who.fingerprint, pack_traits(who.traits)] if who else []
        pieces += [file.octets for file in each.document.renditions]
        said.append(
            {
                "coding": coding,
                "keys": list(who.keys) if who else None,
                "files": [(file.media_type, file.name) for file in each.document.renditions],
                "parts": [each.part, *each.file_parts],
                "analytes": [(one.key, one.unit_key) for one in each.analytes],
                "when": (each.made_at, each.day, each.author, each.corrects),
            }
        )
    return _framed(said, pieces)


def unpacked_documents(octets: bytes | bytearray) -> tuple[ReadDocument, ...]:
    """The inverse of `packed_documents`.

    Raises:
        Permanent: `document.unreadable`, it is not what a child answers.
    """
    try:
        said, pieces = _read(octets)
        return tuple(_document(each, pieces) for each in said)
    except (ValueError, KeyError, TypeError, StopIteration, struct.error) as error:
        raise Permanent("document.unreadable") from error


def _document(said: dict[str, Any], pieces: Iterator[bytes]) -> ReadDocument:
    fingerprint, document = next(pieces), unpack(said["coding"], next(pieces))
    identity = None
    if said["keys"] is not None:
        identity = IdentityFacts(
            fingerprint=next(pieces),
            traits=unpack_traits(next(pieces)),
            keys=tuple(map(str, said["keys"])),
        )
    files = [
        Rendition(media_type=str(kind), octets=next(pieces), name=str(name))
        for kind, name in said["files"]
    ]
    part, *file_parts = map(str, said["parts"])
    made_at, day, author, corrects = said["when"]
    return ReadDocument(
        part=part,
        fingerprint=fingerprint,
        document=replace(document, renditions=tuple(files)),
        file_parts=tuple(file_parts),
        analytes=tuple(Analyte(str(key), str(unit)) for key, unit in said["analytes"]),
        identity=identity,
        corrects=bool(corrects),
        made_at=int(made_at),
        day=str(day),
        author=str(author),
    )


def _framed(said: object, pieces: Sequence[bytes]) -> bytes:
    head = json.dumps({"said": said, "sizes": [len(each) for each in pieces]}).encode()
    return b"".join((HEAD.pack(len(head)), head, *pieces))


def _read(octets: bytes | bytearray) -> tuple[Any, Iterator[bytes]]:
    (size,) = HEAD.unpack_from(octets)
    head = json.loads(octets[HEAD.size : HEAD.size + size])
    return head["said"], _pieces(octets, HEAD.size + size, head["sizes"])


def _pieces(octets: bytes | bytearray, start: int, sizes: Sequence[int]) -> Iterator[bytes]:
    for size in sizes:
        if size < 0 or start + size > len(octets):
            raise ValueError
        yield bytes(memoryview(octets)[start : start + size])
        start += size
