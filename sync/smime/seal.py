"""Seal octets for several readers: AuthEnvelopedData (RFC 5083) or EnvelopedData (RFC 5652).

The ciphertext comes in pieces as it is made, its length known beforehand, so that a large document
is never in memory twice. The sender is a reader too, or could not read the copy that is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import urandom

from store.errors import Permanent
from sync.smime import oids
from sync.smime.ber import OCTET_STRING, SEQUENCE, Octets, context, der, head, integer, oid, set_of
from sync.smime.capabilities import Choice
from sync.smime.ciphers import BLOCK, NONCE, TAG, encoded_cipher, sealed_size, sealing
from sync.smime.key_wrapping import wrapped
from sync.smime.sign import framed


@dataclass(frozen=True, slots=True)
class Pieces:
    """Octets still to be made, in order, and how many there will be. Good for one use."""

    size: int
    octets: Iterator[Octets]


def seal(
    content: Iterable[Octets], size: int, certificates: Sequence[bytes], choice: Choice
) -> Pieces:
    """Seal `size` octets of `content` for the holders of `certificates`, the sender among them.

    Raises:
        Permanent: `smime.cannot_seal_to`, `smime.bad_certificate`; `smime.no_readers`.
        ValueError: while the pieces come: there were not `size` octets.
    """
    if not certificates:
        raise Permanent("smime.no_readers")
    number, gcm = choice.cipher, choice.authenticated
    key = urandom((oids.AES_GCM if gcm else oids.AES_CBC)[number])
    iv = urandom(NONCE if gcm else BLOCK)
    readers = dict(zip(certificates, choice.oaep, strict=True))
    infos = [wrapped(key, each, oaep=oaep) for each, oaep in readers.items()]
    agreeing = any(info[0] == context(1) for info in infos)
    inside = sealed_size(number, size)
    string = head(context(0, constructed=False), inside)
    prefix = oid(oids.DATA) + encoded_cipher(number, iv) + string
    version = 0 if gcm or not agreeing else 2
    beginning = integer(version) + set_of(infos) + head(SEQUENCE, len(prefix) + inside) + prefix
    after = TAG + 2 if gcm else 0
    kind = oids.AUTH_ENVELOPED if gcm else oids.ENVELOPED
    first = framed(kind, beginning, inside + after)

    def octets() -> Iterator[Octets]:
        yield first
        tag, made = bytearray(), 0
        for piece in sealing(number, key, iv, content, tag):
            made += len(piece)
            yield piece
        if made != inside:
            raise ValueError("size")
        if gcm:
            yield der(OCTET_STRING, tag)

    return Pieces(len(first) + inside + after, octets())
