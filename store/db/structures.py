"""The parts of a letter that is not whole, as its server says they are, and what is wished of each.

They are shown before anything of them is downloaded. What the letter's own octets say of a part
counts more than what its server says, as soon as they are here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from store.db.open import Connection, write
from store.db.outlines import Stage, later_wish, stage_of, want
from store.db.work_wishes import works
from store.errors import Usage
from store.model.email import Part, PartState, TransferEncoding
from store.model.ids import AccountId, EmailId
from store.model.structure import AnnouncedPart, Kind, WantedPart
from store.model.work import part_of

BASE64_OF_EACH = 3, 4
"""Decoded octets for encoded ones, the line ends left out: near enough to show."""
BASE64_DEFLATED = 77, 100
"""What COMPRESS=DEFLATE leaves of base64 that holds octets at random (measured, decision 6)."""


def say_asked(db: Connection, email_ids: Collection[EmailId]) -> None:
    """Just before a server is asked for the structure of letters: it may end the line there."""
    with write(db):
        db.executemany(
            "UPDATE email_outline SET structure_asked = structure_asked + 1 WHERE email_id = ?",
            [(email_id,) for email_id in email_ids],
        )


def save_structures(
    db: Connection,
    found: Mapping[EmailId, Sequence[AnnouncedPart]],
    *,
    kind_of: Callable[[Sequence[AnnouncedPart]], Kind],
) -> None:
    """Keep what a server says of the parts of letters that are not whole."""
    with write(db):
        for email_id, parts in found.items():
            # A letter known as a result stays one: its own octets said so.
            row = db.execute(
                "UPDATE email_outline SET structured = 1,"
                " kind = CASE kind WHEN 'result' THEN kind ELSE ? END"
                " WHERE email_id = ? RETURNING email_id",
                (kind_of(parts).value, email_id),
            ).fetchone()
            if row is not None:
                _insert(db, email_id, parts)


def _insert(db: Connection, email_id: EmailId, parts: Iterable[AnnouncedPart]) -> None:
    db.executemany(
        "INSERT INTO announced_part (email_id, number, position, media_type, charset, name,"
        " disposition, transfer_encoding, length, is_body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (email_id, number) DO NOTHING",
        [
            (
                *(email_id, part.number, position, part.media_type, part.charset, part.name),
                *(part.disposition, part.transfer_encoding.value, part.length, part.is_body),
            )
            for position, part in enumerate(parts)
        ],
    )


def parts_to_come(db: Connection, email_id: EmailId) -> list[Part]:
    """The parts of a letter that is not whole, in order of appearance; none while not known."""
    rows = db.execute(
        "SELECT a.number, coalesce(p.media_type, a.media_type), coalesce(p.charset, a.charset),"
        " coalesce(p.name, a.name), coalesce(p.disposition, a.disposition),"
        " coalesce(p.content_id, ''), coalesce(p.transfer_encoding, a.transfer_encoding), a.length,"
        " a.size, coalesce(p.is_body, a.is_body), a.digest IS NOT NULL, a.wanted_at > 0,"
        " a.refused <> '', a.held, a.manner = 'binary' OR (a.manner = '' AND a.no_binary = 0"
        "  AND instr(' ' || account.capabilities || ' ', ' BINARY ') > 0),"
        " instr(account.capabilities, 'COMPRESS=DEFLATE') > 0"
        " FROM announced_part AS a JOIN email ON email.id = a.email_id"
        " JOIN account ON account.id = email.account_id"
        " LEFT JOIN part AS p ON p.email_id = a.email_id AND p.number = a.number"
        " WHERE a.email_id = ? ORDER BY a.position",
        (email_id,),
    )
    parts = [_part(*row) for row in rows]
    if any(part.state is PartState.COMING for part in parts):
        names = {work.name: work for work in works(db)}
        parts = [replace(p, work=names.get(part_of(email_id, p.number))) for p in parts]
    return parts


def _part(*row: object) -> Part:
    number, media_type, charset, name, disposition, content_id, coded = map(str, row[:7])
    length, said, is_body, here, wanted, refused, held, binary, deflated = (
        None if value is None else int(str(value)) for value in row[7:]
    )
    encoding = TransferEncoding(coded)
    size = said if said is not None else decoded(length or 0, encoding)
    lacks = max(0, ((size if binary else length) or 0) - (held or 0))
    crossing = lacks if binary else deflated_octets(lacks, encoding, deflated=bool(deflated))
    return Part(
        number=number,
        media_type=media_type,
        charset=charset,
        name=name,
        disposition=disposition,
        content_id=content_id,
        transfer_encoding=encoding,
        offset=0,
        length=length or 0,
        size=size,
        is_body=bool(is_body),
        state=_state(here=bool(here), wanted=bool(wanted), refused=bool(refused)),
        held=held or 0,
        to_come=0 if here else crossing,
    )


def _state(*, here: bool, wanted: bool, refused: bool) -> PartState:
    if here:
        return PartState.HERE
    if refused:
        return PartState.REFUSED
    return PartState.COMING if wanted else PartState.AWAY


def decoded(length: int, encoding: TransferEncoding) -> int:
    """Octets of a part once decoded, near enough to show."""
    if encoding is not TransferEncoding.BASE64:
        return length
    of, each = BASE64_OF_EACH
    return length * 76 // 78 * of // each


def deflated_octets(length: int, encoding: TransferEncoding, *, deflated: bool) -> int:
    """What crosses the line for a part sent as it is encoded."""
    if not deflated or encoding is not TransferEncoding.BASE64:
        return length
    of, each = BASE64_DEFLATED
    return length * of // each


def want_part(db: Connection, email_id: EmailId, number: str, now: int) -> bool:
    """Ask for one part of a letter that is not whole. False when it is here already.

    Where a letter has one part only, the letter is asked for: it costs the same and is worth more.

    Raises:
        Usage: `email.unknown`; `part.unknown`; `part.not_alone`, its server has not said what
            the letter consists of.
    """
    stage = stage_of(db, email_id)
    if stage is None:
        raise Usage("email.unknown", id=email_id)
    if stage is Stage.WHOLE:
        return False
    known = db.execute(
        "SELECT number, digest IS NOT NULL FROM announced_part WHERE email_id = ?", (email_id,)
    ).fetchall()
    if not known:
        raise Usage("part.not_alone")
    here = dict(known)
    if number not in here:
        raise Usage("part.unknown", number=number)
    if len(here) == 1:
        return want(db, email_id, now)
    if here[number]:
        return False
    with write(db):
        db.execute(
            "UPDATE announced_part SET refused = '',"
            " wanted_at = CASE wanted_at WHEN 0 THEN ? ELSE wanted_at END"
            " WHERE email_id = ? AND number = ?",
            (later_wish(db, email_id, now), email_id, number),
        )
    return True


def wanted_parts(db: Connection, account_id: AccountId) -> list[WantedPart]:
    """The parts that are to come alone and that a server still has, the oldest wish first."""
    # CROSS keeps the order: few parts are asked for, and an account may have 100,000 Emails.
    rows = db.execute(
        "SELECT a.email_id, p.mailbox_id, p.uid, a.number, a.length, a.manner = 'binary',"
        " a.no_binary, a.size, a.held, a.wanted_at FROM announced_part AS a"
        " INDEXED BY announced_part_wanted CROSS JOIN email_outline AS o ON o.email_id = a.email_id"
        " CROSS JOIN email AS e ON e.id = a.email_id"
        " JOIN placement AS p ON p.email_id = e.id JOIN mailbox AS m ON m.id = p.mailbox_id"
        " WHERE a.wanted_at > 0 AND a.digest IS NULL AND a.refused = '' AND e.account_id = ?"
        " AND p.uid IS NOT NULL AND p.deleted = 0 AND p.moving IS NULL AND p.lost = 0"
        " AND m.missing_at IS NULL GROUP BY a.email_id, a.number ORDER BY a.wanted_at, a.number",
        (account_id,),
    )
    return [WantedPart(*row) for row in rows]
