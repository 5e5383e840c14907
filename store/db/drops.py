"""Drop rules: folders that the person wants watched, and what their documents became.

The node's own writes about documents are in store/db/drop_ledger.py.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable

from store.db.drop_options import options_as_json, options_of
from store.db.open import Connection, write
from store.errors import Usage
from store.model.drop import (
    HANDLED,
    DropItem,
    DropRule,
    ItemState,
    RuleSource,
    RuleState,
    Wish,
)
from store.model.drop_options import FoundIn, RuleOptions
from store.model.ids import (
    AccountId,
    BlobId,
    DispatchId,
    DropItemId,
    DropRuleId,
    SubmissionId,
)

RULE_COLUMNS = (
    "id, name, folder, account_id, recipients, state, last_error, last_scan_at, mount, mark,"
    " options, source, since_at, reported_day, copied_at, former_mark"
)
ITEM_COLUMNS = (
    "id, rule_id, name, digest, size, state, claim, put_away, reason, submission_id, seen_at,"
    " updated_at, recipients, found_in, patient, files, control_ids, corrects, wish, wish_to, told,"
    " patient_submission_id, dispatch_id, lacks, held_as, request, uncompared"
)
NAME = re.compile(r"[\w.-]{1,64}")
OURS = (".claimed", "sent", "failed")
"""What the node makes inside a watched folder (sync/drop/names.py)."""
SCAN_NOTED_SECONDS = 60
"""`last_scan_at` alone is not written more often: each write wakes everybody."""


def add_rule(
    db: Connection,
    *,
    name: str,
    folder: str,
    account_id: AccountId,
    to: Iterable[str],
    options: RuleOptions | None = None,
    now: int = 0,
) -> DropRuleId:
    """Watch `folder`, an absolute path; what is dropped there goes to each address of `to`.

    Raises:
        Usage: as `checked_folder`; `drop.name_taken`, `drop.no_recipient`.
    """
    options = options or RuleOptions()
    addresses = list(dict.fromkeys(to))
    if not addresses and FoundIn.FIXED in options.search:
        raise Usage("drop.no_recipient")
    with write(db):
        if any(other.name == name for other in rules(db)):
            raise Usage("drop.name_taken", name=name)
        folder = checked_folder(db, name, folder)
        row = db.execute(
            "INSERT INTO drop_rule (name, folder, account_id, recipients, options, since_at)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            (name, folder, account_id, json.dumps(addresses), options_as_json(options), now),
        ).fetchone()
    return DropRuleId(row[0])


def checked_folder(db: Connection, name: str, folder: str) -> str:
    """The folder of a rule of this name as it is kept, once it is known not to be in the way.

    Raises:
        Usage: `drop.bad_name`, `drop.folder_not_absolute`, `drop.folder_taken`,
            `drop.folder_ours`: it lies where another rule puts documents away.
    """
    if not NAME.fullmatch(name):
        raise Usage("drop.bad_name", name=name)
    if not (os.path.isabs(folder) and folder.isprintable()):
        raise Usage("drop.folder_not_absolute", folder=folder)
    folder = os.path.normpath(folder)
    for other in rules(db):
        if other.name == name:
            continue
        if other.folder == folder:
            raise Usage("drop.folder_taken", folder=folder, name=other.name)
        if _inside_ours(folder, other.folder) or _inside_ours(other.folder, folder):
            raise Usage("drop.folder_ours", folder=folder, name=other.name)
    return folder


def _inside_ours(folder: str, other: str) -> bool:
    return any(f"{folder}/".startswith(f"{other}/{ours}/") for ours in OURS)


def rules(db: Connection) -> list[DropRule]:
    """All rules, in the order they were added."""
    return [_rule(row) for row in db.execute(f"SELECT {RULE_COLUMNS} FROM drop_rule ORDER BY id")]


def rule(db: Connection, rule_id: DropRuleId) -> DropRule:
    """One rule.

    Raises:
        Usage: `drop.unknown`.
    """
    row = db.execute(f"SELECT {RULE_COLUMNS} FROM drop_rule WHERE id = ?", (rule_id,)).fetchone()
    if row is None:
        raise Usage("drop.unknown", name=rule_id)
    return _rule(row)


def rule_by_name(db: Connection, name: str) -> DropRule:
    """The rule the command line calls `name`.

    Raises:
        Usage: `drop.unknown`.
    """
    row = db.execute(f"SELECT {RULE_COLUMNS} FROM drop_rule WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise Usage("drop.unknown", name=name)
    return _rule(row)


def set_rule_state(
    db: Connection,
    rule_id: DropRuleId,
    state: RuleState,
    *,
    error: str = "",
    scanned_at: int | None = None,
    mount: str | None = None,
) -> None:
    """Note what was seen of the folder. Writes nothing when nothing worth it has changed."""
    before = rule(db, rule_id)
    mount = before.mount if mount is None else mount
    stale = scanned_at is not None and (
        before.last_scan_at is None or scanned_at >= before.last_scan_at + SCAN_NOTED_SECONDS
    )
    if (state, error, mount) == (before.state, before.last_error, before.mount) and not stale:
        return
    with write(db):
        db.execute(
            "UPDATE drop_rule SET state = ?, last_error = ?, mount = ?,"
            " last_scan_at = coalesce(?, last_scan_at) WHERE id = ?",
            (state.value, error, mount, scanned_at, rule_id),
        )


def items(db: Connection, rule_id: DropRuleId, *, limit: int = 50) -> list[DropItem]:
    """What a rule took, the last first."""
    rows = db.execute(
        f"SELECT {ITEM_COLUMNS} FROM drop_item INDEXED BY drop_item_rule WHERE rule_id = ?"
        " ORDER BY id DESC LIMIT ?",
        (rule_id, limit),
    )
    return [as_item(row) for row in rows]


def counts(db: Connection, rule_id: DropRuleId) -> dict[ItemState, int]:
    """How many documents of a rule stand in each state; states without any are left out."""
    rows = db.execute(
        "SELECT state, count(*) FROM drop_item WHERE rule_id = ? GROUP BY state ORDER BY state",
        (rule_id,),
    )
    return {ItemState(state): n for state, n in rows}


def queued(db: Connection, rule_id: DropRuleId) -> int:
    """How many documents of a rule are in the outbox: asked at each look."""
    row = db.execute(
        "SELECT count(*) FROM drop_item WHERE rule_id = ? AND state = 'queued'", (rule_id,)
    ).fetchone()
    return int(row[0])


NEEDS_A_PERSON = (
    f"state IN ('held', 'failed') AND reason NOT IN ({', '.join(repr(r) for r in HANDLED)})"
)
"""`DropItem.needs_a_person`, in SQL."""


def unsettled(db: Connection) -> int:
    """How many documents were held or refused and wait for a person, over all rules."""
    # The index begins with the rule.
    query = f"rule_id IN (SELECT id FROM drop_rule) AND {NEEDS_A_PERSON}"
    return int(db.execute(f"SELECT count(*) FROM drop_item WHERE {query}").fetchone()[0])


def unsettled_items(db: Connection, rule_id: DropRuleId) -> list[DropItem]:
    """The documents of a rule that wait for a person, the last first."""
    rows = db.execute(
        f"SELECT {ITEM_COLUMNS} FROM drop_item INDEXED BY drop_item_state"
        f" WHERE rule_id = ? AND {NEEDS_A_PERSON} ORDER BY id DESC",
        (rule_id,),
    )
    return [as_item(row) for row in rows]


def oldest_unsettled(db: Connection, rule_id: DropRuleId) -> int | None:
    """Since when a document of a rule waits for a person, Unix seconds; None when none does."""
    row = db.execute(
        "SELECT min(seen_at) FROM drop_item INDEXED BY drop_item_state"
        f" WHERE rule_id = ? AND {NEEDS_A_PERSON}",
        (rule_id,),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def _rule(row: tuple[object, ...]) -> DropRule:
    id_, name, folder, account_id, to, state, error, scanned_at, mount, mark = row[:10]
    options, source, since_at, reported_day, copied_at, former_mark = row[10:]
    return DropRule(
        id=DropRuleId(int(str(id_))),
        name=str(name),
        folder=str(folder),
        account_id=AccountId(int(str(account_id))),
        to=tuple(json.loads(str(to))),
        state=RuleState(str(state)),
        last_error=str(error),
        last_scan_at=None if scanned_at is None else int(str(scanned_at)),
        mount=str(mount),
        mark=str(mark),
        options=options_of(str(options)),
        source=RuleSource(str(source)),
        since_at=int(str(since_at)),
        reported_day=str(reported_day),
        copied_at=int(str(copied_at)),
        former_mark=str(former_mark),
    )


def as_item(row: tuple[object, ...]) -> DropItem:
    """A row of ITEM_COLUMNS."""
    id_, rule_id, name, digest, size, state, claim, away, reason, submission, seen, updated = row[
        :12
    ]
    recipients, found_in, patient, files, control_ids, corrects, wish, wish_to, told = row[12:21]
    patient_submission, dispatch, lacks, held_as, request, uncompared = row[21:]
    assert isinstance(name, bytes)
    assert isinstance(digest, bytes)
    assert isinstance(held_as, bytes)
    return DropItem(
        id=DropItemId(int(str(id_))),
        rule_id=DropRuleId(int(str(rule_id))),
        name=name,
        digest=BlobId(digest),
        size=int(str(size)),
        state=ItemState(str(state)),
        claim=str(claim),
        put_away=bool(away),
        reason=str(reason),
        submission_id=None if submission is None else SubmissionId(int(str(submission))),
        seen_at=int(str(seen)),
        updated_at=int(str(updated)),
        recipients=tuple(json.loads(str(recipients))),
        found_in=FoundIn(str(found_in)) if found_in else None,
        patient=str(patient),
        files=int(str(files)),
        control_ids=tuple(json.loads(str(control_ids))),
        corrects=None if corrects is None else DropItemId(int(str(corrects))),
        wish=Wish(str(wish)),
        wish_to=tuple(json.loads(str(wish_to))),
        told=str(told),
        patient_submission_id=(
            None if patient_submission is None else SubmissionId(int(str(patient_submission)))
        ),
        dispatch_id=None if dispatch is None else DispatchId(int(str(dispatch))),
        lacks=tuple(json.loads(str(lacks))),
        held_as=held_as,
        request=str(request),
        uncompared=int(str(uncompared)),
    )
