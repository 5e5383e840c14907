"""What one message of a letter is signed with and sealed to: chosen when it is frozen.

What lacks is said to the person, and the draft stays: a letter that was to be signed does not leave
unsigned, one that was to be sealed never leaves in clear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from store.db.open import Connection
from store.db.sealing import reader
from store.errors import NeedsUser
from store.model.account import Account, Signs
from store.model.draft import Draft
from store.model.ids import AccountId
from store.model.route import Dispatch, Envelope

if TYPE_CHECKING:  # the engine is loaded when a letter is signed or sealed, and not before
    from sync.smime.signatures import Signer
    from sync.smime.wrap import Reader

Keys: TypeAlias = "Callable[[AccountId], Sequence[Signer]]"
"""The keys of an account, the one that lasts longest first.

Raises:
    MailError: they cannot be used now: `card.absent`, `key.row_damaged`.
"""


def no_keys(_: AccountId) -> Sequence[Signer]:
    """For whoever sends nothing signed or sealed."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """How one message is made safe; the defaults leave it as it is."""

    signer: Signer | None = None
    readers: tuple[Reader, ...] = field(default=(), repr=False)
    own: bytes | None = field(default=None, repr=False)
    """The certificate that makes the copy kept here readable."""

    def applied(self, letter: bytes, *, at: int, boundary: str) -> bytes:
        """The letter signed, then sealed. Blocks, for a large one.

        Raises:
            Permanent: `smime.key_cannot_sign`, `smime.cannot_seal_to`.
            MailError: what a signer raises: a card that is not there.
        """
        if self.signer is None and not self.readers:
            return letter
        from sync.smime.wrap import Signing, secured

        signing = None
        if self.signer is not None:
            # The letter's own boundary is inside what is signed: this one begins otherwise.
            other = self.own if self.own != self.signer.certificate else None
            signing = Signing(
                signers=(self.signer,), at=at, boundary=f"s{boundary}", sealed_to=other
            )
        return b"".join(secured(letter, signing=signing, readers=self.readers, own=self.own))


def security_for(
    db: Connection,
    account: Account,
    dispatch: Dispatch,
    written: Draft,
    keys: Keys,
    *,
    now: int,
    keeps_another: bool = False,
) -> Security:
    """What a message needs.

    Args:
        now: Unix seconds.
        keeps_another: the sender has what is sent elsewhere, and needs no copy that can be read.

    Raises:
        NeedsUser: `sending.no_signing_key`, `sending.no_own_key`, `sending.apicrypt_signed`.
        MailError: what `keys` raises.
    """
    sealed = dispatch.envelope is Envelope.SEALED
    asked = written.sign or account.sign is Signs.ALWAYS
    if dispatch.envelope is Envelope.VENDOR:
        if written.sign:
            raise NeedsUser("sending.apicrypt_signed")
        return Security()
    if not sealed and not asked:
        return Security()
    held = keys(account.id)
    signer = _signer(held, account.address, now)
    if asked and signer is None:
        raise NeedsUser("sending.no_signing_key")
    if not sealed:
        return Security(signer=signer)
    own = _own(held, now)
    if own is None and not keeps_another:
        raise NeedsUser("sending.no_own_key")
    return Security(signer=signer, readers=_readers(db, dispatch), own=own)


def _readers(db: Connection, dispatch: Dispatch) -> tuple[Reader, ...]:
    from sync.smime.wrap import Reader

    found = []
    for route in dispatch.routes:
        assert route.certificate_id is not None
        facts = reader(db, route.certificate_id, route.email)
        found.append(Reader(facts.certificate, facts.capabilities))
    return tuple(found)


def _signer(held: Sequence[Signer], address: str, now: int) -> Signer | None:
    """The key whose certificate names the address; one that names nobody may serve, for a
    professional's card does not say by which mailbox they write."""
    from sync.smime.certificates import read_certificate

    usable = []
    for each in held:
        read = read_certificate(each.certificate)
        named = {a.casefold() for a in read.addresses}
        if not read.can_sign or not read.not_before_at <= now <= read.not_after_at:
            continue
        if not named or address.casefold() in named:
            usable.append((not named, each))
    return min(usable, key=lambda pair: pair[0], default=(True, None))[1]


def _own(held: Sequence[Signer], now: int) -> bytes | None:
    """The certificate we read our own letters by; an old one rather than none: it opens still."""
    from sync.smime.certificates import read_certificate

    able = [read for each in held if (read := read_certificate(each.certificate)).can_be_sealed_to]
    best = min(able, key=lambda read: (read.not_after_at < now, -read.not_after_at), default=None)
    return None if best is None else best.der
