"""A draft as octets (RFC 5322, RFC 2045-2047, RFC 2231), the same ones each time.

Pure ASCII in short lines, so that any gateway carries it unchanged: text in quoted-printable,
documents in base64, names in encoded words. What would end a line where we did not is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from store.compose import is_address
from store.errors import Permanent
from store.model.draft import WISHES_FIELD, Attachment, Draft, FieldValue
from store.model.email import EmailAddress
from sync.mime.encode import base64_lines, encoded_parameter, encoded_words, quoted_printable

LINE_WIDTH = 76
PLAIN = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
NEEDS_BACKSLASH = re.compile(r'(["\\])')
MOST_PLAIN_NAME = 60
"""Characters of a person's or a file's name that is not cut into encoded pieces."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MESSAGE_ID = re.compile(r"[!-;=?-~]{1,250}")
BOUNDARY = re.compile(r"[A-Za-z0-9]{1,60}")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,120}")
OPAQUE = "application/octet-stream"
NO_FILE_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/\\"]')
MOST_FILE_NAME = 200
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,40}")
OURS = frozenset(
    {
        *("bcc", "cc", "content-disposition", "content-transfer-encoding", "content-type", "date"),
        *("from", "in-reply-to", "message-id", "mime-version", "references", "sender", "subject"),
        *("supersedes", "to", WISHES_FIELD.lower()),
    }
)
"""Fields that are written from the draft, or by nobody."""
VISIBLE = re.compile(r"[!-~]{1,900}(?: [!-~]{1,900})*")


def build(
    draft: Draft,
    *,
    message_id: str,
    date_at: int,
    boundary: str,
    attachments: Sequence[bytes],
    fields: Sequence[tuple[str, FieldValue]] = (),
) -> bytes:
    """The letter a draft stands for. Bcc recipients are not named in it.

    Args:
        message_id: without brackets.
        date_at: Unix seconds UTC.
        boundary: letters and digits, found nowhere else.
        attachments: the octets of `draft.attachments`, in order.
        fields: what is said beside `draft.fields`.

    Raises:
        Permanent: `send.bad_address`, an address that cannot be written to; `send.bad_header`, a
            line break or another control character in the `field` named.
    """
    said = (*draft.fields, *fields)
    head = [*_head(draft, message_id, date_at), *(_other(name, value) for name, value in said)]
    return _letter(draft, b"".join(head), boundary, attachments)


def build_draft(
    draft: Draft,
    *,
    message_id: str,
    date_at: int,
    boundary: str,
    attachments: Sequence[bytes],
    supersedes: Sequence[str] = (),
    wishes: Sequence[str] = (),
) -> bytes:
    """A draft as it is kept among the drafts of a server, with what is written only for us.

    Args:
        supersedes: Message-IDs of the versions before it, oldest first, without brackets.
        wishes: how it is to leave, in pieces of ASCII (store/db/carried_wishes.py). The boundary
            opens them, so there is one, be there one part only.

    Raises:
        Permanent: as `build`.
    """
    head = [*_head(draft, message_id, date_at)]
    if draft.bcc:
        head.append(_field("Bcc", _people("Bcc", draft.bcc)))
    if supersedes:
        head.append(_field("Supersedes", _message_ids("Supersedes", supersedes)))
    if wishes:
        head.append(field_octets(WISHES_FIELD, wishes))
    return _letter(draft, b"".join(head), boundary, attachments, in_parts=bool(wishes))


def _letter(
    draft: Draft,
    head: bytes,
    boundary: str,
    attachments: Sequence[bytes],
    *,
    in_parts: bool = False,
) -> bytes:
    if not BOUNDARY.fullmatch(boundary):
        raise Permanent("send.bad_header", field="Content-Type")
    head += _field("MIME-Version", ["1.0"])
    text = text_part(draft.body)
    if not (draft.attachments or in_parts):
        return head + text
    # Neither quoted-printable nor base64 can hold '=_' (RFC 2045 §6.7).
    delimiter = f"=_{boundary}"
    lines = [f'multipart/mixed; boundary="{delimiter}"']
    files = zip(draft.attachments, attachments, strict=True)
    parts = [text, *(file_part(attachment, octets) for attachment, octets in files)]
    marked = b"".join(f"--{delimiter}\r\n".encode() + part for part in parts)
    return head + _field("Content-Type", lines) + b"\r\n" + marked + f"--{delimiter}--\r\n".encode()


def _head(draft: Draft, message_id: str, date_at: int) -> Iterator[bytes]:
    date = format_datetime(datetime.fromtimestamp(date_at, UTC))
    yield _field("Date", date.split(" "))
    yield _field("From", _people("From", [draft.sender]))
    for name, people in (("To", draft.to), ("Cc", draft.cc)):
        if people:
            yield _field(name, _people(name, people))
    yield words_field("Subject", draft.subject)
    yield _field("Message-ID", _message_ids("Message-ID", [message_id]))
    if draft.in_reply_to:
        yield _field("In-Reply-To", _message_ids("In-Reply-To", [draft.in_reply_to]))
    if draft.references:
        yield _field("References", _message_ids("References", draft.references))


def _field(name: str, pieces: Iterable[str]) -> bytes:
    """A header field, folded before the piece that would make a line too long."""
    line, lines = f"{name}:", []
    for piece in pieces:
        if len(line) + 1 + len(piece) > LINE_WIDTH and line.strip() != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {piece}"
    return "".join(f"{each}\r\n" for each in [*lines, line]).encode("ascii")


def _other(name: str, value: FieldValue) -> bytes:
    """A field that not every letter has. Machines read most of them: ASCII stays as it is."""
    if not FIELD_NAME.fullmatch(name) or name.lower() in OURS or not value:
        raise Permanent("send.bad_header", field=name[:40])
    if not isinstance(value, str):
        return _field(name, _people(name, value))
    plain = VISIBLE.fullmatch(value) and "=?" not in value
    return _field(name, value.split(" ") if plain else _words(name, value))


def field_octets(name: str, pieces: Iterable[str]) -> bytes:
    """A field of `pieces` in ASCII, for the letters that are not drafts (a receipt).

    Raises:
        Permanent: `send.bad_header`, a piece is not visible ASCII.
    """
    pieces = list(pieces)
    if not all(VISIBLE.fullmatch(piece) for piece in pieces):
        raise Permanent("send.bad_header", field=name)
    return _field(name, pieces)


def words_field(name: str, text: str) -> bytes:
    """Likewise, of words in any language."""
    return _field(name, _words(name, text.replace("\t", " ")))


def people_field(name: str, people: Iterable[EmailAddress], *, prefix: str = "") -> bytes:
    """Likewise, of addresses; `prefix` says of what kind (`rfc822;`, RFC 3464 §2.1.2)."""
    pieces = _people(name, people)
    return _field(name, [prefix + pieces[0].strip("<>"), *pieces[1:]] if prefix else pieces)


def _words(field: str, text: str) -> list[str]:
    """Unstructured text as pieces that are one blank apart."""
    text = _writable(field, text)
    if not text:
        return []
    return text.split(" ") if PLAIN.fullmatch(text) and "=?" not in text else encoded_words(text)


def _people(field: str, people: Iterable[EmailAddress]) -> list[str]:
    pieces: list[str] = []
    for person in people:
        if not is_address(person.email):
            raise Permanent("send.bad_address", address=CONTROL.sub("", person.email)[:80])
        name = _phrase(_writable(field, person.name))
        pieces += [*name, f"<{person.email}>," if name else f"{person.email},"]
    pieces[-1] = pieces[-1].removesuffix(",")
    return pieces


def _phrase(name: str) -> list[str]:
    """A display name (RFC 5322 §3.2.5)."""
    if not name:
        return []
    short = len(name) <= MOST_PLAIN_NAME and "=?" not in name
    if short and ATOMS.fullmatch(name):
        return name.split(" ")
    if short and PLAIN.fullmatch(name):
        return ['"' + NEEDS_BACKSLASH.sub(r"\\\1", name) + '"']
    return encoded_words(name)


def _message_ids(field: str, names: Iterable[str]) -> list[str]:
    pieces = [f"<{name}>" for name in names if MESSAGE_ID.fullmatch(name)]
    if len(pieces) != len(list(names)):
        raise Permanent("send.bad_header", field=field)
    return pieces


def _writable(field: str, text: str) -> str:
    """`text`, encodable.

    Raises:
        Permanent: `send.bad_header`, it holds a line break or another control character.
    """
    if CONTROL.search(text):
        raise Permanent("send.bad_header", field=field)
    return text.encode("utf-8", "replace").decode()


def text_part(body: str) -> bytes:
    """A text as a part: its header, an empty line, the encoded text."""
    text = body.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").replace("\0", "")
    return (
        _field("Content-Type", ["text/plain; charset=utf-8"])
        + _field("Content-Transfer-Encoding", ["quoted-printable"])
        + b"\r\n"
        + quoted_printable(text.encode("utf-8", "replace").decode())
    )


def file_part(attachment: Attachment, octets: bytes) -> bytes:
    """A document as a part."""
    name = _file_name(attachment.name)
    media_type = attachment.media_type.lower()
    if not MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("message/", "multipart/")):
        # RFC 2046 §5 allows no base64 for these two.
        media_type = OPAQUE
    if name.isascii() and len(name) <= MOST_PLAIN_NAME and "=?" not in name:
        of_type, of_disposition = [f'name="{name}"'], [f'filename="{name}"']
    else:
        # Once more as encoded words: against RFC 2047 §5 (3), yet all that old readers know.
        of_type = f'name="{" ".join(encoded_words(name))}"'.split(" ")
        of_disposition = "; ".join(encoded_parameter("filename", name)).split(" ")
    return (
        _field("Content-Type", [f"{media_type};", *of_type])
        + _field("Content-Disposition", ["attachment;", *of_disposition])
        + _field("Content-Transfer-Encoding", ["base64"])
        + b"\r\n"
        + base64_lines(octets)
    )


def _file_name(name: str) -> str:
    """`name` as any computer can keep it: no path, no control character, not endless."""
    name = NO_FILE_NAME.sub("_", " ".join(name.split())) or "document"
    if len(name) <= MOST_FILE_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    kept = dot + ending if len(ending) <= 10 else ""
    return (stem + dot + ending)[: MOST_FILE_NAME - len(kept)] + kept
