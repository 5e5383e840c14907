"""Letters written octet by octet, for what no library would write."""

from __future__ import annotations

from store.model.email import DerivedEmail, Part
from store.model.transfer import decode
from sync.mime.read import derive

HEAD = b"From: Dr Alice <alice@cabinet.example>\r\nTo: bob@labo.example\r\nSubject: essai\r\n"


def letter(*fields: str | bytes, body: str | bytes = b"", line_break: bytes = b"\r\n") -> bytes:
    """A letter of these header fields and this body."""
    lines = [HEAD.rstrip(b"\r\n"), *(f.encode() if isinstance(f, str) else f for f in fields), b""]
    whole = b"\r\n".join(lines) + b"\r\n" + (body.encode() if isinstance(body, str) else body)
    return whole.replace(b"\r\n", line_break)


def part(*fields: str, body: str = "") -> str:
    """A part, without its delimiter."""
    return "".join(f"{field}\r\n" for field in fields) + "\r\n" + body


def multipart(boundary: str, *parts: str) -> str:
    """The body of a multipart, closed."""
    return "".join(f"--{boundary}\r\n{each}\r\n" for each in parts) + f"--{boundary}--\r\n"


def octets_of(raw: bytes, found: Part) -> bytes:
    """What the screen would save for this part."""
    return decode(raw[found.offset : found.offset + found.length], found.transfer_encoding)


def attachment(derived: DerivedEmail) -> Part:
    """The only attachment of a letter."""
    [found] = [each for each in derived.parts if not each.is_body]
    return found


def named(disposition: str) -> DerivedEmail:
    """What is read of a letter whose attachment has this Content-Disposition."""
    return derive(letter("Content-Type: application/pdf", f"Content-Disposition: {disposition}"))
