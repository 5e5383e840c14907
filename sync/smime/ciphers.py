"""Ciphers of the content: which one is meant, sealing and opening in pieces.

Opening never gives anything out before it is known to be whole: GCM is checked to its tag first,
and everything that can go wrong with CBC is one and the same error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as Machine
from cryptography.hazmat.primitives.ciphers import CipherContext, algorithms, modes

from store.errors import Permanent
from sync.smime import oids, rc2
from sync.smime.ber import Octets, integer, octet_string, oid, sequence
from sync.smime.evidence import Weakness
from sync.smime.structures import Algorithm, GcmParameters, Rc2Parameters, parameters, reading

PIECE = 1024 * 1024
TAG, SHORTEST_TAG, NONCE, BLOCK = 16, 12, 12, 16
NAMES = {number: f"aes{8 * size}_cbc" for number, size in oids.AES_CBC.items()}
NAMES |= {number: f"aes{8 * size}_gcm" for number, size in oids.AES_GCM.items()}
NAMES |= {oids.TRIPLE_DES_CBC: "triple_des_cbc", oids.RC2_CBC: "rc2_cbc"}


class DoesNotOpen(Exception):
    """A wrong key, or a content that was changed. Which of the two is nobody's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentCipher:
    """The cipher of a content and all its parameters."""

    number: str
    iv: bytes
    key_sizes: range
    tag_size: int = 0
    """GCM only."""
    bits: int = 0
    """RC2: effective ones."""

    @property
    def name(self) -> str:
        """'aes256_gcm'."""
        return NAMES[self.number]

    @property
    def authenticated(self) -> bool:
        """Whether a change would be seen."""
        return self.number in oids.AES_GCM

    @property
    def weaknesses(self) -> list[Weakness]:
        """What it protects little against."""
        found = [] if self.authenticated else [Weakness.NOT_AUTHENTICATED]
        if self.number == oids.TRIPLE_DES_CBC:
            found.append(Weakness.TRIPLE_DES)
        if self.number == oids.RC2_CBC:
            found.append(Weakness.RC2)
        if self.authenticated and self.tag_size < TAG:
            found.append(Weakness.SHORT_TAG)
        return found


def read_cipher(octets: bytes, *, authenticated: bool) -> ContentCipher:
    """The cipher a contentEncryptionAlgorithm names, in EnvelopedData or AuthEnvelopedData.

    Raises:
        Permanent: `smime.unknown_cipher`, `smime.malformed`.
    """
    with reading():
        algorithm = Algorithm.load(octets, strict=True)
        number, given = algorithm["algorithm"].dotted, parameters(algorithm)
        if authenticated and number in oids.AES_GCM:
            return _gcm(number, given)
        if not authenticated and number in oids.AES_CBC:
            size = oids.AES_CBC[number]
            return ContentCipher(number=number, iv=_iv(given, BLOCK), key_sizes=_just(size))
        if not authenticated and number == oids.TRIPLE_DES_CBC:
            return ContentCipher(number=number, iv=_iv(given, 8), key_sizes=_just(24))
        if not authenticated and number == oids.RC2_CBC:
            read = Rc2Parameters.load(given, strict=True)
            bits = rc2.effective_bits(int(read["version"].native))
            iv = bytes(read["iv"].native)
            return ContentCipher(number=number, iv=iv, key_sizes=range(5, 129), bits=bits)
    raise Permanent("smime.unknown_cipher")


def _just(size: int) -> range:
    return range(size, size + 1)


def _iv(given: bytes, size: int) -> bytes:
    if len(given) != size + 2 or given[:2] != bytes((0x04, size)):
        raise ValueError("iv")
    return given[2:]


def _gcm(number: str, given: bytes) -> ContentCipher:
    read = GcmParameters.load(given, strict=True)
    nonce, tag = bytes(read["nonce"].native), int(read["tag_length"].native)
    if not 8 <= len(nonce) <= 128 or not SHORTEST_TAG <= tag <= TAG:
        raise ValueError("gcm")
    size = oids.AES_GCM[number]
    return ContentCipher(number=number, iv=nonce, key_sizes=_just(size), tag_size=tag)


def encoded_cipher(number: str, iv: bytes) -> bytes:
    """The contentEncryptionAlgorithm of a cipher we seal with, DER."""
    if number in oids.AES_GCM:
        return sequence(oid(number), sequence(octet_string(iv), integer(TAG)))
    return sequence(oid(number), octet_string(iv))


def sealed_size(number: str, size: int) -> int:
    """Octets of ciphertext, its tag not counted."""
    return size if number in oids.AES_GCM else size + BLOCK - size % BLOCK


def sealing(
    number: str, key: bytes, iv: bytes, content: Iterable[Octets], tag: bytearray
) -> Iterator[bytes]:
    """The ciphertext of `content` in pieces; of GCM, the tag is in `tag` once all has come."""
    mode = modes.GCM(iv) if number in oids.AES_GCM else modes.CBC(iv)
    machine = Machine(algorithms.AES(key), mode).encryptor()
    size = 0
    for piece in small(content):
        size += len(piece)
        yield machine.update(piece)
    if number in oids.AES_CBC:
        padding = BLOCK - size % BLOCK
        yield machine.update(bytes((padding,)) * padding)
    yield machine.finalize()
    if number in oids.AES_GCM:
        tag[:] = machine.tag  # type: ignore[attr-defined]


def small(content: Iterable[Octets]) -> Iterator[memoryview]:
    """The same octets in pieces of a bounded size, not copied."""
    for octets in content:
        view = memoryview(octets)
        for at in range(0, len(view), PIECE):
            yield view[at : at + PIECE]


def opened(
    cipher: ContentCipher, key: bytes, pieces: Sequence[Octets], *, tag: bytes, said: bytes
) -> bytes:
    """The content. `tag` and `said`, what is authenticated beside it, are for GCM.

    Raises:
        DoesNotOpen.  Permanent: `smime.too_large`, RC2 only.
    """
    try:
        if len(key) not in cipher.key_sizes:
            raise DoesNotOpen
        if cipher.authenticated:
            return _opened_gcm(cipher, key, pieces, tag, said)
        if cipher.number == oids.RC2_CBC:
            clear = rc2.decrypt(b"".join(pieces), key, cipher.bits, cipher.iv)
            return _unpadded(BytesIO(clear), 8)
        aes = cipher.number in oids.AES_CBC
        algorithm = algorithms.AES(key) if aes else TripleDES(key)
        machine = Machine(algorithm, modes.CBC(cipher.iv)).decryptor()
        return _unpadded(_run(machine, pieces), BLOCK if aes else 8)
    except (ValueError, InvalidTag, UnsupportedAlgorithm) as error:
        raise DoesNotOpen from error


def _opened_gcm(
    cipher: ContentCipher, key: bytes, pieces: Sequence[Octets], tag: bytes, said: bytes
) -> bytes:
    if len(tag) != cipher.tag_size:
        raise DoesNotOpen
    mode = modes.GCM(cipher.iv, tag, min_tag_length=SHORTEST_TAG)
    machine = Machine(algorithms.AES(key), mode).decryptor()
    machine.authenticate_additional_data(said)
    return _run(machine, pieces).getvalue()


def _run(machine: CipherContext, pieces: Sequence[Octets]) -> BytesIO:
    """All of it. A BytesIO gives its own octets away without copying them."""
    clear: Any = BytesIO()
    for piece in small(pieces):
        clear.write(machine.update(piece))
    clear.write(machine.finalize())
    found: BytesIO = clear
    return found


def _unpadded(clear: BytesIO, block: int) -> bytes:
    with clear.getbuffer() as octets:
        size, last = len(octets), bytes(octets[-block:])
    padding = last[-1] if last else 0
    if not 1 <= padding <= block or last[-padding:] != bytes((padding,)) * padding:
        raise DoesNotOpen
    clear.truncate(size - padding)
    return clear.getvalue()
