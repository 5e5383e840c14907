"""The key is opened by a process that ends: the same key, the same words when it does not open."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.errors import Locked, MailError, NeedsUser
from store.host import keys
from store.host.apart import begin, unlock_apart
from store.host.paths import Home

PASSPHRASE = "une phrase bien longue, à l'œuf"


@pytest.fixture
def sealed(tmp_path, monkeypatch):
    """A store that a passphrase and a key file open."""
    monkeypatch.setattr(keys, "MEMORY_KIB", 1024)
    home = Home(tmp_path / "home")
    key = keys.create(home, passphrase=PASSPHRASE, key_file=tmp_path / "key")
    return home, key, tmp_path / "key"


def test_a_passphrase_opens_the_key_in_another_process(sealed):
    home, key, _ = sealed
    assert unlock_apart(home, PASSPHRASE) == key
    with pytest.raises(Locked, match=r"key\.wrong_passphrase"):
        unlock_apart(home, "une autre phrase")
    with pytest.raises(Locked, match=r"key\.wrong_passphrase"):
        unlock_apart(home, "")


def test_a_key_is_opened_while_one_does_something_else(sealed):
    home, key, file = sealed

    def opens():
        assert os.getpid() != here
        return keys.unlock(home, key_file=file)

    here = os.getpid()
    assert begin(opens)() == key


def test_what_is_wrong_with_it_is_said_as_if_it_had_been_done_here(sealed):
    home, _, file = sealed
    file.chmod(0o644)
    with pytest.raises(NeedsUser, match=r"key\.file_not_private") as said:
        begin(lambda: keys.unlock(home, key_file=file))()
    assert str(file) in said.value.params.values()


def test_no_refusal_is_taken_for_a_key(sealed):
    home, _, file = sealed
    other = file.with_name("other")
    other.write_bytes(b"k" * 64)
    other.chmod(0o600)
    with pytest.raises(Locked, match=r"key\.wrong_file"):
        begin(lambda: keys.unlock(home, key_file=other))()


def test_a_process_that_dies_of_it_is_a_bug_and_not_a_key(sealed):
    with pytest.raises(MailError, match=r"bug\.unexpected"):
        begin(lambda: 1 // 0)()


def test_subkeys_are_those_of_rfc_5869(sealed):
    key = sealed[1]
    expected = HKDF(SHA256(), 32, salt=None, info=b"pli/directory").derive(key.octets)
    assert key.derive("directory") == expected
