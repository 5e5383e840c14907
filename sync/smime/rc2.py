"""RC2 (RFC 2268), to read what old Windows programs sealed; Pli never writes it.

Our own, because `cryptography` has it for keys of 128 bits only and these letters used 40.
"""

from __future__ import annotations

from store.errors import Permanent

MOST_OCTETS = 8 * 1024 * 1024
"""About ten seconds in this language; a letter of those years is far smaller."""
BITS = {160: 40, 120: 64, 58: 128}
"""RC2ParameterVersion below 256 -> effective bits (RFC 2268 §6)."""
PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
MIXES = (5, 6, 5)
"""Rounds of mixing, a mash between each run (RFC 2268 §4)."""


def effective_bits(version: int) -> int:
    """What an RC2ParameterVersion means.

    Raises:
        ValueError: nothing.
    """
    bits = BITS.get(version, version)
    if version not in BITS and not 256 <= version <= 1024:
        raise ValueError("version")
    return bits


def expanded(key: bytes, bits: int) -> list[int]:
    """The 64 words of the key (RFC 2268 §2)."""
    octets, length = bytearray(128), (bits + 7) // 8
    octets[: len(key)] = key
    for i in range(len(key), 128):
        octets[i] = PI[(octets[i - 1] + octets[i - len(key)]) % 256]
    octets[128 - length] = PI[octets[128 - length] & 255 >> (8 * length - bits)]
    for i in range(127 - length, -1, -1):
        octets[i] = PI[octets[i + 1] ^ octets[i + length]]
    return [octets[2 * i] | octets[2 * i + 1] << 8 for i in range(64)]


def decrypt(sealed: bytes, key: bytes, bits: int, iv: bytes) -> bytes:
    """RC2 in CBC, its padding still on.

    Raises:
        Permanent: `smime.too_large`.
        ValueError: a key, an IV or a length that RC2 does not have.
    """
    if len(sealed) > MOST_OCTETS:
        raise Permanent("smime.too_large")
    if not 1 <= len(key) <= 128 or len(iv) != 8 or not sealed or len(sealed) % 8:
        raise ValueError("key")
    words, previous, opened = expanded(key, bits), int.from_bytes(iv, "big"), bytearray()
    for at in range(0, len(sealed), 8):
        block = sealed[at : at + 8]
        clear = int.from_bytes(_block(words, block), "big") ^ previous
        opened += clear.to_bytes(8, "big")
        previous = int.from_bytes(block, "big")
    return bytes(opened)


def _block(words: list[int], block: bytes) -> bytes:
    """One block decrypted (RFC 2268 §4)."""
    r = [block[2 * i] | block[2 * i + 1] << 8 for i in range(4)]
    j = 63
    for run, rounds in enumerate(MIXES):
        for _ in range(rounds):
            for i in (3, 2, 1, 0):
                s = (1, 2, 3, 5)[i]
                turned = (r[i] >> s | r[i] << (16 - s)) & 0xFFFF
                mixed = words[j] + (r[i - 1] & r[i - 2]) + (~r[i - 1] & r[i - 3])
                r[i] = (turned - mixed) & 0xFFFF
                j -= 1
        if run < 2:
            for i in (3, 2, 1, 0):
                r[i] = (r[i] - words[r[i - 1] & 63]) & 0xFFFF
    return b"".join(word.to_bytes(2, "little") for word in r)
