"""The parts of an Email: where each lies in its octets, and how to cut it out.

Those octets are the received ones, or what lay inside a letter that was signed or sealed.

No MIME parser is needed here, so an attachment can be saved with the node stopped.
"""

from __future__ import annotations

from typing import NamedTuple

from store.db.deriving import index_words
from store.db.emails import octets_of
from store.db.open import Connection
from store.db.opened import opened_octets
from store.db.outlines import Stage, stage_of
from store.db.part_ranges import octets_alone
from store.db.structures import parts_to_come
from store.errors import Usage
from store.model.email import Part, PartState, TransferEncoding
from store.model.ids import EmailId
from store.model.transfer import decode


class WantedText(NamedTuple):
    """A PDF whose text has not been read yet."""

    email_id: EmailId
    number: str


def parts_of(db: Connection, email_id: EmailId) -> list[Part]:
    """The parts of an Email in order of appearance; of one that is not whole, those known of."""
    whole = stage_of(db, email_id) is Stage.WHOLE
    announced = [] if whole else parts_to_come(db, email_id)
    return announced or _parts_within(db, email_id, PartState.HERE if whole else PartState.AWAY)


def _parts_within(db: Connection, email_id: EmailId, state: PartState) -> list[Part]:
    """As the octets that are here tell of them."""
    rows = db.execute(
        "SELECT number, media_type, charset, name, disposition, content_id, transfer_encoding,"
        " offset, length, size, is_body FROM part WHERE email_id = ? ORDER BY position",
        (email_id,),
    )
    return [
        Part(
            number=row[0],
            media_type=row[1],
            charset=row[2],
            name=row[3],
            disposition=row[4],
            content_id=row[5],
            transfer_encoding=TransferEncoding(row[6]),
            offset=row[7],
            length=row[8],
            size=row[9],
            is_body=bool(row[10]),
            state=state,
        )
        for row in rows
    ]


def part_octets(db: Connection, email_id: EmailId, number: str) -> bytes:
    """The decoded octets of one part, also of one that came before the rest of its letter.

    Raises:
        Usage: `email.unknown`, `part.unknown`.  Permanent: `email.not_whole`, it is not here.
    """
    opened = opened_octets(db, email_id)
    if opened is None and (alone := octets_alone(db, email_id, number)) is not None:
        return alone  # what came alone is a part of the received letter, not of what lay inside
    whole = octets_of(db, email_id) if opened is None else opened
    for part in parts_of(db, email_id):
        if part.number == number:
            return decode(whole[part.offset : part.offset + part.length], part.transfer_encoding)
    raise Usage("part.unknown", number=number)


def part_text(db: Connection, email_id: EmailId, number: str) -> tuple[str, str]:
    """(text_state, text) of a part: the text the node read from a PDF.

    Raises:
        Usage: `part.unknown`.
    """
    row = db.execute(
        "SELECT text_state, text FROM announced_part WHERE email_id = ?1 AND number = ?2"
        " UNION ALL SELECT text_state, text FROM part WHERE email_id = ?1 AND number = ?2 LIMIT 1",
        (email_id, number),
    ).fetchone()
    if row is None:
        raise Usage("part.unknown", number=number)
    return str(row[0]), str(row[1])


def texts_wanted(db: Connection, limit: int) -> list[WantedText]:
    """The newest PDFs whose text is wanted."""
    rows = db.execute(
        "SELECT email_id, number FROM part WHERE text_state = 'wanted'"
        " UNION SELECT email_id, number FROM announced_part WHERE text_state = 'wanted'"
        " ORDER BY email_id DESC LIMIT ?",
        (limit,),
    )
    return [WantedText(EmailId(row[0]), row[1]) for row in rows]


def save_text(db: Connection, wanted: WantedText, text: str | None) -> None:
    """Keep the text read from a PDF, or None when it could not be read. Call inside `write`."""
    for table in ("announced_part", "part"):
        db.execute(
            f"UPDATE {table} SET text_state = ?, text = ?"
            " WHERE email_id = ? AND number = ? AND text_state = 'wanted'",
            ("unreadable" if text is None else "ready", text or "", *wanted),
        )
    if text:
        index_words(db, wanted.email_id)
