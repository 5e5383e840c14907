"""Letters, whole, each handed over the moment its last octet is there; or only who they are."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sync.imap.answers import FetchedEmail, Identity
from sync.imap.dialogue import Dialogue, pieces_of
from sync.imap.enumerating import selected
from sync.imap.reading import fetch_items, fetched_email, identity
from sync.imap.replies import Untagged
from sync.imap.uidset import UidSet

GONE = b"EXPUNGEISSUED"
"""Some of them were removed while we asked (RFC 5530); the others were given."""


async def fetch(
    dialogue: Dialogue, uids: Collection[int], on_email: Callable[[FetchedEmail], None]
) -> None:
    """Call `on_email` once for each of these Emails that is still there, in the server's order.

    Its octets are given as they came. `on_email` runs while the line waits, so that no more than
    one letter is in memory for us; what it raises ends the connection and is raised here.
    """
    await dialogue.expect_much()
    wanted = set(uids)

    def take(response: Untagged) -> bool:
        if response.name != b"FETCH":
            return False
        email = fetched_email(fetch_items(response))
        if email is None:
            return False
        if email.uid in wanted:
            wanted.discard(email.uid)
            on_email(email)
        return True

    modseq = b" MODSEQ" if selected(dialogue).modseqs else b""
    items = b" (UID FLAGS INTERNALDATE%s BODY.PEEK[])" % modseq
    commands = [[b"UID FETCH " + piece + items] for piece in pieces_of(UidSet.of(uids))]
    for status in await dialogue.tell_all(commands, sink=take, bulk=True):
        if status.code != GONE:
            dialogue.accepted(status)


IDENTITY = b" (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"


async def identities(dialogue: Dialogue, uids: Collection[int]) -> list[Identity]:
    """By what each of these Emails that is still there can be recognised. No octets of a body."""
    wanted, found = set(uids), {}

    def take(response: Untagged) -> bool:
        if response.name != b"FETCH":
            return False
        who = identity(fetch_items(response))
        if who is None:
            return False
        if who.uid in wanted:
            found[who.uid] = who
        return True

    commands = [[b"UID FETCH " + piece + IDENTITY] for piece in pieces_of(UidSet.of(uids))]
    for status in await dialogue.tell_all(commands, sink=take, bulk=True):
        if status.code != GONE:
            dialogue.accepted(status)
    return list(found.values())
