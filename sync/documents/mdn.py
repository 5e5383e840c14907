"""The answer of a receiving system: filed, or not and why (RFC 8098, CI-SIS volet 1.1.3).

The error code stands in a field `Error:` of its own: within `Disposition:`, as the volet did until
1.1.2, it is no legal modifier, and software that follows the RFC drops the whole receipt.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum

from store.errors import NeedsUser, Permanent
from store.model.email import EmailAddress
from sync.mime.build import MESSAGE_ID, field_octets, people_field, text_part, words_field

MOST_LINE = 998
READ_SUBJECT = "Accusé de lecture"
READ = "La lettre a été affichée chez son destinataire. Rien ne dit qu'elle a été comprise.\n"
TOKEN = re.compile(r"[A-Za-z0-9]{1,60}")


class FilingError(StrEnum):
    """Why a document could not be filed (table messageErrorCondition, codes of the volet)."""

    WRONG_VERSION = "900"
    AUTHOR_NOT_ALLOWED = "901"
    UNKNOWN_PATIENT = "902"
    NO_INS = "903"
    INS_DIFFERS = "904"
    INS_INCOMPLETE = "905"
    OTHER = "906"


LABELS = {
    FilingError.WRONG_VERSION: "Version de message non supportée",
    FilingError.AUTHOR_NOT_ALLOWED: "Auteur non autorisé à remplacer ou supprimer un document",
    FilingError.UNKNOWN_PATIENT: "Identifiant de patient inconnu",
    FilingError.NO_INS: "INS non présent dans le document",
    FilingError.INS_DIFFERS: "L'INS transmis ne correspond pas exactement à celui du destinataire",
    FilingError.INS_INCOMPLETE: "INS incomplet",
    FilingError.OTHER: "Autre erreur",
}
"""In the words of the volet where they were read (901 to 903); the machine reads the code alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The letter that is answered, as it was received."""

    message_id: str
    subject: str
    asks_to: str
    """Disposition-Notification-To; '' when it asks for nothing."""
    return_path: str
    recipient: str
    """Our mailbox that received it."""
    original_recipient: str = ""
    octets: bytes = b""
    """The letter itself, sent back whole."""


def may_answer_by_itself(answered: Answered) -> bool:
    """Whether a receipt may leave without asking a person (RFC 8098 §2.1): else it could loop."""
    asked, path = answered.asks_to.strip("<> ").lower(), answered.return_path.strip("<> ").lower()
    return bool(asked) and asked == path


def build_mdn(
    answered: Answered,
    error: FilingError | None,
    *,
    message_id: str,
    date_at: int,
    boundary: str,
    by_person: bool = False,
) -> bytes:
    """The receipt: processed, or processed/error with its code.

    Args:
        boundary: letters and digits, found nowhere in `answered.octets`.
        by_person: a person said yes to sending it.

    Raises:
        NeedsUser: `document.receipt_not_asked`, nobody asked for it; `document.receipt_elsewhere`,
            it would go to somebody else than the sender, and no person has agreed.
        Permanent: `send.bad_header`, `send.bad_address`, as sync/mime/build.py.
    """
    _check(answered, by_person=by_person)
    if not TOKEN.fullmatch(boundary) or boundary.encode() in answered.octets:
        raise Permanent("send.bad_header", field="Content-Type")
    original = _original(answered.octets)
    mark = f"[KO Intégration système !][{error}] " if error else ""
    head = _head(answered, mark + answered.subject, message_id, date_at, boundary)
    if not original.isascii():
        head += field_octets("Content-Transfer-Encoding", ["8bit"])
    said = _statement(answered, "processed", error, by_person=by_person)
    parts = (text_part(_words_for_people(error)), said)
    marked = b"".join(f"--{boundary}\r\n".encode() + part for part in (*parts, original) if part)
    return head + b"\r\n" + marked + f"--{boundary}--\r\n".encode()


def build_displayed(
    answered: Answered, *, message_id: str, date_at: int, boundary: str, by_person: bool
) -> bytes:
    """The receipt of a reader: displayed. Neither the letter nor its subject goes with it.

    Raises:
        NeedsUser, Permanent: as `build_mdn`.
    """
    _check(answered, by_person=by_person)
    head = _head(answered, READ_SUBJECT, message_id, date_at, boundary)
    said = _statement(answered, "displayed", None, by_person=by_person)
    mark = f"--{boundary}".encode()
    return b"\r\n".join([head, mark, text_part(READ) + mark, said + mark]) + b"--\r\n"


def _check(answered: Answered, *, by_person: bool) -> None:
    if not answered.asks_to:
        raise NeedsUser("document.receipt_not_asked")
    if not by_person and not may_answer_by_itself(answered):
        raise NeedsUser("document.receipt_elsewhere")


def _head(answered: Answered, subject: str, message_id: str, date_at: int, boundary: str) -> bytes:
    date = format_datetime(datetime.fromtimestamp(date_at, UTC))
    if not MESSAGE_ID.fullmatch(message_id) or not MESSAGE_ID.fullmatch(answered.message_id):
        raise Permanent("send.bad_header", field="Message-ID")
    kind = "multipart/report; report-type=disposition-notification;"
    return b"".join(
        [
            field_octets("Date", date.split(" ")),
            people_field("From", [EmailAddress(email=answered.recipient)]),
            people_field("To", [EmailAddress(email=answered.asks_to.strip("<> "))]),
            words_field("Subject", subject),
            field_octets("Message-ID", [f"<{message_id}>"]),
            field_octets("In-Reply-To", [f"<{answered.message_id}>"]),
            field_octets("References", [f"<{answered.message_id}>"]),
            field_octets("Auto-Submitted", ["auto-replied"]),
            field_octets("MIME-Version", ["1.0"]),
            field_octets("Content-Type", [*kind.split(" "), f'boundary="{boundary}"']),
        ]
    )


def _words_for_people(error: FilingError | None) -> str:
    if error is None:
        return "Le document a été intégré par le système du destinataire.\n"
    return (
        "Le message ci-dessous n'a pas pu être intégré automatiquement pour la raison suivante :\n"
        f"{error} {LABELS[error]}\n"
    )


def _statement(
    answered: Answered, kind: str, error: FilingError | None, *, by_person: bool
) -> bytes:
    original = answered.original_recipient or answered.recipient
    how = (
        "manual-action/MDN-sent-manually"
        if by_person
        else "automatic-action/MDN-sent-automatically"
    )
    said = f"{kind}/error" if error else kind
    lines = [
        b"Content-Type: message/disposition-notification; charset=utf-8\r\n\r\n",
        people_field("Original-Recipient", [EmailAddress(email=original)], prefix="rfc822;"),
        people_field("Final-Recipient", [EmailAddress(email=answered.recipient)], prefix="rfc822;"),
        field_octets("Original-Message-ID", [f"<{answered.message_id}>"]),
        field_octets("Disposition", [f"{how};", said]),
    ]
    if error:
        label = _without_accents(LABELS[error])
        table = f"{error}^{label}^messageErrorCondition| E^Error^errorSeverity"
        lines.append(field_octets("Error", table.split(" ")))
    return b"".join(lines) + b"\r\n"


def _without_accents(text: str) -> str:
    """`text` in the letters that a field of a receipt may hold (RFC 8098 §3.1.1)."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _original(octets: bytes) -> bytes:
    """The letter as it came; nothing when it cannot stand in a letter as it is (RFC 2046 §5.2)."""
    if not octets or b"\0" in octets or any(len(line) > MOST_LINE for line in octets.splitlines()):
        return b""
    encoding = b"" if octets.isascii() else b"Content-Transfer-Encoding: 8bit\r\n"
    whole = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return b"Content-Type: message/rfc822\r\n" + encoding + b"\r\n" + whole + b"\r\n"
