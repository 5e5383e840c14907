"""The rules in the store follow `drop.toml`: what the node goes by when the file cannot be read."""

from __future__ import annotations

import json

from store.db.drop_options import options_as_json
from store.db.drops import checked_folder, rules
from store.db.open import Connection, write
from store.errors import Usage
from store.model.drop import RuleSource
from store.model.drop_options import RuleOptions
from store.model.ids import AccountId


def follow_rule_within(
    db: Connection,
    *,
    name: str,
    folder: str,
    account_id: AccountId,
    to: tuple[str, ...],
    options: RuleOptions,
    now: int,
) -> bool:
    """Make the rule of this name what the file says; True when it was not. Call inside `write`.

    Raises:
        Usage: as `checked_folder`; `drop.folder_in_use`, documents of it still lie elsewhere.
    """
    folder = checked_folder(db, name, folder)
    known = next((each for each in rules(db) if each.name == name), None)
    if known is None:
        db.execute(
            "INSERT INTO drop_rule (name, folder, account_id, recipients, options, source,"
            " since_at) VALUES (?, ?, ?, ?, ?, 'file', ?)",
            (name, folder, account_id, json.dumps(to), options_as_json(options), now),
        )
        return True
    wanted = (folder, account_id, to, options, RuleSource.FILE)
    if wanted == (known.folder, known.account_id, known.to, known.options, known.source):
        return False
    if folder != known.folder:
        _leave_folder_within(db, name)
    db.execute(
        "UPDATE drop_rule SET folder = ?, account_id = ?, recipients = ?, options = ?,"
        " source = 'file', since_at = ? WHERE id = ?",
        (folder, account_id, json.dumps(to), options_as_json(options), now, known.id),
    )
    return True


def _leave_folder_within(db: Connection, name: str) -> None:
    n = db.execute(
        "SELECT count(*) FROM drop_item JOIN drop_rule ON drop_rule.id = rule_id"
        " WHERE drop_rule.name = ? AND put_away = 0",
        (name,),
    ).fetchone()[0]
    if n:
        raise Usage("drop.folder_in_use", name=name, n=n)
    db.execute(
        "UPDATE drop_rule SET state = 'never', last_error = '', last_scan_at = NULL, mount = ''"
        " WHERE name = ?",
        (name,),
    )


def retire_within(db: Connection, name: str) -> None:
    """The file no longer names a rule: nothing new is taken, its ledger is kept."""
    db.execute("UPDATE drop_rule SET source = 'retired', last_error = '' WHERE name = ?", (name,))


def note_file(db: Connection, code: str, params: dict[str, object]) -> None:
    """Note what is wrong with the file, '' when nothing is. Writes only what is news."""
    if (code, params) == file_trouble(db):
        return
    with write(db):
        db.execute(
            "INSERT INTO drop_file (only_row, code, params) VALUES (1, ?, ?)"
            " ON CONFLICT (only_row) DO UPDATE SET code = excluded.code, params = excluded.params",
            (code, json.dumps(params)),
        )


def file_trouble(db: Connection) -> tuple[str, dict[str, object]]:
    """The code of what is wrong with the file and what fills its sentence; ('', {}) for nothing."""
    row = db.execute("SELECT code, params FROM drop_file").fetchone()
    return ("", {}) if row is None else (str(row[0]), json.loads(row[1]))
