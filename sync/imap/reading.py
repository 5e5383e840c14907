"""Untagged responses made into facts. Pure.

Strict where a wrong guess would lose or confuse letters, lenient where the server merely says
more than was asked. Everything raises Transient `imap.protocol`.
"""

from __future__ import annotations

from store.errors import Transient
from sync.imap.answers import AppendedUid, FetchedEmail, Identity, ListedEmail, MailboxStatus
from sync.imap.dates import read_date
from sync.imap.keywords import keywords_of
from sync.imap.replies import Status, Untagged
from sync.imap.tokens import Token, number, tokens
from sync.imap.uidset import LARGEST_UID, UidSet, in_order
from sync.replica.identity import message_id_of

MOST_UIDS = 2_000_000
"""In one mailbox. A larger set is not one that a server of letters would send."""

BESIDE_A_LETTER = {b"UID", b"FLAGS", b"INTERNALDATE", b"MODSEQ", b"RFC822.SIZE", b"BODY[]"}
"""What we ask for with a letter, and what servers add to it."""


def fetch_items(response: Untagged) -> dict[bytes, Token]:
    """What a FETCH response tells of one Email, by item name in upper case."""
    outer = tokens(response.parts)
    if len(outer) != 1:
        raise Transient("imap.protocol")
    return _pairs(outer[0])


def listed_email(items: dict[bytes, Token]) -> ListedEmail | None:
    """None when the response names no UID or no flags: then it is news and no listing."""
    flags = items.get(b"FLAGS")
    if b"UID" not in items or not isinstance(flags, list):
        return None
    size = items.get(b"RFC822.SIZE")
    return ListedEmail(
        uid=uid_of(items[b"UID"]),
        keywords=keywords_of(flags),
        modseq=modseq_of(items),
        size=None if size is None else number(size),
    )


def fetched_email(items: dict[bytes, Token]) -> FetchedEmail | None:
    """None when the response holds no letter, as when it was removed while we asked."""
    octets = items.get(b"BODY[]")
    if not isinstance(octets, bytes):
        return None
    if items.keys() - BESIDE_A_LETTER:
        # Where a literal is longer than was announced, its end is read as items.
        raise Transient("imap.protocol")
    flags, date = items.get(b"FLAGS"), items.get(b"INTERNALDATE")
    if b"UID" not in items or not isinstance(flags, list) or not isinstance(date, bytes):
        raise Transient("imap.protocol")
    return FetchedEmail(
        uid=uid_of(items[b"UID"]),
        keywords=keywords_of(flags),
        modseq=modseq_of(items),
        received_at=read_date(date),
        octets=octets,
    )


def identity(items: dict[bytes, Token]) -> Identity | None:
    """None when the response is news of some Email, and not what was asked of one."""
    header = next((v for k, v in items.items() if k.startswith(b"BODY[HEADER.FIELDS")), None)
    flags, date, size = (items.get(k) for k in (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"))
    if b"UID" not in items or not isinstance(header, bytes):
        return None
    if not isinstance(flags, list) or not isinstance(date, bytes) or size is None:
        raise Transient("imap.protocol")
    return Identity(
        uid=uid_of(items[b"UID"]),
        keywords=keywords_of(flags),
        received_at=read_date(date),
        size=number(size),
        message_id=message_id_of(header),
    )


def list_response(response: Untagged) -> tuple[list[bytes], str, bytes]:
    """Attributes, delimiter and wire name of a LIST response."""
    match tokens(response.parts):
        case [list() as attributes, bytes() | None as delimiter, bytes() as name, *_]:
            words = [word for word in attributes if isinstance(word, bytes)]
            return words, (delimiter or b"").decode("latin-1"), name
    raise Transient("imap.protocol")


def status_response(response: Untagged) -> tuple[bytes, MailboxStatus | None]:
    """Wire name and STATUS; None when the server leaves out what we need."""
    match tokens(response.parts):
        case [bytes() as name, list() as items]:
            told = _pairs(items)
        case _:
            raise Transient("imap.protocol")
    if not {b"UIDVALIDITY", b"UIDNEXT", b"MESSAGES"} <= told.keys():
        return name, None
    # 0 means that this mailbox keeps none (RFC 7162 §3.1.7).
    modseq = number(told[b"HIGHESTMODSEQ"]) if b"HIGHESTMODSEQ" in told else 0
    return name, MailboxStatus(
        uidvalidity=number(told[b"UIDVALIDITY"]),
        uidnext=number(told[b"UIDNEXT"]),
        messages=number(told[b"MESSAGES"]),
        highestmodseq=modseq or None,
    )


def searched(response: Untagged) -> UidSet:
    """UIDs of a SEARCH response, or of an ESEARCH response that was asked for ALL."""
    if response.name == b"SEARCH":
        words = response.parts[0].split(b" (", 1)[0].split()
        return UidSet.of(uid_of(word) for word in words)
    told = tokens(response.parts)
    names = [token.upper() if isinstance(token, bytes) else b"" for token in told]
    if b"UID" not in names:
        raise Transient("imap.protocol")
    if b"ALL" not in names:
        return UidSet()
    found = told[names.index(b"ALL") + 1 :][:1]
    if not found or not isinstance(found[0], bytes):
        raise Transient("imap.protocol")
    uids = UidSet.parse(found[0])
    if len(uids) > MOST_UIDS:
        raise Transient("imap.protocol")
    return uids


def copied(status: Status, most: int) -> dict[int, int] | None:
    """Source UID to target UID, of COPYUID (RFC 4315 §3); None when it is not said, or unclear."""
    words = status.arguments.split()
    if status.code != b"COPYUID" or len(words) != 3:
        return None
    sources, targets = in_order(words[1], most), in_order(words[2], most)
    if sources is None or targets is None or len(sources) != len(targets):
        return None
    return dict(zip(sources, targets, strict=True))


def appended(status: Status) -> AppendedUid | None:
    """APPENDUID (RFC 4315 §3); None when it is not said."""
    words = status.arguments.split()
    if status.code != b"APPENDUID" or len(words) != 2:
        return None
    return AppendedUid(uidvalidity=number(words[0]), uid=uid_of(words[1]))


def appended_all(status: Status, count: int) -> list[AppendedUid] | None:
    """APPENDUID of that many letters, in their order; None when it is not said."""
    words = status.arguments.split()
    if status.code != b"APPENDUID" or len(words) != 2:
        return None
    uids = in_order(words[1], count)
    if uids is None or len(uids) != count:
        return None
    return [AppendedUid(uidvalidity=number(words[0]), uid=uid) for uid in uids]


def _pairs(items: Token) -> dict[bytes, Token]:
    if not isinstance(items, list) or len(items) % 2:
        raise Transient("imap.protocol")
    told: dict[bytes, Token] = {}
    for name, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(name, bytes):
            raise Transient("imap.protocol")
        told[name.upper()] = value
    return told


def uid_of(token: Token) -> int:
    """A UID (RFC 3501 §2.3.1.1)."""
    uid = number(token)
    if not 0 < uid <= LARGEST_UID:
        raise Transient("imap.protocol")
    return uid


def modseq_of(items: dict[bytes, Token]) -> int | None:
    """MODSEQ of a FETCH response (RFC 7162 §3.1.4.2); None when it is not said."""
    match items.get(b"MODSEQ"):
        case None:
            return None
        case [modseq]:
            return number(modseq)
    raise Transient("imap.protocol")
