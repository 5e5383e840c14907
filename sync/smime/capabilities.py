"""Which algorithms a letter is sealed with: a pure choice from what its readers say they can read.

What a reader cannot open is a lost letter, so a capability is believed; what nobody said is decided
by `Policy`. The weakest reader decides the cipher of the content, which they share; each has the
wrapping of the key that suits them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sync.smime import oids
from sync.smime.ber import oid, sequence

OURS = (
    oids.AES_256_GCM,
    oids.AES_128_GCM,
    oids.AES_256_CBC,
    oids.AES_128_CBC,
    oids.RSA_OAEP,
    oids.STANDARD_AGREEMENTS["sha256"],
)
"""What we say we can read, best first. 3DES and RC2 can be read too, and are not invited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is done where a reader says nothing, or asks for less."""

    unknown: str = oids.AES_256_CBC
    """Cipher for a reader whose capabilities are not known. RFC 8551 §2.7.1.2 suggests AES-256-GCM;
    Outlook and Thunderbird of 2026 in the field do not all open it, and a letter must be read."""
    rsa_v15: bool = False
    """Whether the key may be wrapped in PKCS#1 v1.5 for a reader who says OAEP cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How one letter is sealed."""

    cipher: str
    """OID: AES-256 or AES-128, in GCM or CBC."""
    oaep: tuple[bool, ...]
    """For each reader in order, whether an RSA key is wrapped by OAEP; else by PKCS#1 v1.5."""

    @property
    def authenticated(self) -> bool:
        """Whether what is sealed cannot be changed unseen."""
        return self.cipher in oids.AES_GCM


STRENGTH = (oids.AES_256_GCM, oids.AES_128_GCM, oids.AES_256_CBC, oids.AES_128_CBC)
"""Ciphers we seal with, best first."""


def choose(readers: Iterable[tuple[str, ...] | None], policy: Policy | None = None) -> Choice:
    """Choose for `readers`: the OIDs each says it can read, or None where nothing is known.

    A reader who offers none of our ciphers, only 3DES say, has AES-128-CBC, which every S/MIME
    since 2004 must read (RFC 3851 §2.7): we never seal with less.
    """
    policy = policy or Policy()
    said = list(readers)
    takes = [_ciphers(each, policy) for each in said]
    cipher = next((c for c in STRENGTH if all(c in t for t in takes)), oids.AES_128_CBC)
    oaep = tuple(each is None or oids.RSA_OAEP in each or not policy.rsa_v15 for each in said)
    return Choice(cipher=cipher, oaep=oaep)


def _ciphers(said: tuple[str, ...] | None, policy: Policy) -> set[str]:
    if said is None:
        return {policy.unknown, *STRENGTH[STRENGTH.index(policy.unknown) :]}
    known = {each for each in said if each in STRENGTH}
    # Who reads AES-256 in a mode reads AES-128 in it: RFC 8551 §2.7 demands both.
    if oids.AES_256_GCM in known:
        known.add(oids.AES_128_GCM)
    if known & {oids.AES_256_GCM, oids.AES_128_GCM, oids.AES_256_CBC}:
        known.add(oids.AES_128_CBC)
    return known or {oids.AES_128_CBC}


def encoded_capabilities() -> bytes:
    """SMIMECapabilities, as we sign them."""
    return sequence(*(sequence(oid(each)) for each in OURS))
