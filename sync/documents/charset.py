"""The words of an old text file, whose encoding nobody wrote down. Pure, decided by evidence.

Laboratories' programs write CP1252, ISO-8859-1 and -15, MacRoman, the code page of DOS, UTF-8,
UTF-8 that was encoded twice, and UTF-16 (docs/documents.md). What is sure is tried first: a mark at
the beginning, then UTF-8, which no accented text of another encoding is by accident. Between the
encodings of one octet a letter, the one wins whose letters are French where they stand; when two
say different things and neither is the better French, the text says that it is unsure.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from sync.documents.french import LETTERS, SIGNS, score

TWICE = "charset.twice"
MIXED = "charset.mixed"
UNSURE = "charset.unsure"

MOST_EVIDENCE = 4000
"""Accented letters that are weighed: more of them say nothing new, and cost time."""
SINGLE = {"cp1252": 1.0, "iso8859_15": 0.9, "mac_roman": 0.5, "cp850": 0.0}
"""One octet a letter, and how usual each is: less than any letter weighs. ISO-8859-1 is CP1252
without its 27 signs."""
MARKS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)
HIGH = re.compile(rb"[\x80-\xff]")
MISLAID = re.compile("[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{1,3}")
"""A letter of UTF-8 that was read as CP1252 or ISO-8859-1, then encoded again."""
WORTH_MENDING = frozenset(LETTERS) | frozenset(SIGNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A text, and how it was read."""

    text: str
    charset: str
    """Python's name of the encoding."""
    warnings: tuple[str, ...] = ()


def decode(octets: bytes) -> Decoded:
    """The text of any octets; nothing is dropped, what cannot be read becomes U+FFFD."""
    for mark, charset in MARKS:
        if octets.startswith(mark):
            octets = octets[len(mark) :]
            if charset != "utf_8":
                return Decoded(text=octets.decode(charset, "replace"), charset=charset)
    if charset := _unmarked_utf16(octets):
        return Decoded(text=octets.decode(charset, "replace"), charset=charset)
    if octets.isascii():
        return Decoded(text=octets.decode("ascii"), charset="ascii")
    try:
        return _mended(octets.decode("utf_8"))
    except UnicodeDecodeError:
        pass
    if _mostly_utf8(octets):
        return _joined(octets.decode("utf_8", "surrogateescape"))
    charset, sure = best_single(octets)
    return Decoded(
        text=octets.decode(charset, "replace"), charset=charset, warnings=() if sure else (UNSURE,)
    )


def decode_as(octets: bytes, charset: str) -> str | None:
    """The text in a declared encoding; None when the octets are certainly not in it."""
    try:
        text = octets.decode(charset)
    except UnicodeDecodeError:
        return None
    return None if re.search("[\u0080-\u009f]", text) else text


def _unmarked_utf16(octets: bytes) -> str:
    """French in UTF-16 is NUL at every second place, and only there."""
    sample = octets[:8192]
    half = len(sample) // 2
    if half < 8:
        return ""
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    if high > 0.8 * half and low < 0.1 * half:
        return "utf_16_le"
    return "utf_16_be" if low > 0.8 * half and high < 0.1 * half else ""


def best_single(octets: bytes) -> tuple[str, bool]:
    """Which encoding of one octet a letter, and whether the evidence is enough to be sure."""
    sample = evidence(octets)
    texts = {charset: sample.decode(charset, "replace") for charset in SINGLE}
    scores = {charset: score(text) + SINGLE[charset] for charset, text in texts.items()}
    best = max(scores, key=lambda charset: scores[charset])
    rivals = [scores[other] for other in SINGLE if texts[other] != texts[best]]
    sure = scores[best] > 1 and all(scores[best] - rival >= 1.0 for rival in rivals)
    return best, sure


def evidence(octets: bytes) -> bytes:
    """The neighbourhoods of the first accented letters of a file."""
    pieces = []
    for count, found in enumerate(HIGH.finditer(octets)):
        if count == MOST_EVIDENCE:
            break
        # A whole neighbourhood each: a letter that another one touches is weighed within its word.
        pieces.append(octets[max(found.start() - 2, 0) : found.start() + 3])
    return b"\n".join(pieces)


def _mostly_utf8(octets: bytes) -> bool:
    """Whether letters of UTF-8 are the rule and other octets the exception: two files joined."""
    sample = octets[: 1 << 20].decode("utf_8", "surrogateescape")
    bad = len(re.findall("[\udc80-\udcff]", sample))
    good = sum(1 for _ in re.finditer("[^\x00-\x7f\udc80-\udcff]", sample))
    return good >= bad


def _joined(text: str) -> Decoded:
    """UTF-8, and octets of another encoding in it: those are judged by themselves."""
    others = re.sub("[^\x00-\x7f\udc80-\udcff]", "e", text).encode("utf_8", "surrogateescape")
    charset, sure = best_single(others)

    def one(found: re.Match[str]) -> str:
        return bytes([ord(found[0]) - 0xDC00]).decode(charset, "replace")

    return Decoded(
        text=re.sub("[\udc80-\udcff]", one, text),
        charset="utf_8",
        warnings=(MIXED,) if sure else (MIXED, UNSURE),
    )


def _mended(text: str) -> Decoded:
    """Letters that were encoded twice are given back; French has no other use for 'Ã©'."""
    mended = MISLAID.sub(_once, text)
    if mended == text:
        return Decoded(text=text, charset="utf_8")
    return Decoded(text=MISLAID.sub(_once, mended), charset="utf_8", warnings=(TWICE,))


def _once(found: re.Match[str]) -> str:
    return _letters(found[0])


@lru_cache(maxsize=1024)
def _letters(run: str) -> str:
    octets = b"".join(_octet(letter) for letter in run)
    try:
        letters = octets.decode("utf_8")
    except UnicodeDecodeError:
        # What follows a letter may be a sign of its own: 'Ã©’' is é and an apostrophe.
        return _shorter(run)
    return letters if set(letters) <= WORTH_MENDING else run


def _shorter(run: str) -> str:
    for length in (3, 2):
        octets = b"".join(_octet(letter) for letter in run[:length])
        try:
            letter = octets.decode("utf_8")
        except UnicodeDecodeError:
            continue
        if letter in WORTH_MENDING:
            return letter + run[length:]
    return run


def _octet(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin_1")
