"""A professional's card through its maker's PKCS#11 library: its keys sign and open, and stay.

An extra (`pip install pli[cards]`). The PIN is asked for when a session opens, given to the card,
and kept nowhere; it is never tried twice by itself, for three wrong ones lock a card. The session
ends with its `with`, and with it all that the card would do for us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from store.errors import MailError, NeedsUser, Permanent
from sync.smime.certificates import read_certificate
from sync.smime.key_wrapping import V15, KeyPadding
from sync.smime.sign import digested
from sync.smime.signatures import ECDSA, RSA, Scheme

REFUSALS = {
    "PinIncorrect": "card.wrong_pin",
    "PinInvalid": "card.wrong_pin",
    "PinLenRange": "card.wrong_pin",
    "PinLocked": "card.pin_locked",
    "PinExpired": "card.pin_locked",
    "NoSuchToken": "card.absent",
    "TokenNotPresent": "card.absent",
    "TokenNotRecognised": "card.absent",
    "DeviceRemoved": "card.absent",
    "SessionClosed": "card.absent",
    "SessionHandleInvalid": "card.absent",
    "MultipleTokensReturned": "card.several",
}
"""What the library says, by the name of its exception -> what there is to do."""
SAID_OF_DATA = {"EncryptedDataInvalid", "EncryptedDataLenRange", "DataInvalid", "DataLenRange"}
SAID_OF_DATA |= {"FunctionFailed", "GeneralError", "ArgumentsBad", "MechanismParamInvalid"}
"""Raised as ValueError when opening: cards say these, too, of what was sealed to another key."""


@dataclass(frozen=True, slots=True)
class CardKey:
    """A key on a card whose session is open. A Signer and an Opener."""

    certificate: bytes
    chain: tuple[bytes, ...]
    private: Any

    def sign(self, octets: bytes, scheme: Scheme) -> bytes:
        """The signature over octets, made by the card."""
        import pkcs11

        named = scheme.digest.upper()
        with _said():
            if scheme.kind == ECDSA:
                digest = digested([octets], scheme.digest)
                made = bytes(self.private.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
                half = len(made) // 2
                return encode_dss_signature(
                    *(int.from_bytes(n) for n in (made[:half], made[half:]))
                )
            if scheme.kind == RSA:
                mechanism = pkcs11.Mechanism[f"{named}_RSA_PKCS"]
                return bytes(self.private.sign(octets, mechanism=mechanism))
            mechanism = pkcs11.Mechanism[f"{named}_RSA_PKCS_PSS"]
            mask = pkcs11.MGF[scheme.mask_digest.upper()]
            given = (pkcs11.Mechanism[named], mask, scheme.salt)
            return bytes(self.private.sign(octets, mechanism=mechanism, mechanism_param=given))

    def decrypt(self, encrypted: bytes, padding: KeyPadding) -> bytes:
        """What was encrypted to this RSA key; ValueError where it was not."""
        import pkcs11

        with _said(of_data=True):
            if padding.kind == V15:
                mechanism = pkcs11.Mechanism.RSA_PKCS
                return bytes(self.private.decrypt(encrypted, mechanism=mechanism))
            digest = padding.digest.upper().replace("SHA1", "SHA_1")
            given = (
                pkcs11.Mechanism[digest],
                pkcs11.MGF[padding.mask_digest.upper()],
                padding.label or None,
            )
            mechanism = pkcs11.Mechanism.RSA_PKCS_OAEP
            return bytes(
                self.private.decrypt(encrypted, mechanism=mechanism, mechanism_param=given)
            )

    def agree(self, peer: bytes) -> bytes:
        """The secret shared with an encoded public key; ValueError where it is no such key."""
        import pkcs11

        size = (read_certificate(self.certificate).bits + 7) // 8
        with _said(of_data=True):
            shared = self.private.derive_key(
                pkcs11.KeyType.GENERIC_SECRET,
                8 * size,
                mechanism=pkcs11.Mechanism.ECDH1_DERIVE,
                mechanism_param=(pkcs11.KDF.NULL, None, peer),
                store=False,
                template={
                    pkcs11.Attribute.SENSITIVE: False,
                    pkcs11.Attribute.EXTRACTABLE: True,
                },
            )
            return bytes(shared[pkcs11.Attribute.VALUE])


@contextmanager
def card_keys(
    library: str, pin: Callable[[], str], *, label: str | None = None
) -> Iterator[list[CardKey]]:
    """The keys of the card that is there, for as long as the `with` lasts.

    Args:
        library: path of the maker's PKCS#11 library.
        pin: asks for the PIN; called once, when a card is there to be given it.
        label: of the card, where several are there.

    Raises:
        NeedsUser: `card.not_installed`, `card.no_library`, `card.absent`, `card.several`,
            `card.wrong_pin`, `card.pin_locked`, `card.failed`.
    """
    try:
        import pkcs11
    except ImportError as error:
        raise NeedsUser("card.not_installed") from error
    with _said("card.no_library"):
        token_library = pkcs11.lib(library)
    with _said():
        there = pkcs11.TokenFlag.TOKEN_INITIALIZED  # an empty slot is no card
        tokens = list(token_library.get_tokens(token_label=label, token_flags=there))
        if len(tokens) != 1:
            raise NeedsUser("card.several" if tokens else "card.absent")
        session = tokens[0].open(user_pin=pin())
    try:
        with _said():
            found = _keys(session)
        yield found
    finally:
        session.close()


def _keys(session: Any) -> list[CardKey]:
    from pkcs11 import Attribute, ObjectClass

    certificates = {}
    for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        certificates[bytes(each[Attribute.ID])] = bytes(each[Attribute.VALUE])
    chain = _chain_of(list(certificates.values()))
    found = []
    for private in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
        der = certificates.get(bytes(private[Attribute.ID]))
        if der is not None:
            found.append(CardKey(der, chain(der), private))
    return found


def _chain_of(ders: list[bytes]) -> Callable[[bytes], tuple[bytes, ...]]:
    from sync.smime.keys import chain

    def of(der: bytes) -> tuple[bytes, ...]:
        try:
            return tuple(chain(der, ders))
        except Permanent:
            return ()

    return of


@contextmanager
def _said(code: str = "card.failed", *, of_data: bool = False) -> Iterator[None]:
    """What a PKCS#11 library says becomes one of our errors; by name, to import none of it."""
    try:
        yield
    except MailError:
        raise
    except (RuntimeError, KeyError) as error:
        name = type(error).__name__
        if of_data and name in SAID_OF_DATA:
            raise ValueError(name) from error
        raise NeedsUser(REFUSALS.get(name, code)) from error
