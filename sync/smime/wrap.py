"""A letter signed, sealed, or both, as MIME (RFC 8551 §3): its header goes inside (RFC 9788).

All is made in pieces: the document in a letter is never copied, whatever is put around it. Signed
first and sealed after, so that nobody learns from outside who signed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from store.errors import Permanent
from sync.mime.protected import protect
from sync.smime.ber import Octets
from sync.smime.capabilities import Choice, Policy, choose
from sync.smime.certificates import read_certificate
from sync.smime.seal import seal
from sync.smime.sign import sign
from sync.smime.signatures import Signer, chosen_scheme

LINE = 57
"""Octets on a line of 76 letters of base64."""
LINES = 4 * 1024
MICALG = {"sha256": "sha-256", "sha384": "sha-384", "sha512": "sha-512"}
"""RFC 8551 §3.5.3.2."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody a letter is sealed to."""

    certificate: bytes
    """DER."""
    capabilities: tuple[str, ...] | None = None
    """OIDs of what they say they can read; None where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Who signs, and how."""

    signers: tuple[Signer, ...]
    at: int
    """Unix seconds."""
    boundary: str
    """Letters and digits, found nowhere else in the letter."""
    digest: str = ""
    pss: bool = False
    opaque: bool = False
    """The content within the signature: no gateway can break it, only S/MIME can read it."""
    sealed_to: bytes | None = None
    """The certificate to write to us with, where it is not the signer's."""


def secured(
    letter: bytes,
    *,
    signing: Signing | None = None,
    readers: Sequence[Reader] = (),
    own: bytes | None = None,
    policy: Policy | None = None,
) -> Iterator[Octets]:
    """A letter signed by `signing`, then sealed to `readers`; octets in pieces.

    What can fail has failed before the first piece: nothing is written of a letter that cannot be.

    Args:
        letter: as sync/mime/build.py makes it: ASCII, lines ended by CRLF.
        own: the sender's own certificate, DER: the copy that is kept must be readable.
        policy: where a reader says nothing, or asks for less.

    Raises:
        Permanent: `smime.nothing_to_do`; `smime.key_cannot_sign`, `smime.cannot_seal_to`,
            `smime.bad_certificate`.
        MailError: what a signer raises: a card that is not there.
    """
    if signing is None and not readers:
        raise Permanent("smime.nothing_to_do")
    protected = protect(letter, sealed=bool(readers))
    entity: list[Octets] = [protected.head, protected.body]
    if signing is not None:
        entity = list(_signed(entity, signing))
    first = protected.outer + b"MIME-Version: 1.0\r\n"
    return chain([first], _sealed(entity, readers, own, policy) if readers else entity)


def _sealed(
    entity: list[Octets], readers: Sequence[Reader], own: bytes | None, policy: Policy | None
) -> Iterator[Octets]:
    everyone = [*readers, *([Reader(own, None)] if own is not None else [])]
    # The sender's own copy is read by this program, which reads whatever was chosen for the others.
    choice = choose([each.capabilities for each in readers], policy)
    oaep = (*choice.oaep, *(True for _ in everyone[len(readers) :]))
    sealed = seal(
        entity,
        sum(map(len, entity)),
        [each.certificate for each in everyone],
        Choice(cipher=choice.cipher, oaep=oaep),
    )
    kind = "authEnveloped-data" if choice.authenticated else "enveloped-data"
    head = _head("application/pkcs7-mime", "smime.p7m", f"; smime-type={kind}")
    return chain([head], base64_pieces(sealed.octets))


def _signed(entity: list[Octets], signing: Signing) -> Iterator[Octets]:
    made = sign(
        entity,
        signing.signers,
        signing_time=signing.at,
        detached=not signing.opaque,
        digest=signing.digest,
        pss=signing.pss,
        sealed_to=signing.sealed_to,
    )
    if signing.opaque:
        yield _head("application/pkcs7-mime", "smime.p7m", "; smime-type=signed-data")
        yield from base64_pieces(made)
        return
    delimiter = f"=_{signing.boundary}"
    signature = list(made)
    yield (
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n'
        f' micalg={_micalg(signing)}; boundary="{delimiter}"\r\n\r\n'
        f"--{delimiter}\r\n"
    ).encode()
    yield from entity
    yield f"\r\n--{delimiter}\r\n".encode()
    yield _head("application/pkcs7-signature", "smime.p7s")
    yield from base64_pieces(signature)
    yield f"\r\n--{delimiter}--\r\n".encode()


def _micalg(signing: Signing) -> str:
    schemes = [
        chosen_scheme(read_certificate(each.certificate), digest=signing.digest, pss=signing.pss)
        for each in signing.signers
    ]
    return ",".join(dict.fromkeys(MICALG[each.digest] for each in schemes))


def _head(media_type: str, name: str, more: str = "") -> bytes:
    return (
        f'Content-Type: {media_type}{more};\r\n name="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    ).encode()


def base64_pieces(octets: Iterable[Octets]) -> Iterator[bytes]:
    """Lines of base64, each ended by CRLF, of octets that come in pieces."""
    waiting = bytearray()
    for piece in octets:
        view = memoryview(piece)
        for at in range(0, len(view), LINE * LINES):
            waiting += view[at : at + LINE * LINES]
            whole = len(waiting) - len(waiting) % LINE
            if whole >= LINE * LINES:
                yield _lines(waiting[:whole])
                del waiting[:whole]
    if waiting:
        yield _lines(waiting)


def _lines(octets: bytearray) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")
