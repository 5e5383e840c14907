"""A part fetched alone: range by range, a running hash over them, offered once it is all here.

The hash is a chain, each link the SHA-256 of the link before and the range: it survives any number
of kills, which a hash object does not. It is walked again before the part is offered, so that what
a person opens is what came. The letter's own octets have the last word: when they are whole, the
part in them is compared with what came alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from store.db import blobs
from store.db.emails import octets_of
from store.db.notes import add_note
from store.db.open import Connection, write
from store.errors import Transient
from store.model.email import Part, TransferEncoding
from store.model.ids import BlobId, EmailId
from store.model.structure import PartCame
from store.model.transfer import decode

DIFFERS = "part.differs"
SHORT, DAMAGED = "part.came_short", "part.damaged"


def link(before: bytes, octets: bytes) -> bytes:
    """The running hash once `octets` follow."""
    return hashlib.sha256(before + octets).digest()


def add_part_range(db: Connection, email_id: EmailId, number: str, came: PartCame) -> bool:
    """Keep what came of a part, in one transaction. True when the part is here from then on.

    A part that ends before the size its server said is none: it is refused, and begun anew when it
    is asked for again.

    Raises:
        Transient: `email.range_gap`, it does not follow what is held; nothing is kept.
    """
    with write(db):
        row = db.execute(
            "SELECT held, chain, manner, transfer_encoding, length, size FROM announced_part"
            " WHERE email_id = ? AND number = ? AND digest IS NULL",
            (email_id, number),
        ).fetchone()
        if row is None or row[0] != came.offset:
            raise Transient("email.range_gap")
        held, chain, manner, coded, length, size = row
        asked = "binary" if came.binary else "encoded"
        if manner not in ("", asked):
            raise Transient("email.range_gap")
        size = came.size if came.size is not None else size
        if came.octets:
            db.execute(
                "INSERT INTO announced_part_range (email_id, number, offset, octets)"
                " VALUES (?, ?, ?, ?)",
                (email_id, number, held, came.octets),
            )
            held, chain = held + len(came.octets), link(chain, came.octets)
        db.execute(
            "UPDATE announced_part SET held = ?, chain = ?, manner = ?, size = ?"
            " WHERE email_id = ? AND number = ?",
            (held, chain, asked, size, email_id, number),
        )
        if not came.ends:
            return False
        told = size if came.binary else length
        if told is None or held < told:
            _restart(db, email_id, number)
            _refuse(db, email_id, number, SHORT)
            return False
        encoding = TransferEncoding.IDENTITY if came.binary else TransferEncoding(coded)
        return _finish(db, email_id, number, encoding)


def _finish(db: Connection, email_id: EmailId, number: str, encoding: TransferEncoding) -> bool:
    octets, chain = b"", b""
    ranges = _ranges(db, email_id, number)
    for each in ranges:
        chain = link(chain, each)
    octets = b"".join(ranges)
    row = db.execute(
        "SELECT chain, media_type, name FROM announced_part WHERE email_id = ? AND number = ?",
        (email_id, number),
    ).fetchone()
    if bytes(row[0]) != chain:
        _restart(db, email_id, number)
        _refuse(db, email_id, number, DAMAGED)
        return False
    is_pdf = row[1] == "application/pdf" or row[2].lower().endswith(".pdf")
    digest = blobs.put(db, decode(octets, encoding))
    db.execute(
        "UPDATE announced_part SET digest = ?, text_state = ? WHERE email_id = ? AND number = ?",
        (digest, "wanted" if is_pdf else "none", email_id, number),
    )
    _forget_ranges(db, email_id, number)
    return True


def _ranges(db: Connection, email_id: EmailId, number: str) -> list[bytes]:
    rows = db.execute(
        "SELECT octets FROM announced_part_range WHERE email_id = ? AND number = ? ORDER BY offset",
        (email_id, number),
    )
    return [bytes(row[0]) for row in rows]


def _forget_ranges(db: Connection, email_id: EmailId, number: str) -> None:
    db.execute(
        "DELETE FROM announced_part_range WHERE email_id = ? AND number = ?", (email_id, number)
    )


def last_part_octets(db: Connection, email_id: EmailId, number: str, count: int) -> bytes:
    """The last `count` octets held of a part, fewer when fewer are."""
    last = b""
    rows = db.execute(
        "SELECT octets FROM announced_part_range WHERE email_id = ? AND number = ?"
        " ORDER BY offset DESC",
        (email_id, number),
    )
    while len(last) < count and (row := rows.fetchone()) is not None:
        last = bytes(row[0]) + last
    rows.close()
    return last[-count:] if count else b""


def restart_part(db: Connection, email_id: EmailId, number: str, *, no_binary: bool) -> None:
    """Begin a part anew: its server gives other octets than it gave, or gives them otherwise."""
    with write(db):
        _restart(db, email_id, number)
        db.execute(
            "UPDATE announced_part SET no_binary = ? WHERE email_id = ? AND number = ?",
            (no_binary, email_id, number),
        )


def _restart(db: Connection, email_id: EmailId, number: str) -> None:
    _forget_ranges(db, email_id, number)
    db.execute(
        "UPDATE announced_part SET held = 0, chain = x'', manner = '', size = NULL"
        " WHERE email_id = ? AND number = ? AND digest IS NULL",
        (email_id, number),
    )


def refuse_part(db: Connection, email_id: EmailId, number: str, code: str) -> None:
    """It cannot come alone. Its letter is not asked for instead: that costs more than was shown."""
    with write(db):
        _restart(db, email_id, number)
        _refuse(db, email_id, number, code)


def _refuse(db: Connection, email_id: EmailId, number: str, code: str) -> None:
    db.execute(
        "UPDATE announced_part SET refused = ? WHERE email_id = ? AND number = ?",
        (code, email_id, number),
    )


def octets_alone(db: Connection, email_id: EmailId, number: str) -> bytes | None:
    """The decoded octets of a part that came alone; None when it is not here."""
    row = db.execute(
        "SELECT digest FROM announced_part WHERE email_id = ? AND number = ?", (email_id, number)
    ).fetchone()
    return None if row is None or row[0] is None else blobs.get(db, BlobId(row[0]))


def compare_with_letter(
    db: Connection, email_id: EmailId, parts: Iterable[Part], *, now: int
) -> None:
    """The letter is whole: what came of it alone gives way to it. Call inside `write`.

    A document that was opened before and is not the one in the letter is told of on the letter.
    """
    rows = db.execute(
        "SELECT number, digest FROM announced_part WHERE email_id = ?", (email_id,)
    ).fetchall()
    if not rows:
        return
    alone = [(number, BlobId(digest)) for number, digest in rows if digest is not None]
    octets = octets_of(db, email_id) if alone else b""
    by_number = {part.number: part for part in parts}
    for number, digest in alone:
        part = by_number.get(number)
        if part is None or _within(octets, part) != digest:
            add_note(db, email_id, DIFFERS, now=now)
    db.execute("DELETE FROM announced_part WHERE email_id = ?", (email_id,))
    db.executemany(blobs.FORGET_BLOB, [(digest,) for _, digest in alone])


def _within(octets: bytes, part: Part) -> BlobId:
    """The name of what the letter holds of a part."""
    cut = octets[part.offset : part.offset + part.length]
    return blobs.blob_id(decode(cut, part.transfer_encoding))
