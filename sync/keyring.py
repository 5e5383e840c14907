"""Between the store and the S/MIME engine: keys are wrapped going in, opened coming out.

The engine (sync/smime) knows no store; the store knows no key in clear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db.open import Connection
from store.db.smime_keys import add_key, keys
from store.host.keys import DataKey
from store.host.wrapping import unwrap, wrap
from store.model.certificate import CertificateFacts, SmimeKey
from store.model.ids import AccountId, KeyId

if TYPE_CHECKING:
    from sync.smime.keys import SoftwareKey

PURPOSE = "smime-keys"


def facts_of(der: bytes) -> CertificateFacts:
    """What the store keeps of a certificate.

    Raises:
        Permanent: `smime.bad_certificate`.
    """
    from sync.smime.certificates import read_certificate  # the engine, when there is work for it

    read = read_certificate(der)
    return CertificateFacts(
        fingerprint=read.fingerprint,
        der=der,
        subject=read.subject,
        addresses=read.addresses,
        not_before_at=read.not_before_at,
        not_after_at=read.not_after_at,
    )


def keep_key(
    db: Connection, data_key: DataKey, account_id: AccountId, key: SoftwareKey, at: int
) -> KeyId:
    """Keep a private key for an account. `at` is Unix seconds."""
    facts = facts_of(key.certificate)
    wrapped = wrap(data_key, PURPOSE, key.pkcs8(), bound_to=facts.fingerprint)
    chain = [facts_of(each) for each in key.chain]
    return add_key(db, account_id, facts, chain=chain, wrapped=wrapped, at=at)


def opened_key(data_key: DataKey, kept: SmimeKey) -> SoftwareKey:
    """A key that signs and opens.

    Raises:
        Permanent: `key.row_damaged`, `smime.bad_key_file`.
    """
    from sync.smime.keys import from_pkcs8

    clear = unwrap(data_key, PURPOSE, kept.wrapped, bound_to=kept.fingerprint)
    return from_pkcs8(kept.certificate, kept.chain, clear)


def opened_keys(
    db: Connection, data_key: DataKey, account_id: AccountId | None = None
) -> list[SoftwareKey]:
    """Every key of an account, or of all, expired ones too: they open the letters of their time."""
    return [opened_key(data_key, each) for each in keys(db, account_id)]
