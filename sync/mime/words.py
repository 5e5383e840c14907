"""From octets to words: charsets (RFC 2045 §5.1), encoded words (RFC 2047), percents (RFC 2231).

Every decoder here is bounded, linear, and takes any octets. The charset is chosen from a list, not
from whatever the sender names: some of Python's codecs take quadratic time, and UTF-7 yields lone
surrogates, which neither SQLite nor UTF-8 can keep.
"""

from __future__ import annotations

import binascii
import re
from encodings.aliases import aliases

from store.model.email import TransferEncoding
from store.model.transfer import decode

ALLOWED = re.compile(
    r"utf_(?:8|16|32)(?:_[bl]e)?|iso8859_\d+|cp125\d|cp(?:437|850|852|858|866|874|932|949)"
    r"|koi8_[ru]|mac_roman|tis_620|gb2312|gbk|gb18030|big5|shift_jis|euc_jp|iso2022_jp|euc_kr"
)
AS_WINDOWS = {"latin_1": "cp1252"}
"""Read as every browser does (WHATWG Encoding §4.2): nobody means C1 controls."""
CODECS = {
    name: AS_WINDOWS.get(codec, codec)
    for alias, codec in aliases.items()
    for name in (alias, codec)
    if ALLOWED.fullmatch(codec) or codec in AS_WINDOWS
}
"""Codec by charset name, lower case, joined by '_'. ASCII is left out: see `decode_octets`."""
ONE_OCTET = frozenset(["cp1252", "iso8859_1", "iso8859_15"])
FRENCH = "àâäçéèêëîïôöùûüœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒÆ«»°²³µ€’‘“”…–—·±§\xa0".encode("cp1252")
"""The octets of a French letter in Windows-1252, beside ASCII."""
ASCII = bytes(range(0x80))
MULTIPLE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
"""A character of UTF-8, beside ASCII."""

ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
LINE_BREAKS = re.compile(r"[\r\n]+[ \t]*")
HEX = re.compile(rb"%([0-9A-Fa-f]{2})")


def decode_octets(octets: bytes, charset: str = "") -> str:
    """Words in the declared charset; else UTF-8 if they are, else Windows-1252. Without NUL.

    Octets declared as ASCII that are not ASCII are treated as undeclared, and so are those that
    can hardly be what they are declared as.
    """
    codec = CODECS.get(charset.strip(" \t'\"").lower().replace("-", "_"), "") if charset else ""
    codec = "" if _is_denied(octets, codec) else codec
    try:
        text = octets.decode(codec or "utf-8", errors="replace" if codec else "strict")
    except UnicodeDecodeError:
        text = octets.decode("cp1252", errors="replace")
    return text.replace("\0", "") if "\0" in text else text


def _is_denied(octets: bytes, codec: str) -> bool:
    """Whether `octets` themselves say that they are in no such charset, or none is declared.

    Gateways and software of laboratories declare one and send another: `rÃ©sultat`, `r�sultat`.
    """
    if codec.startswith(("utf_16", "utf_32")):
        # There, each blank and each line break holds a NUL.
        return b"\0" not in octets and _is_utf_8(octets)
    if not codec or octets.isascii():
        return False
    if codec == "utf_8":
        odd = octets.translate(None, delete=ASCII)
        return not odd.translate(None, delete=FRENCH) and not MULTIPLE.search(octets)
    return codec in ONE_OCTET and _is_utf_8(octets)


def _is_utf_8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def decode_words(text: str) -> str:
    """`text` with its encoded words read (RFC 2047 §6). What cannot be read stays as it is.

    Neighbours in one charset are joined before decoding: many senders cut inside a character.
    """
    if "=?" not in text:
        return text
    read: list[str] = []
    charset, waiting, end = "", bytearray(), 0
    for word in ENCODED_WORD.finditer(text):
        gap, octets = text[end : word.start()], _payload(word[2], word[3])
        named = word[1].partition("*")[0].lower()
        joined = bool(waiting) and not gap.strip()
        if not joined or named != charset:
            read.append(decode_octets(bytes(waiting), charset))
            waiting.clear()
            read.append("" if joined else gap)
        charset, end = named, word.end()
        waiting += octets
    read += [decode_octets(bytes(waiting), charset), text[end:]]
    return "".join(read)


def _payload(kind: str, letters: str) -> bytes:
    octets = letters.encode("utf-8", errors="replace")
    if kind in "qQ":
        return binascii.a2b_qp(octets, header=True)
    return decode(octets, TransferEncoding.BASE64)


def unquote(text: str) -> bytes:
    """Octets written with percent signs (RFC 2231 §4)."""
    return HEX.sub(lambda found: bytes([int(found[1], 16)]), text.encode("utf-8", "replace"))


def unstructured(value: bytes) -> str:
    """The words of a header field (RFC 5322 §2.2.1) on one line."""
    text = decode_words(decode_octets(value))
    return LINE_BREAKS.sub(" ", text).strip()
