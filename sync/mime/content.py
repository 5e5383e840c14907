"""What the Content fields of one entity say of it (RFC 2045, RFC 2183)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.model.email import TransferEncoding
from sync.mime.header import Header
from sync.mime.params import COMMENT_AT_END, Parameters, differ, read_parameters
from sync.mime.words import decode_octets

MEDIA_TYPE = re.compile(r"[!#$&^_.+%'*`|~0-9a-z-]+/[!#$&^_.+%'*`|~0-9a-z-]+")
TEXT, MESSAGE = "text/plain", "message/rfc822"
IDENTITY = ("", "7bit", "8bit", "binary", "7-bit", "8-bit")
UNSHOWABLE = re.compile(r"[\r\n\t ]+")
MOST_NAME = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The facts of one entity. `name` is words from outside."""

    media_type: str = TEXT
    charset: str = ""
    boundary: bytes = b""
    """Without its leading dashes; b'' when this is no multipart, or has none."""
    name: str = ""
    disposition: str = ""
    content_id: str = ""
    encoding: TransferEncoding = TransferEncoding.IDENTITY
    is_flowed: bool = False
    deletes_space: bool = False
    """How its lines were broken (RFC 3676 §4)."""
    odd: bool = False

    @property
    def is_multipart(self) -> bool:
        """Whether it is made of parts, and says where they begin."""
        return bool(self.boundary)


def read_content(header: Header, default: str = TEXT) -> Content:
    """The Content of an entity; `default` is its media type when it names none."""
    declared = decode_octets(header.get(b"content-type"))
    media_type, known = _media_type(declared, default)
    of_type = read_parameters(declared)
    disposed = decode_octets(header.get(b"content-disposition"))
    of_disposition = read_parameters(disposed)
    encoding, understood = _encoding(decode_octets(header.get(b"content-transfer-encoding")))
    boundary = _boundary(of_type) if media_type.startswith("multipart/") else b""
    name, hidden = _name(of_type, of_disposition)
    lost = media_type.startswith("multipart/") and not boundary
    return Content(
        media_type=TEXT if lost else media_type,
        charset=of_type.get("charset")[:60],
        boundary=boundary,
        name=name,
        disposition=_disposition(disposed),
        content_id=decode_octets(header.get(b"content-id")).strip("<> \t")[:MOST_NAME],
        encoding=encoding,
        is_flowed=of_type.get("format").lower() == "flowed",
        deletes_space=of_type.get("delsp").lower() == "yes",
        odd=not known or not understood or of_type.odd or of_disposition.odd or hidden or lost,
    )


def _media_type(declared: str, default: str) -> tuple[str, bool]:
    """The media type, and whether the declaration is one (RFC 2045 §5.2: text when it is not)."""
    written = COMMENT_AT_END.sub("", declared.partition(";")[0].strip().lower())
    if not written:
        return default, not declared
    return (written, True) if MEDIA_TYPE.fullmatch(written) else (TEXT, False)


def _encoding(declared: str) -> tuple[TransferEncoding, bool]:
    written = COMMENT_AT_END.sub("", declared.strip().lower())
    for encoding in (TransferEncoding.BASE64, TransferEncoding.QUOTED_PRINTABLE):
        if written == encoding.value:
            return encoding, True
    return TransferEncoding.IDENTITY, written in IDENTITY


def _disposition(declared: str) -> str:
    """'inline' or 'attachment'; '' when absent. Anything unknown is one (RFC 2183 §2.8)."""
    kind = declared.partition(";")[0].strip().lower()
    return kind if kind in ("", "inline") else "attachment"


def _boundary(of_type: Parameters) -> bytes:
    return of_type.get("boundary").rstrip(" \t").encode("utf-8")


def _name(of_type: Parameters, of_disposition: Parameters) -> tuple[str, bool]:
    """The file name, and whether a second one would make it another kind of file."""
    names = [of_disposition.get("filename"), of_type.get("name")]
    # Some senders write one field's parameter into the other.
    names += [of_disposition.get("name"), of_type.get("filename")]
    given = [name for name in names if name]
    if not given:
        return "", False
    name = UNSHOWABLE.sub(" ", given[0]).strip()[:MOST_NAME]
    return name, any(differ(given[0], other) for other in given[1:])
