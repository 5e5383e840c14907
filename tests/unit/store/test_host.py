"""The promises of an open store, and the manners of an installation."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from contextlib import closing

import pytest

from store.db import drafts
from store.db.accounts import accounts, add_account
from store.db.migrate import NAMES, migrate, script, statements
from store.db.open import PROMISES, connect, write
from store.errors import NeedsUser, Permanent, Transient, Usage
from store.host.i18n import explain, sentence
from store.host.lock import NodeLock, node_runs
from store.host.log import event, unexpected
from store.host.paths import Home
from store.host.wake import commits
from store.model.account import Endpoint, Profile
from store.model.draft import Draft
from store.model.email import EmailAddress

PLACE = Endpoint(host="mail.cabinet.example", port=993)


@pytest.mark.parametrize("pragma", sorted(PROMISES))
def test_every_connection_keeps_every_promise(db, pragma):
    assert db.execute(f"PRAGMA {pragma}").fetchone()[0] == PROMISES[pragma]


def test_a_promise_sqlite_will_not_keep_closes_the_store(home, key, db, monkeypatch):
    monkeypatch.setitem(PROMISES, "synchronous", 7)
    with pytest.raises(NeedsUser, match=r"store\.promise_broken"):
        connect(home, key)


def test_a_reader_cannot_write(home, key, db):
    reader = connect(home, key, readonly=True)
    with pytest.raises(Exception, match="readonly"):
        reader.execute("DELETE FROM email")
    reader.close()


def test_an_error_inside_a_transaction_leaves_nothing(db):
    with pytest.raises(RuntimeError), write(db):
        db.execute("INSERT INTO node VALUES (1, 1, 1, 1)")
        raise RuntimeError
    assert db.execute("SELECT count(*) FROM node").fetchone()[0] == 0


def test_migrating_twice_changes_nothing(db):
    before = db.execute("SELECT group_concat(sql) FROM sqlite_master").fetchone()
    migrate(db)
    assert db.execute("SELECT group_concat(sql) FROM sqlite_master").fetchone() == before


def test_the_store_of_a_test_is_one_that_was_migrated(home, key, db, migrated_slowly, tmp_path):
    def described(db):
        schema = db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        steps = db.execute("SELECT migration_set, name FROM _sqlite_migrations").fetchall()
        return schema, steps, [db.execute(f"PRAGMA {p}").fetchone() for p in PROMISES]

    other = Home(tmp_path / "other")
    other.create()
    with closing(connect(other, key)) as slow:
        migrated_slowly(slow)
        assert described(slow) == described(db)


def test_an_account_of_the_first_version_keeps_its_profile(home, key, monkeypatch):
    monkeypatch.setattr("store.db.migrate.NAMES", NAMES[:1])
    db = connect(home, key)
    migrate(db)
    db.execute(
        "INSERT INTO account (name, address, imap_host, imap_port, smtp_host, smtp_port, tls, user,"
        " profile) VALUES ('a', 'a@b.test', 'h', 1, 'h', 1, 'implicit', 'u', 'mobile')"
    )
    monkeypatch.setattr("store.db.migrate.NAMES", NAMES)
    migrate(db)
    (found,) = accounts(db)
    assert (found.profile, found.auto_profile) == (Profile.MOBILE, Profile.ADSL)
    db.close()


def test_a_store_from_a_later_version_is_left_alone(db):
    db.execute("UPDATE _sqlite_migrations SET name = '9999_later' WHERE name LIKE '0001%'")
    with pytest.raises(Permanent, match=r"store\.newer"):
        migrate(db)


def test_a_migration_that_fails_leaves_nothing(home, key, monkeypatch):
    def broken(name: str) -> str:
        return script(name) + "\nCREATE TABLE half (x) STRICT;"

    monkeypatch.setattr("store.db.migrate.script", broken)
    connection = connect(home, key)
    with pytest.raises(Exception, match="datatype"):
        migrate(connection)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    connection.close()


def _open_and_migrate(homes, key, together, failures):
    for home in homes:
        together.wait(30)
        try:
            connection = connect(home, key)
            migrate(connection)
            connection.close()
        except Exception as error:
            failures.put(repr(error))


def test_processes_that_start_in_the_same_instant_all_make_and_migrate_the_store(tmp_path, key):
    homes = [Home(tmp_path / str(n)) for n in range(12)]
    for home in homes:
        home.root.mkdir(mode=0o700)
    spawn = multiprocessing.get_context("spawn")
    together, failures = spawn.Barrier(4), spawn.SimpleQueue()
    processes = [
        spawn.Process(target=_open_and_migrate, args=(homes, key, together, failures))
        for _ in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert failures.empty(), failures.get()


def test_a_trigger_is_one_statement():
    found = statements(script(NAMES[0]))
    triggers = [statement for statement in found if "CREATE TRIGGER" in statement]
    assert triggers
    assert all(statement.endswith("END;") for statement in triggers)
    assert all(statement.count("CREATE") == 1 for statement in found)


def test_one_node_per_store(home):
    with NodeLock(home):
        assert node_runs(home)
        with pytest.raises(Transient, match=r"node\.already_running"), NodeLock(home):
            pass
    assert not node_runs(home)


async def test_another_connections_commit_wakes_and_ones_own_does_not(home, key, db):
    other = connect(home, key)
    woken = commits(db, every_seconds=0.01)
    await anext(woken)
    next_commit = asyncio.create_task(anext(woken))
    with write(db):
        db.execute("INSERT INTO node VALUES (1, 1, 1, 1)")
    done, _ = await asyncio.wait([next_commit], timeout=0.2)
    assert not done
    with write(other):
        other.execute("UPDATE node SET pid = 2")
    await asyncio.wait_for(next_commit, 30)
    await woken.aclose()
    other.close()


def test_a_writer_waits_for_another(home, key, db):
    other = connect(home, key)
    other.execute("PRAGMA busy_timeout = 50")
    with write(db):
        started = time.monotonic()
        with pytest.raises(Transient, match=r"store\.busy"), write(other):
            pass
        assert time.monotonic() - started >= 0.04
    other.close()


def test_free_text_is_refused_by_the_log():
    log = logging.getLogger("store.test")
    with pytest.raises(TypeError, match="free text"):
        event(log, logging.INFO, "mailbox.pulled", subject="CR Mme Exemple")
    with pytest.raises(TypeError, match="dotted"):
        event(log, logging.INFO, "CR Mme Exemple")


def test_the_log_says_ids_and_codes(caplog):
    log = logging.getLogger("store.test")
    error = NeedsUser("net.refused", host="imap.cabinet.example")
    event(log, logging.INFO, "mailbox.pulled", mailbox=12, error=error)
    assert caplog.messages == ["mailbox.pulled mailbox=12 error=net.refused"]


def test_a_bug_is_logged_by_its_place_and_never_by_its_words(home):
    try:
        raise RuntimeError("Mme Exemple")
    except RuntimeError as error:
        unexpected(home, error)
    written = home.log.read_text()
    assert "RuntimeError" in written
    assert "test_host.py:" in written
    assert "Exemple" not in written


def test_a_sentence_is_french_unless_english_is_asked_for(monkeypatch):
    assert sentence("cli.never") == "jamais"
    monkeypatch.setenv("PLI_LANG", "en_GB.UTF-8")
    assert sentence("cli.never") == "never"


def test_a_missing_sentence_or_hole_never_crashes_a_screen():
    assert sentence("no.such.key") == "no.such.key"
    assert "{account}" in sentence("account.unknown")


def test_an_unexpected_error_is_explained_without_its_words():
    assert "Exemple" not in explain(RuntimeError("Mme Exemple"))


@pytest.fixture
def account_id(db):
    return add_account(db, name="c", address="a@c.example", imap=PLACE, smtp=PLACE, user="a")


def draft(db, **changes):
    facts = {
        "sender": EmailAddress(name="Dr Alice", email="a@c.example"),
        "to": (EmailAddress(email="b@b.example"),),
        "subject": "Bonjour",
        "body": "Cher confrère",
        "attachments": (drafts.attach(db, "a.pdf", "application/pdf", b"%PDF"),),
    }
    return Draft(**(facts | changes))


def test_a_draft_comes_back_as_written(db, account_id):
    written = draft(db, references=("one@x", "two@x"), in_reply_to="two@x")
    draft_id = drafts.save_draft(db, account_id, written, now=1)
    assert drafts.draft(db, draft_id) == (account_id, written)


def test_a_draft_saved_again_replaces_itself(db, account_id):
    draft_id = drafts.save_draft(db, account_id, draft(db), now=1)
    again = draft(db, body="Autre", attachments=())
    assert drafts.save_draft(db, account_id, again, now=2, draft_id=draft_id) == draft_id
    assert drafts.draft(db, draft_id)[1] == again
    assert drafts.drafts(db) == [draft_id]


def test_a_draft_leaves_after_its_undo_window_and_not_before(db, account_id):
    draft_id = drafts.save_draft(db, account_id, draft(db), now=1)
    drafts.send_draft(db, draft_id, 100)
    assert drafts.drafts_to_send(db, account_id, 99) == []
    assert drafts.drafts_to_send(db, account_id, 100) == [draft_id]
    assert drafts.unsend_draft(db, draft_id)
    assert drafts.drafts_to_send(db, account_id, 200) == []
    assert not drafts.unsend_draft(db, draft_id)


def test_a_draft_that_cannot_leave_waits_for_the_person(db, account_id):
    draft_id = drafts.save_draft(db, account_id, draft(db), now=1)
    drafts.send_draft(db, draft_id, 1)
    drafts.draft_refused(db, draft_id, "send.bad_address")
    assert drafts.drafts_to_send(db, account_id, 200) == []
    assert drafts.drafts_waiting(db) == [(draft_id, 1, "send.bad_address")]


def test_a_draft_thrown_away_is_gone(db, account_id):
    draft_id = drafts.save_draft(db, account_id, draft(db), now=1)
    drafts.discard_draft(db, draft_id)
    with pytest.raises(Usage, match=r"draft\.unknown"):
        drafts.draft(db, draft_id)


def test_a_commit_that_fails_leaves_no_lock_behind(home, key, db):
    db.execute("CREATE TEMP TABLE parent (id INTEGER PRIMARY KEY)")
    db.execute("CREATE TEMP TABLE child (p REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(Exception, match="FOREIGN KEY"), write(db):
        db.execute("INSERT INTO child VALUES (1)")
    assert not db.in_transaction


def test_asking_whether_a_node_runs_keeps_none_from_starting(home, key):
    assert not node_runs(home)
    with NodeLock(home):
        assert node_runs(home)
