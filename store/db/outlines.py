"""Letters announced by a lean line and not yet whole: what is held of each, and what is wanted.

A letter comes as consecutive ranges of its own octets, from the first one on, each committed by
itself. Text stands before attachments, so it is readable long before it is whole; and once whole
its octets are the server's, as if it had come at once. Until then nothing of it but its text is
offered to anybody (docs/decisions/0005-letters-by-prefix.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from enum import Enum

from store.db import blobs
from store.db.open import Connection, write
from store.errors import Permanent, Transient, Usage
from store.model.email import Came, Outline, Unwhole
from store.model.ids import AccountId, EmailId
from store.model.structure import Marks

AMONG = "o.email_id IN (SELECT value FROM json_each(:among))"


class Stage(Enum):
    """How much of a letter is here; what is derived from it changes with this and nothing else."""

    OUTLINE = "outline"
    """Header fields."""
    BEGUN = "begun"
    """Its first octets; its text, most often."""
    WHOLE = "whole"


def add_outline(db: Connection, account_id: AccountId, outline: Outline) -> EmailId:
    """Know of a letter by its header fields. Call inside `write`."""
    row = db.execute(
        "INSERT INTO email (account_id, size, received_at) VALUES (?, ?, ?) RETURNING id",
        (account_id, outline.size, outline.received_at),
    ).fetchone()
    db.execute(
        "INSERT INTO email_outline (email_id, header, urgent) VALUES (?, ?, ?)",
        (row[0], outline.header, outline.urgent),
    )
    return EmailId(row[0])


def stage_of(db: Connection, email_id: EmailId) -> Stage | None:
    """How much of a letter is here; None when there is no such Email any more."""
    row = db.execute(
        "SELECT digest IS NOT NULL, coalesce(held, 0) FROM email"
        " LEFT JOIN email_outline ON email_id = id WHERE id = ?",
        (email_id,),
    ).fetchone()
    if row is None:
        return None
    return Stage.WHOLE if row[0] else Stage.BEGUN if row[1] else Stage.OUTLINE


def header_octets(db: Connection, email_id: EmailId) -> bytes:
    """The header fields a letter was announced by."""
    row = db.execute("SELECT header FROM email_outline WHERE email_id = ?", (email_id,)).fetchone()
    return b"" if row is None else bytes(row[0])


def held_octets(db: Connection, email_id: EmailId) -> bytes:
    """The beginning of a letter that is not whole, as far as it is here."""
    ranges = db.execute(
        "SELECT octets FROM email_range WHERE email_id = ? ORDER BY offset", (email_id,)
    )
    return b"".join(row[0] for row in ranges)


def last_octets(db: Connection, email_id: EmailId, count: int) -> bytes:
    """The last `count` octets held, fewer when fewer are: what a next range must begin with."""
    last = b""
    rows = db.execute(
        "SELECT octets FROM email_range WHERE email_id = ? ORDER BY offset DESC", (email_id,)
    )
    while len(last) < count and (row := rows.fetchone()) is not None:
        last = bytes(row[0]) + last
    rows.close()
    return last[-count:] if count else b""


def unwhole(
    db: Connection, account_id: AccountId, *, among: Collection[EmailId] | None = None
) -> list[Unwhole]:
    """Every letter of an account that is not whole and whose server still has it.

    among: only of these; None for all.
    """
    # CROSS keeps the order: asked by each pass of each account, and most have no outline at all.
    rows = db.execute(
        "SELECT e.id, p.mailbox_id, p.uid, e.size, o.held, o.urgent, o.wanted_at, e.received_at,"
        " o.kind, o.structured, o.structure_asked, (SELECT count(*) FROM announced_part AS a"
        "  WHERE a.email_id = e.id AND a.digest IS NOT NULL)"
        " FROM email_outline AS o CROSS JOIN email AS e ON e.id = o.email_id"
        " JOIN placement AS p ON p.email_id = e.id JOIN mailbox AS m ON m.id = p.mailbox_id"
        " WHERE e.account_id = :account AND p.uid IS NOT NULL AND p.deleted = 0"
        " AND p.moving IS NULL AND p.lost = 0 AND m.missing_at IS NULL"
        f" AND {'true' if among is None else AMONG} GROUP BY e.id",
        {"account": account_id, "among": json.dumps(list(among or ()))},
    )
    return [Unwhole(*row) for row in rows]


def waiting_octets(db: Connection, account_id: AccountId) -> tuple[int, int]:
    """How many letters that the server still has are not whole, and how many octets they lack."""
    waiting = unwhole(db, account_id)
    return len(waiting), sum(max(0, each.size - each.held) for each in waiting)


def want(db: Connection, email_id: EmailId, now: int) -> bool:
    """Ask for the whole of a letter. False when it is whole already.

    Raises:
        Usage: `email.unknown`.
    """
    stage = stage_of(db, email_id)
    if stage is None:
        raise Usage("email.unknown", id=email_id)
    if stage is Stage.WHOLE:
        return False
    with write(db):
        db.execute(
            "UPDATE email_outline SET wanted_at = ? WHERE email_id = ? AND wanted_at = 0",
            (later_wish(db, email_id, now), email_id),
        )
    return True


def later_wish(db: Connection, email_id: EmailId, now: int) -> int:
    """When a wish is made: later than any that still waits, so that none is taken for another."""
    row = db.execute("SELECT account_id FROM email WHERE id = ?", (email_id,)).fetchone()
    return max(now, last_wanted(db, AccountId(row[0])) + 1)


def last_wanted(db: Connection, account_id: AccountId) -> int:
    """When the person last asked for what is not here, a letter or one part; 0 for never."""
    # CROSS keeps the order: few are asked for, and an account may have 100,000 Emails.
    letter = db.execute(
        "SELECT max(wanted_at) FROM email_outline CROSS JOIN email ON email_id = id"
        " WHERE wanted_at > 0 AND account_id = ?",
        (account_id,),
    ).fetchone()
    part = db.execute(
        "SELECT max(wanted_at) FROM announced_part AS p CROSS JOIN email ON email_id = id"
        " WHERE wanted_at > 0 AND p.digest IS NULL AND refused = '' AND account_id = ?",
        (account_id,),
    ).fetchone()
    return max(letter[0] or 0, part[0] or 0)


def unmarked(_: bytes) -> Marks:
    """Nobody reads them."""
    return Marks()


def add_ranges(
    db: Connection, came: Iterable[Came], *, marks_of: Callable[[bytes], Marks] = unmarked
) -> int:
    """Keep what came of letters, in one transaction; a letter that ends is whole from then on.

    marks_of: what the first octets of a letter tell of its lane.

    Returns how many are whole now.

    Raises:
        Transient: `email.range_gap`, something does not follow what is held; nothing is kept.
    """
    with write(db):
        return keep_ranges(db, came, marks_of=marks_of)


def keep_ranges(
    db: Connection, came: Iterable[Came], *, marks_of: Callable[[bytes], Marks] = unmarked
) -> int:
    """As `add_ranges`. Call inside `write`."""
    whole = 0
    for each in came:
        _add_range(db, each)
        if each.offset == 0 and not each.ends:
            marks = marks_of(each.octets)
            # Its server, if it was asked, knows of the parts that are not here.
            db.execute(
                "UPDATE email_outline SET urgent = max(urgent, :urgent), kind = CASE"
                " WHEN :kind = 'result' OR structured = 0 THEN :kind ELSE kind END"
                " WHERE email_id = :id",
                {"kind": marks.kind.value, "urgent": marks.urgent, "id": each.email_id},
            )
        if each.ends:
            _make_whole(db, each.email_id)
            whole += 1
    return whole


def _add_range(db: Connection, came: Came) -> None:
    email_id, size = came.email_id, len(came.octets)
    row = db.execute("SELECT held FROM email_outline WHERE email_id = ?", (email_id,)).fetchone()
    if row is None or row[0] != came.offset:
        raise Transient("email.range_gap")
    if size:
        db.execute(
            "INSERT INTO email_range (email_id, offset, octets) VALUES (?, ?, ?)",
            (email_id, came.offset, came.octets),
        )
        db.execute("UPDATE email_outline SET held = held + ? WHERE email_id = ?", (size, email_id))
    if came.offset == 0:
        db.execute("UPDATE email SET derived_version = 0 WHERE id = ?", (email_id,))


def forget_ranges(db: Connection, email_id: EmailId) -> None:
    """Begin a letter anew: its server no longer gives the octets it gave."""
    with write(db):
        db.execute("DELETE FROM email_range WHERE email_id = ?", (email_id,))
        db.execute("UPDATE email_outline SET held = 0 WHERE email_id = ?", (email_id,))
        # Its documents are then other ones too; what is wished of them stays.
        db.execute("DELETE FROM announced_part_range WHERE email_id = ?", (email_id,))
        db.execute(
            "UPDATE announced_part SET held = 0, chain = x'', manner = '', size = NULL,"
            " digest = NULL, text_state = 'none', text = '' WHERE email_id = ?",
            (email_id,),
        )


def replace_by(db: Connection, email_id: EmailId, octets: bytes) -> EmailId:
    """The letter came whole and at once, whatever ranges are held.

    Returns the Email it now is: where the same octets were already held, as after a copy to
    another mailbox, its placements go over to that Email.

    Raises:
        Permanent: `email.not_whole`, it is not a letter that is waited for.
    """
    with write(db):
        return make_whole_at_once(db, email_id, octets)


def replace_all(db: Connection, came: Iterable[tuple[EmailId, bytes]]) -> None:
    """As `replace_by`, of many letters in one transaction."""
    with write(db):
        for email_id, octets in came:
            make_whole_at_once(db, email_id, octets)


def make_whole_at_once(db: Connection, email_id: EmailId, octets: bytes) -> EmailId:
    """As `replace_by`. Call inside `write`."""
    row = db.execute(
        "SELECT account_id FROM email JOIN email_outline ON email_id = id WHERE id = ?",
        (email_id,),
    ).fetchone()
    if row is None:
        raise Permanent("email.not_whole")
    return _settle(db, email_id, AccountId(row[0]), octets)


def _make_whole(db: Connection, email_id: EmailId) -> None:
    octets = held_octets(db, email_id)
    row = db.execute(
        "SELECT account_id, held FROM email JOIN email_outline ON email_id = id WHERE id = ?",
        (email_id,),
    ).fetchone()
    if row is None or row[1] == 0 or row[1] != len(octets):
        raise Permanent("email.not_whole")
    _settle(db, email_id, AccountId(row[0]), octets)


def _settle(db: Connection, email_id: EmailId, account_id: AccountId, octets: bytes) -> EmailId:
    digest = blobs.put(db, octets)
    same = db.execute(
        "SELECT id FROM email WHERE account_id = ? AND digest = ?", (account_id, digest)
    ).fetchone()
    if same is not None:
        for table in ("placement", "email_note"):
            db.execute(
                f"UPDATE OR IGNORE {table} SET email_id = ? WHERE email_id = ?",
                (same[0], email_id),
            )
        alone = db.execute(
            "SELECT digest FROM announced_part WHERE email_id = ? AND digest IS NOT NULL",
            (email_id,),
        ).fetchall()
        db.execute("DELETE FROM email WHERE id = ?", (email_id,))
        db.executemany(blobs.FORGET_BLOB, alone)
        return EmailId(same[0])
    db.execute("DELETE FROM email_outline WHERE email_id = ?", (email_id,))
    db.execute(
        "UPDATE email SET digest = ?, size = ?, derived_version = 0 WHERE id = ?",
        (digest, len(octets), email_id),
    )
    return email_id
