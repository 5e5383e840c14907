"""Email, Placement and what was derived from an Email's octets (RFC 8621 §4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from store.model.ids import EmailId, MailboxId, PlacementId
from store.model.link import NO_PRICE, LinkPrice
from store.model.work import Work

Keywords = frozenset[str]
"""RFC 8621 §4.1.1: `$seen`, `$flagged`, `$answered`, `$draft`, `$forwarded`...; lower case."""

SEEN, FLAGGED, ANSWERED, DRAFT = "$seen", "$flagged", "$answered", "$draft"
FORWARDED, JUNK = "$forwarded", "$junk"
SNOOZED = "$snoozed"
SYSTEM_KEYWORDS = frozenset(
    {SEEN, FLAGGED, ANSWERED, DRAFT, FORWARDED, JUNK, SNOOZED, "$notjunk", "$phishing", "$mdnsent"}
    | {"junk", "nonjunk", "notjunk", "forwarded", "$submitted", "$submitpending", "$muted"}
)
"""What a client sets by itself: these are no labels."""
NO_KEYWORDS: Keywords = frozenset()


def pack_keywords(keywords: Iterable[str]) -> str:
    """Keywords as the store keeps them: sorted, separated by one space; '' for none."""
    return " ".join(sorted(keywords))


def unpack_keywords(packed: str) -> Keywords:
    """The inverse of `pack_keywords`."""
    return frozenset(packed.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailAddress:
    """RFC 8621 §4.1.2.3. `name` is decoded and '' when absent; `email` is the addr-spec."""

    name: str = ""
    email: str = ""


class TransferEncoding(StrEnum):
    """RFC 2045 §6. `IDENTITY` covers 7bit, 8bit, binary and anything unknown."""

    IDENTITY = "identity"
    BASE64 = "base64"
    QUOTED_PRINTABLE = "quoted-printable"


class PartState(StrEnum):
    """Whether a part can be opened."""

    HERE = "here"
    AWAY = "away"
    """Its server has it, as far as is known."""
    COMING = "coming"
    """Asked for alone."""
    REFUSED = "refused"
    """It cannot come alone, only with its letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One leaf of an Email's MIME tree, located in the raw octets so that anyone can cut it out.

    Knowing the slice, the screen can save an attachment without knowing what MIME is, and with
    the node stopped.
    """

    number: str
    """IMAP section, RFC 3501 §6.4.5: '1', '2.1'..."""
    media_type: str
    """Lower case 'type/subtype', 'text/plain' when absent or malformed (RFC 2045 §5.2)."""
    charset: str = ""
    name: str = ""
    """File name, decoded, as written by the sender: words from outside."""
    disposition: str = ""
    """'inline', 'attachment' or ''."""
    content_id: str = ""
    transfer_encoding: TransferEncoding = TransferEncoding.IDENTITY
    offset: int
    """First octet of the encoded body within the raw Email."""
    length: int
    """Encoded octets."""
    size: int
    """Octets once decoded; an estimate until the part has been decoded."""
    is_body: bool = False
    """True for the letter's own text, in each form it was sent; all else is an attachment."""
    state: PartState = PartState.HERE
    held: int = 0
    """Octets that came of it alone; counted while it is `COMING`."""
    to_come: int = 0
    """Octets that would still cross the line for it alone, near enough to show; 0 once here."""
    work: Work | None = None
    """How far it is and how fast it comes, while it is `COMING`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A letter as a lean line announces it: enough for its line in the list."""

    header: bytes
    """The header fields asked for, as received, with the empty line that ends them."""
    size: int
    """RFC822.SIZE, octets."""
    received_at: int
    """INTERNALDATE, Unix seconds UTC."""
    urgent: bool
    """Its sender says so (RFC 2156 §5.3.4 Importance, or X-Priority)."""


class Unwhole(NamedTuple):
    """A letter that is not whole, where its server has it."""

    email_id: EmailId
    mailbox_id: MailboxId
    uid: int
    size: int
    """RFC822.SIZE, octets: servers have been wrong about it."""
    held: int
    """Octets, from the first on."""
    urgent: int
    """1 when its sender says so, else 0."""
    wanted_at: int
    """Unix seconds; 0 when nobody asked for all of it."""
    received_at: int
    kind: str = ""
    """store/model/structure.py Kind."""
    structured: int = 0
    """1 when its parts are known from the server, else 0."""
    structure_asked: int = 0
    """How often they were asked for."""
    documents: int = 0
    """How many of its parts came alone."""


@dataclass(frozen=True, slots=True)
class Came:
    """Octets that came of a letter which is not whole."""

    email_id: EmailId
    offset: int
    """Octets before them in the letter."""
    octets: bytes
    ends: bool
    """Whether they are its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedEmail:
    """What `sync/mime/read.py` makes of raw octets. Can always be rebuilt from them."""

    message_id: str
    """Without angle brackets; '' when absent."""
    references: tuple[str, ...] = ()
    """References then In-Reply-To, oldest first, without brackets, no repeats."""
    subject: str = ""
    sender: EmailAddress = field(default_factory=EmailAddress)
    """First From address."""
    to: tuple[EmailAddress, ...] = ()
    cc: tuple[EmailAddress, ...] = ()
    bcc: tuple[EmailAddress, ...] = ()
    """Of a draft, or of a letter another client has sent; Pli never sends a Bcc header."""
    reply_to: tuple[EmailAddress, ...] = ()
    in_reply_to: str = ""
    """First Message-ID of In-Reply-To, without brackets; '' when absent."""
    supersedes: tuple[str, ...] = ()
    """Of a draft, the Message-IDs of the versions before it, oldest first."""
    sent_at: int | None = None
    """The Date header, Unix seconds UTC; None when absent or unreadable."""
    body: str = ""
    """Readable text of the body parts (HTML rendered as text), not yet made safe to show."""
    body_from_html: bool = False
    preview: str = ""
    """First 200 characters of `body`, white space collapsed."""
    parts: tuple[Part, ...] = ()
    warnings: tuple[str, ...] = ()
    """Codes: 'mime.ambiguous', 'mime.too_deep', 'mime.too_many_parts', 'mime.header_cut'..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One Email in one Mailbox: its UID, its keywords, and the last state both sides agreed on."""

    id: PlacementId
    email_id: EmailId
    mailbox_id: MailboxId
    uid: int | None = None
    """None until the server has assigned one (a local creation awaiting APPEND, or a move)."""
    keywords: Keywords = NO_KEYWORDS
    """Wish: what the person wants, and what is shown."""
    base: Keywords = NO_KEYWORDS
    """Fact: the keywords both sides had after the last confirmed sync; the merge ancestor."""
    sent: Keywords | None = None
    """Fact: what we were telling the server when we last spoke, until confirmed; else None."""
    deleted: bool = False
    """Wish: remove it from the server."""
    wish_mailbox_id: MailboxId | None = None
    """Wish: move it there; None when it may stay."""
    moving: int | None = None
    """Fact: UIDNEXT of the target just before we said MOVE or APPEND, until confirmed; else None.

    A crash in between is settled by searching the target from that UID on."""
    moving_to: MailboxId | None = None
    """Fact: where the MOVE in flight goes; None for an APPEND, or when nothing is in flight."""
    unlinked: bool = False
    """Fact: the server holds it under a UID we lost; it is looked for, never uploaded."""
    refused: str = ""
    """Fact: MailError.code of the server's last no to a wish; '' while there is none."""
    lost: bool = False
    """Fact: the server no longer has it, nobody knows why; it is never uploaded by itself.

    It keeps its UID: should the server show that again, it is the same letter."""
    kept: bool = False
    """Wish: keep it here all the same, though it is lost."""
    unseen: bool = False
    """Fact: the server said that it took this letter of ours, and has not shown it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """An Email as the screen shows it. Every `str` in it is words from outside."""

    id: EmailId
    message_id: str
    subject: str
    sender: EmailAddress
    to: tuple[EmailAddress, ...]
    cc: tuple[EmailAddress, ...]
    bcc: tuple[EmailAddress, ...] = ()
    reply_to: tuple[EmailAddress, ...]
    in_reply_to: str = ""
    references: tuple[str, ...]
    sent_at: int | None
    received_at: int
    size: int
    held: int
    """Octets that are here; less than `size` only while the letter is not whole."""
    is_whole: bool
    body: str
    body_from_html: bool
    parts: tuple[Part, ...]
    warnings: tuple[str, ...]
    price: LinkPrice = NO_PRICE
    """What an octet of it that is not here costs."""
