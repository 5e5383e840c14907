"""What the selected mailbox holds: its UIDs, their keywords, and who has a given Message-ID."""

from __future__ import annotations

from store.errors import Transient
from sync.imap.answers import ListedEmail
from sync.imap.deflate import LISTED_LETTERS
from sync.imap.dialogue import Dialogue
from sync.imap.place import Place
from sync.imap.quoting import astring
from sync.imap.reading import MOST_UIDS, fetch_items, listed_email, searched
from sync.imap.replies import Untagged
from sync.imap.uidset import UidSet

SLACK = 10_000
"""Responses beside those of the listing itself: others may be busy in the mailbox."""


def selected(dialogue: Dialogue) -> Place:
    """The selected mailbox; whoever asks without having selected one has a bug."""
    assert dialogue.place is not None, "no mailbox is selected"
    return dialogue.place


async def listing(
    dialogue: Dialogue, *, changed_since: int | None = None
) -> dict[int, ListedEmail]:
    """Every Email of the mailbox, or every one changed since a mod-sequence, by UID.

    A whole listing of a quiet mailbox has `place.exists` Emails. Those that arrive meanwhile are
    listed too, those that vanish are left out where the server says which.
    """
    place = selected(dialogue)
    place.vanished.clear()
    emails: dict[int, ListedEmail] = {}
    if changed_since is None and place.exists >= LISTED_LETTERS:
        await dialogue.expect_much()
    if place.exists:
        since = b"" if changed_since is None else b" (CHANGEDSINCE %d)" % changed_since
        await _list(dialogue, place, emails, b"1:*", since if place.modseqs else b"")
    if changed_since is None and 0 < len(emails) < place.exists:
        await _list(dialogue, place, emails, b"%d:*" % (max(emails) + 1), b"")
    for gone in place.vanished:
        for uid in [uid for uid in emails if uid in gone]:
            del emails[uid]
    return emails


async def uids(dialogue: Dialogue) -> set[int]:
    """Every UID of the mailbox."""
    if not selected(dialogue).exists:
        return set()
    return set(await _search(dialogue, b"ALL"))


async def search_message_id(dialogue: Dialogue, message_id: str, *, from_uid: int) -> list[int]:
    """UIDs from `from_uid` on of the Emails with this Message-ID, ascending."""
    wanted = f"<{message_id.strip('<>')}>".encode()
    key = b"UID %d:* HEADER Message-ID " % from_uid
    # `n:*` always names the last Email, even when its UID is below n (RFC 3501 §9).
    return [uid for uid in await _search(dialogue, key, wanted) if uid >= from_uid]


async def _list(
    dialogue: Dialogue, place: Place, emails: dict[int, ListedEmail], uid_set: bytes, since: bytes
) -> None:
    def take(response: Untagged) -> bool:
        if response.name != b"FETCH":
            return False
        email = listed_email(fetch_items(response))
        if email is None:
            return False
        # News of an Email just listed brings its flags and not its size.
        if email.size is not None or email.uid not in emails:
            emails[email.uid] = email
        return True

    modseq = b" MODSEQ" if place.modseqs else b""
    await dialogue.ask(
        b"UID FETCH %s (UID FLAGS RFC822.SIZE%s)%s" % (uid_set, modseq, since),
        sink=take,
        most=min(place.exists * 2 + SLACK, MOST_UIDS),
        bulk=True,
    )


async def _search(dialogue: Dialogue, key: bytes, words: bytes | None = None) -> UidSet:
    found: list[UidSet] = []

    def take(response: Untagged) -> bool:
        if response.name not in (b"SEARCH", b"ESEARCH"):
            return False
        found.append(searched(response))
        return True

    form = b"RETURN (ALL) " if dialogue.has("ESEARCH") else b""
    pieces = [] if words is None else [astring(words)]
    await dialogue.ask(b"UID SEARCH " + form + key, *pieces, sink=take, bulk=True)
    if not found:
        # An empty answer is a line too: silence is a server that lost its own.
        raise Transient("imap.protocol")
    return UidSet.merged(pair for part in found for pair in part.ranges)
