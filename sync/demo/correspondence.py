"""Turn the texts of letters/ into mail, as the correspondents' own programs would have written it.

Each text names its charset and its transfer encoding: real correspondents use them all, and so
must the demo world. The same `now` always gives the same octets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import charset as charsets
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr
from typing import Any

from sync.demo.ecg import ecg_png
from sync.demo.pdfs import Document, draw
from sync.demo.scripts import CET, Script, dated, document_facts, people, scripts, texts

AS_SENT = compat32.clone(linesep="\r\n")
BODY_ENCODINGS: Mapping[str, Any] = {
    "quoted-printable": charsets.QP,
    "base64": charsets.BASE64,
    "8bit": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter of somebody's mailboxes, as the server holds it."""

    id: str
    owner: str
    mailbox: str
    flags: tuple[str, ...]
    received_at: int
    """INTERNALDATE, Unix seconds UTC."""
    octets: bytes


def letters(now: int) -> list[Letter]:
    """Every letter of Alice's and of the laboratory's mailboxes, oldest first."""
    written = [
        Letter(
            id=script.id,
            owner=script.owner,
            mailbox=script.mailbox,
            flags=tuple(script.flags.split()),
            received_at=_sent_at(script, now),
            octets=_write(script, now).as_bytes(policy=AS_SENT),
        )
        for script in scripts().values()
        if script.mailbox != "none"
    ]
    return sorted(written, key=lambda letter: (letter.received_at, letter.id))


def document(key: str, now: int) -> bytes:
    """The octets of the drawn PDF called `key` in documents.toml."""
    return draw(Document(**document_facts(key, now)))


def _sent_at(script: Script, now: int) -> int:
    return now - round(script.hours_ago * 3600)


def _write(script: Script, now: int) -> Message:
    message = _content(script, now)
    sender, to = people()[script.sender], people()[script.to]
    sent_at = datetime.fromtimestamp(_sent_at(script, now), UTC).astimezone(CET)
    message["Date"] = format_datetime(sent_at)
    message["From"] = formataddr((script.from_name or sender.name, sender.address))
    message["To"] = formataddr((to.name, to.address))
    message["Message-ID"] = _message_id(script)
    if thread := [_message_id(each) for each in _ancestors(script)]:
        message["In-Reply-To"] = thread[-1]
        message["References"] = " ".join(thread)
    if script.subject:
        message["Subject"] = _subject(dated(script.subject, now), script.charset)
    elif script.raw_subject:
        message["Subject"] = script.raw_subject
    if script.priority:
        message["X-Priority"] = script.priority
    return message


def _subject(words: str, charset: str) -> str:
    printable = words.isascii() and words.isprintable()
    return Header(words, "us-ascii" if printable else charset, header_name="Subject").encode()


def _message_id(script: Script) -> str:
    return f"<{script.id}@{people()[script.sender].address.partition('@')[2]}>"


def _ancestors(script: Script) -> list[Script]:
    if not script.reply_to:
        return []
    parent = scripts()[script.reply_to]
    return [*_ancestors(parent), parent]


def _content(script: Script, now: int) -> Message:
    bodies = [
        _text_part(dated(words.lstrip("\n"), now), subtype, script)
        for words, subtype in ((script.text, "plain"), (script.html, "html"))
        if words
    ]
    content = bodies[0]
    if len(bodies) > 1:
        content = MIMEMultipart("alternative", f"=_{script.id}_2", bodies)
    if not script.attach:
        return content
    parts = [content, *_attachments(script, now)]
    return MIMEMultipart("mixed", f"=_{script.id}_1", parts)


def _text_part(words: str, subtype: str, script: Script) -> Message:
    charset = charsets.Charset(script.charset)
    charset.body_encoding = BODY_ENCODINGS[script.encoding]
    part = MIMENonMultipart("text", subtype)
    # RFC 2046 §4.1.1: the lines of a text part end with CRLF, also under base64.
    canonical = words.replace("\n", "\r\n") if script.encoding == "base64" else words
    part.set_payload(canonical, charset)
    return part


def _attachments(script: Script, now: int) -> Iterator[Message]:
    for entry in script.attach:
        name = dated(entry.get("name", ""), now)
        if "letter" in entry:
            part: Message = MIMEMessage(_write(scripts()[entry["letter"]], now))
        elif "document" in entry:
            part = _octets_part("application/pdf", document(entry["document"], now))
        elif "image" in entry:
            part = _octets_part("image/png", ecg_png())
        else:
            part = _octets_part(entry["type"], dated(texts()[entry["text"]], now).encode())
        disposition = {"filename": ("utf-8", "", name)} if name else {}
        part.add_header("Content-Disposition", "attachment", **disposition)
        yield part


def _octets_part(media_type: str, octets: bytes) -> MIMEBase:
    part = MIMEBase(*media_type.split("/"))
    part.set_payload(octets)
    encode_base64(part)
    return part
