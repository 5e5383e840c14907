"""Certificates as they were learnt, and keys that lie in no row in clear."""

from __future__ import annotations

import pytest

from store.db.accounts import add_account
from store.db.certificates import known_for, learn
from store.db.open import Connection
from store.db.removal import remove_account
from store.db.smime_keys import key_by_id, keys, remove_key
from store.errors import Permanent, Usage
from store.host.keys import DataKey
from store.host.paths import Home
from store.host.wrapping import unwrap, wrap
from store.model.account import Endpoint
from store.model.certificate import Learnt, Source
from store.model.ids import AccountId
from sync.keyring import facts_of, keep_key, opened_key, opened_keys
from tests.refusals import refused
from tests.unit.smime.people import AT, person

ALICE = "alice@cabinet.example"


@pytest.fixture
def account(db: Connection) -> AccountId:
    endpoint = Endpoint(host="mail.operateur.example", port=993)
    return add_account(
        db, name="cabinet", address=ALICE, imap=endpoint, smtp=endpoint, user="alice"
    )


def learnt(db: Connection, kind: str, at: int = AT, **given) -> Learnt:
    """What the certificate of an alice was for her address."""
    facts = facts_of(person(kind).certificate)
    return learn(db, facts, **{"source": Source.SIGNED_MAIL, "at": at} | given)[ALICE]


def test_the_first_certificate_of_an_address_then_the_same_then_another(db: Connection) -> None:
    assert learnt(db, "rsa") is Learnt.FIRST
    assert learnt(db, "rsa", AT + 10) is Learnt.SAME
    assert learnt(db, "p256", AT + 20) is Learnt.CHANGED
    newest, oldest = known_for(db, ALICE.upper())
    assert (newest.der, newest.replaced_id) == (person("p256").certificate, oldest.id)
    assert (oldest.first_seen_at, oldest.last_seen_at) == (AT, AT + 10)
    assert oldest.replaced_id is None


def test_what_was_learnt_elsewhere_is_no_change(db: Connection) -> None:
    learnt(db, "rsa")
    assert learnt(db, "p256", source=Source.DIRECTORY) is Learnt.FIRST


def test_an_older_letter_read_later_ages_nothing(db: Connection) -> None:
    learnt(db, "rsa", AT)
    learnt(db, "rsa", AT - 1000)
    assert known_for(db, ALICE)[0].last_seen_at == AT


def test_capabilities_are_kept_until_others_are_said(db: Connection) -> None:
    learnt(db, "rsa")
    assert known_for(db, ALICE)[0].capabilities is None
    learnt(db, "rsa", capabilities=("1.2.3", "4.5.6"))
    learnt(db, "rsa", AT + 1)
    assert known_for(db, ALICE)[0].capabilities == ("1.2.3", "4.5.6")
    learnt(db, "rsa", capabilities=())
    assert known_for(db, ALICE)[0].capabilities == ()


def test_an_address_the_certificate_does_not_name_is_kept_beside(db: Connection) -> None:
    facts = facts_of(person("rsa").certificate)
    found = learn(db, facts, source=Source.BY_HAND, at=AT, addresses=["Dr.Alice@mss.example"])
    assert found == {ALICE: Learnt.FIRST, "dr.alice@mss.example": Learnt.FIRST}


def test_a_key_comes_back_as_it_went_in(db: Connection, key: DataKey, account: AccountId) -> None:
    keep_key(db, key, account, person("rsa"), AT)
    (found,) = opened_keys(db, key, account)
    assert (found.certificate, found.chain) == (person("rsa").certificate, person("rsa").chain)
    assert found.pkcs8() == person("rsa").pkcs8()


def test_no_key_lies_in_clear_in_any_row(db: Connection, key: DataKey, account: AccountId) -> None:
    """Nor any long piece of it: every cell of every table is looked at."""
    secret = person("rsa").pkcs8()
    keep_key(db, key, account, person("rsa"), AT)
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    cells = [
        value
        for table in tables
        for row in db.execute(f"SELECT * FROM {table}")
        for value in row
        if isinstance(value, bytes)
    ]
    # What is public of it, the modulus, is in the certificate too.
    pieces = [secret[at : at + 24] for at in range(len(secret) // 2, len(secret) - 24, 8)]
    assert cells
    assert not [piece for piece in pieces if any(piece in cell for cell in cells)]


def test_a_key_imported_again_is_the_same_key(
    db: Connection, key: DataKey, account: AccountId
) -> None:
    first = keep_key(db, key, account, person("rsa"), AT)
    assert keep_key(db, key, account, person("rsa"), AT + 5) == first
    assert len(keys(db)) == 1


def test_a_key_moved_under_another_certificate_does_not_open(
    db: Connection, key: DataKey, account: AccountId
) -> None:
    one, other = (keep_key(db, key, account, person(kind), AT) for kind in ("rsa", "p256"))
    wrapped = key_by_id(db, one).wrapped
    db.execute("UPDATE smime_key SET wrapped = ? WHERE id = ?", (wrapped, other))
    with refused(Permanent, "key.row_damaged"):
        opened_key(key, key_by_id(db, other))


def test_a_key_that_is_removed_is_gone_and_its_certificate_stays(
    db: Connection, key: DataKey, account: AccountId
) -> None:
    learnt(db, "rsa")
    key_id = keep_key(db, key, account, person("rsa"), AT)
    remove_key(db, key_id)
    assert keys(db) == []
    assert known_for(db, ALICE)
    with pytest.raises(Usage):
        remove_key(db, key_id)
    with pytest.raises(Usage):
        key_by_id(db, key_id)


def test_the_keys_of_an_account_go_with_it(
    db: Connection, key: DataKey, account: AccountId
) -> None:
    keep_key(db, key, account, person("rsa"), AT)
    remove_account(db, account)
    assert keys(db) == []


def test_what_is_wrapped_opens_in_its_place_only(home: Home, key: DataKey) -> None:
    wrapped = wrap(key, "essai", b"secret", bound_to="ici")
    assert b"secret" not in wrapped
    assert unwrap(key, "essai", wrapped, bound_to="ici") == b"secret"
    for purpose, place, octets in (
        *(("autre", "ici", wrapped), ("essai", "ailleurs", wrapped)),
        *(("essai", "ici", wrapped[:-1]), ("essai", "ici", b"")),
    ):
        with refused(Permanent, "key.row_damaged"):
            unwrap(key, purpose, octets, bound_to=place)
