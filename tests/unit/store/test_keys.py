"""Who can open a store, and who cannot."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from store.db.open import PAGE_BYTES, connect
from store.errors import Locked, NeedsUser, Permanent, Usage
from store.host import keys
from store.host.keys import DataKey
from store.host.paths import Home, file_system
from store.host.secrets import password_for, seal_password
from store.model.account import Account, Endpoint
from store.model.ids import AccountId

PASSPHRASE = "trois petits chats"


def account(**changes: str) -> Account:
    endpoint = Endpoint(host="imap.cabinet.example", port=993)
    return Account(
        id=AccountId(7),
        name="cabinet",
        address="a@cabinet.example",
        imap=endpoint,
        smtp=endpoint,
        user="a",
        **changes,
    )


@pytest.fixture
def quick_argon(monkeypatch):
    monkeypatch.setattr(keys, "MEMORY_KIB", 64)
    monkeypatch.setattr(keys, "ITERATIONS", 1)


def test_either_the_passphrase_or_the_key_file_opens_the_store(home, quick_argon):
    key = keys.create(home, passphrase=PASSPHRASE, key_file=home.root / "k")
    assert keys.unlock(home, passphrase=PASSPHRASE) == key
    assert keys.unlock(home, key_file=home.root / "k") == key


def test_a_wrong_passphrase_is_refused_as_such(home, quick_argon):
    keys.create(home, passphrase=PASSPHRASE)
    with pytest.raises(Locked, match=r"key\.wrong_passphrase"):
        keys.unlock(home, passphrase="deux petits chiens")


def test_a_short_passphrase_is_refused_and_leaves_nothing(home):
    with pytest.raises(Usage, match=r"key\.short_passphrase"):
        keys.create(home, passphrase="court")
    assert not home.exists()


def test_weakening_the_parameters_in_the_file_does_not_open_it(home, quick_argon):
    keys.create(home, passphrase=PASSPHRASE)
    kept = json.loads(home.keys.read_bytes())
    kept["wraps"][0]["params"]["iterations"] = 2
    home.keys.write_text(json.dumps(kept))
    with pytest.raises(Locked):
        keys.unlock(home, passphrase=PASSPHRASE)


def test_a_damaged_keys_file_is_said_to_be_damaged(home, key):
    home.keys.write_text("{")
    with pytest.raises(Permanent, match=r"key\.damaged"):
        keys.unlock(home, passphrase=PASSPHRASE)


def test_a_key_file_others_can_read_is_refused(home, key, key_file):
    key_file.chmod(0o644)
    with pytest.raises(NeedsUser, match=r"key\.file_not_private"):
        keys.unlock(home, key_file=key_file)


def test_the_data_key_never_shows_itself(key):
    assert key.octets.hex() not in repr(key)
    assert str(key.octets) not in repr(key)


def test_another_key_does_not_open_the_database(home, db):
    with pytest.raises(Locked, match=r"key\.wrong"):
        connect(home, DataKey(os.urandom(32)))


def test_the_database_file_is_not_sqlite_to_anyone_else(home, db):
    assert b"SQLite format 3" not in home.database.read_bytes()


def test_a_home_others_can_read_is_refused(home, key, key_file):
    home.root.chmod(0o750)
    with pytest.raises(NeedsUser, match=r"store\.home_not_private"):
        keys.unlock(home, key_file=key_file)


def test_a_network_disk_is_told_from_a_local_one(tmp_path):
    mounts = f"/dev/vda / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n"
    assert file_system(tmp_path / "home", mounts) == "nfs4"
    assert file_system(tmp_path.parent, mounts) == "ext4"


def test_a_home_on_a_network_disk_is_refused(home, monkeypatch):
    monkeypatch.setattr("store.host.paths.file_system", lambda path: "nfs4")
    with pytest.raises(NeedsUser, match=r"store\.network_disk"):
        home.check()


def test_a_sealed_password_comes_back_and_is_not_on_disk_in_clear(home, key):
    seal_password(home, key, AccountId(7), "mot-de-passe-secret")
    assert password_for(account(), home, key) == "mot-de-passe-secret"
    assert b"mot-de-passe-secret" not in home.secrets.read_bytes()


def test_a_password_command_is_run_without_a_shell(home, key, tmp_path):
    trap = tmp_path / "trap"
    command = f"printf '%s\\n' 'a;touch {trap}'"
    assert password_for(account(password_command=command), home, key) == f"a;touch {trap}"
    assert not trap.exists()


def test_a_password_file_is_read_afresh_each_time(home, key, tmp_path):
    file = tmp_path / "pw"
    file.touch(mode=0o600)
    file.write_text("un\n")
    with_file = account(password_file=str(file))
    assert password_for(with_file, home, key) == "un"
    file.write_text("deux\nreste")
    assert password_for(with_file, home, key) == "deux"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_password_file_that_others_can_touch_is_refused(home, key, tmp_path, mode):
    file = tmp_path / "pw"
    file.write_text("secret\n")
    file.chmod(mode)
    with pytest.raises(NeedsUser, match=r"password\.file_not_private"):
        password_for(account(password_file=str(file)), home, key)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password_file": "/nowhere/pw"}, "password.file_unreadable"),
        ({"password_command": "false"}, "password.command_failed"),
        ({"password_command": "'unclosed"}, "password.command_failed"),
        ({}, "password.none"),
    ],
)
def test_a_missing_password_says_why(home, key, changes, code):
    with pytest.raises(NeedsUser, match=code):
        password_for(account(**changes), home, key)


def test_the_default_home_follows_pli_home(monkeypatch):
    from store.host.paths import default_home

    monkeypatch.setenv("PLI_HOME", "/x/y")
    assert default_home() == Home(Path("/x/y"))


def test_damage_is_not_called_a_wrong_key(home, db):
    key = keys.unlock(home, key_file=home.root / "test.key")
    db.close()
    octets = bytearray(home.database.read_bytes())
    for start in range(PAGE_BYTES, len(octets), PAGE_BYTES):
        octets[start] ^= 255
    home.database.write_bytes(octets)
    with pytest.raises(NeedsUser, match=r"store\.damaged"):
        connect(home, key)
