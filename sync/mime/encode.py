"""From words to octets that any gateway carries: the inverse of words.py and of `decode`."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote_from_bytes

WORD_WIDTH = 64
"""Of 75 (RFC 2047 §2), so that the first one fits beside the name of its field."""
LINE_WIDTH = 76
"""RFC 2045 §6.7 (5), §6.8."""
SECTION_WIDTH = 50
Q_SAFE = re.compile(r"[A-Za-z0-9!*+/-]")
FRAME = "=?utf-8?{}?{}?="
ROOM = WORD_WIDTH - len(FRAME.format("q", ""))

QP_UNSAFE = re.compile(rb"[^\t -<>-~]|[\t ]\Z")
TEMPTING = (b".", b"From ")
"""At the start of a line, gateways and mailboxes have changed these (RFC 2049 §3)."""


def encoded_words(text: str) -> list[str]:
    """`text` as encoded words (RFC 2047), each decodable alone, in the shorter of both codings."""
    letters = [_q(character) for character in text]
    if sum(map(len, letters)) <= len(text.encode()) * 4 / 3:
        return [FRAME.format("q", run) for run in _runs(letters, ROOM)]
    runs = _runs(text, ROOM // 4 * 3)
    return [FRAME.format("b", base64.b64encode(run.encode()).decode()) for run in runs]


def _q(character: str) -> str:
    if character == " ":
        return "_"
    if Q_SAFE.fullmatch(character):
        return character
    return "".join(f"={octet:02X}" for octet in character.encode())


def _runs(pieces: Iterable[str], most: int) -> Iterator[str]:
    """Pieces joined into runs of at most `most` octets of UTF-8."""
    run, size = "", 0
    for piece in pieces:
        more = len(piece.encode())
        if size + more > most:
            yield run
            run, size = "", 0
        run, size = run + piece, size + more
    yield run


def encoded_parameter(name: str, value: str) -> list[str]:
    """A parameter as RFC 2231 writes it, in sections where it is long."""
    letters = [quote_from_bytes(character.encode(), safe="") for character in value]
    runs = list(_runs(letters, SECTION_WIDTH))
    if len(runs) == 1:
        return [f"{name}*=utf-8''{runs[0]}"]
    runs[0] = f"utf-8''{runs[0]}"
    return [f"{name}*{n}*={run}" for n, run in enumerate(runs)]


def base64_lines(octets: bytes) -> bytes:
    """Lines of base64, each ended by CRLF."""
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def quoted_printable(text: str) -> bytes:
    """Lines of quoted-printable, each ended by CRLF; `text` has '\\n' between lines."""
    return b"".join(
        piece + b"\r\n" for line in text.encode().split(b"\n") for piece in _qp_pieces(line)
    )


def _qp_pieces(line: bytes) -> Iterator[bytes]:
    """One line cut by soft breaks, never within an encoded octet."""
    encoded = QP_UNSAFE.sub(lambda found: b"=%02X" % found[0][0], line)
    at, lead = 0, b""
    while True:
        if encoded.startswith(TEMPTING, at):
            lead, at = b"=%02X" % encoded[at], at + 1
        room = LINE_WIDTH - len(lead)
        if len(encoded) - at <= room:
            yield lead + encoded[at:]
            return
        end = at + room - 1
        end -= 1 if encoded[end - 1] == ord("=") else 2 if encoded[end - 2] == ord("=") else 0
        yield lead + encoded[at:end] + b"="
        at, lead = end, b""
