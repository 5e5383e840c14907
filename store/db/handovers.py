"""Files for another program's folder: what is to be put there, what is, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from store.db import blobs
from store.db.open import Connection, write
from store.errors import Usage
from store.model.handover import Handover, HandoverFile, HandoverKind, HandoverState
from store.model.ids import AccountId, BlobId, DispatchId, EmailId, HandoverId

COLUMNS = (
    "id, account_id, kind, dispatch_id, email_id, number, folder, answers, control_id, state,"
    " placed, reason, reply, created_at, updated_at, mount"
)


def add_handover_within(
    db: Connection,
    account_id: AccountId,
    kind: HandoverKind,
    *,
    folder: str,
    files: Iterable[tuple[str, bytes]],
    now: int,
    dispatch_id: DispatchId | None = None,
    email_id: EmailId | None = None,
    number: int = 1,
    answers: str = "",
    control_id: str = "",
    reason: str = "",
) -> HandoverId:
    """Say that files are to be put into a folder. Call inside `write`, with what they come from.

    Args:
        files: paths in the folder and octets; those of one directory together.
        reason: why there are none; it is held then.
    """
    state = HandoverState.HELD if reason else HandoverState.WAITING
    row = db.execute(
        "INSERT INTO handover (account_id, kind, dispatch_id, email_id, number, folder, answers,"
        " control_id, state, reason, created_at, updated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11) RETURNING id",
        (
            *(account_id, kind.value, dispatch_id, email_id, number, folder, answers),
            *(control_id, state.value, reason, now),
        ),
    ).fetchone()
    db.executemany(
        "INSERT INTO handover_file (handover_id, position, path, digest) VALUES (?, ?, ?, ?)",
        [(row[0], n, path, blobs.put(db, octets)) for n, (path, octets) in enumerate(files)],
    )
    return HandoverId(row[0])


def handovers(db: Connection, *, limit: int = 50) -> list[Handover]:
    """The newest, newest first."""
    return _found(db, "1 ORDER BY id DESC LIMIT ?", (limit,))


def handovers_open(db: Connection) -> list[Handover]:
    """Those that are still to be put there, or whose answer is awaited, oldest first."""
    where = (
        "state IN ('waiting', 'placing', 'placed') AND (state <> 'placed'"
        " OR answers <> '' AND control_id <> '') ORDER BY id"
    )
    return _found(db, where, ())


def dispatched_set(db: Connection, dispatch_id: DispatchId) -> Handover | None:
    """The set for the DMP of a document that was sent; None when none was asked for."""
    found = _found(db, "dispatch_id = ?", (dispatch_id,))
    return found[0] if found else None


def handovers_waiting(db: Connection) -> int:
    """How many go on only when somebody does something."""
    row = db.execute(
        "SELECT count(*) FROM handover WHERE state IN ('held', 'refused')"
        " OR reason <> '' AND state <> 'canceled'"
    ).fetchone()
    return int(row[0])


def handover(db: Connection, handover_id: HandoverId) -> Handover:
    """One row.

    Raises:
        Usage: `handover.unknown`.
    """
    found = _found(db, "id = ?", (handover_id,))
    if not found:
        raise Usage("handover.unknown", id=handover_id)
    return found[0]


def set_handover(
    db: Connection,
    before: Handover,
    state: HandoverState,
    *,
    now: int,
    placed: int | None = None,
    reason: str = "",
    reply: str = "",
    mount: str | None = None,
) -> bool:
    """Note what happened to one, if it still stands as `before`. Writes nothing when nothing did.

    False when it does not: a person has withdrawn it meanwhile.
    """
    placed = before.placed if placed is None else placed
    if (state, placed, reason) == (before.state, before.placed, before.reason):
        return True
    with write(db):
        done = db.execute(
            "UPDATE handover SET state = ?, placed = ?, reason = ?, reply = ?, updated_at = ?,"
            " mount = ? WHERE id = ? AND state = ? AND placed = ?",
            (
                *(state.value, placed, reason, reply, now),
                before.mount if mount is None else mount,
                *(before.id, before.state.value, before.placed),
            ),
        )
        return bool(done.rowcount)


def retry_handover(db: Connection, handover_id: HandoverId, *, now: int) -> None:
    """Try again what is held or was refused; a letter that gave no files is looked at anew.

    Raises:
        Usage: `handover.unknown`, `handover.nothing_to_retry`.
    """
    with write(db):
        held = handover(db, handover_id)
        if held.state not in (HandoverState.HELD, HandoverState.WAITING):
            raise Usage("handover.nothing_to_retry", id=handover_id)
        if held.files:
            db.execute(
                "UPDATE handover SET state = 'waiting', reason = '', updated_at = ? WHERE id = ?",
                (now, handover_id),
            )
            return
        db.execute("DELETE FROM email_exported WHERE email_id = ?", (held.email_id,))
        db.execute("DELETE FROM handover WHERE id = ?", (handover_id,))


def cancel_handover(db: Connection, handover_id: HandoverId, *, now: int) -> None:
    """Withdraw what is not there yet, or settle what will never be.

    Raises:
        Usage: `handover.unknown`, `handover.too_late`.
    """
    with write(db):
        done = db.execute(
            "UPDATE handover SET state = 'canceled', updated_at = ?"
            " WHERE id = ? AND state IN ('waiting', 'held', 'refused')",
            (now, handover_id),
        ).rowcount
        if not done:
            handover(db, handover_id)
            raise Usage("handover.too_late", id=handover_id)


def _found(db: Connection, where: str, values: Sequence[object]) -> list[Handover]:
    rows = db.execute(f"SELECT {COLUMNS} FROM handover WHERE {where}", values).fetchall()
    return [_handover(db, row) for row in rows]


def _handover(db: Connection, row: Sequence[object]) -> Handover:
    (id_, account_id, kind, dispatch_id, email_id, number, folder, answers, control_id) = row[:9]
    (state, placed, reason, reply, created_at, updated_at, mount) = row[9:]
    files = db.execute(
        "SELECT path, digest FROM handover_file WHERE handover_id = ? ORDER BY position", (id_,)
    )
    return Handover(
        id=HandoverId(int(str(id_))),
        account_id=AccountId(int(str(account_id))),
        kind=HandoverKind(str(kind)),
        dispatch_id=None if dispatch_id is None else DispatchId(int(str(dispatch_id))),
        email_id=None if email_id is None else EmailId(int(str(email_id))),
        number=int(str(number)),
        folder=str(folder),
        answers=str(answers),
        control_id=str(control_id),
        state=HandoverState(str(state)),
        placed=int(str(placed)),
        mount=str(mount),
        reason=str(reason),
        reply=str(reply),
        created_at=int(str(created_at)),
        updated_at=int(str(updated_at)),
        files=tuple(HandoverFile(path=path, blob_id=BlobId(digest)) for path, digest in files),
    )
