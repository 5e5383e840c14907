"""What we change on the server: keywords, letters added, moved and removed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from store.errors import Permanent
from store.model.email import Keywords
from sync.imap.answers import AppendedUid
from sync.imap.dates import write_date
from sync.imap.deflate import UPLOADED_OCTETS
from sync.imap.dialogue import Dialogue, pieces_of
from sync.imap.enumerating import selected
from sync.imap.keywords import NO_FLAGS, flags_of, kept
from sync.imap.quoting import Literal, Piece, astring
from sync.imap.reading import appended, appended_all, copied
from sync.imap.replies import Status, Untagged, read_status
from sync.imap.uidset import UidSet
from sync.replica.facts import ToUpload


async def store(
    dialogue: Dialogue, uids: Collection[int], *, add: Keywords, remove: Keywords
) -> None:
    """Add and remove keywords, in one flight. What the mailbox does not keep is left out."""
    permanent = selected(dialogue).permanent
    commands = [
        [b"UID STORE %s %sFLAGS.SILENT %s" % (piece, sign, flags)]
        for sign, keywords in ((b"+", add), (b"-", remove))
        if (flags := flags_of(kept(keywords, permanent))) != NO_FLAGS
        for piece in pieces_of(UidSet.of(uids))
    ]
    await dialogue.ask_all(commands)


async def append(
    dialogue: Dialogue,
    wire_name: bytes,
    octets: bytes,
    keywords: Keywords,
    received_at: int | None,
) -> AppendedUid | None:
    """Add a letter to a mailbox, selected or not. None when the server does not say where it is.

    Raises:
        Permanent: `imap.nul`, no literal can carry it; `imap.no_mailbox` for [TRYCREATE].
    """
    await _expect(dialogue, [octets])
    pieces = [b"APPEND ", astring(wire_name), *_letter(octets, keywords, received_at)]
    return appended(await dialogue.ask(*pieces, bulk=True))


async def append_all(
    dialogue: Dialogue, wire_name: bytes, letters: Sequence[ToUpload]
) -> list[AppendedUid] | None:
    """Add letters to a mailbox in one command, all or none (RFC 3502).

    Raises:
        Permanent: as `append`.
    """
    await _expect(dialogue, [each.octets for each in letters])
    pieces = [piece for each in letters for piece in _letter(*each)]
    status = await dialogue.ask(b"APPEND ", astring(wire_name), *pieces, bulk=True)
    return appended_all(status, len(letters))


async def _expect(dialogue: Dialogue, letters: Sequence[bytes]) -> None:
    if any(b"\0" in octets for octets in letters):
        raise Permanent("imap.nul")
    if sum(map(len, letters)) >= UPLOADED_OCTETS:
        await dialogue.expect_much()


def _letter(octets: bytes, keywords: Keywords, received_at: int | None) -> list[Piece]:
    date = b"" if received_at is None else b" " + write_date(received_at)
    return [b" " + flags_of(keywords) + date + b" ", Literal(octets)]


async def move(
    dialogue: Dialogue, uids: Collection[int], wire_name: bytes
) -> dict[int, int] | None:
    """Move Emails of the selected mailbox. Source UID to target UID; None when it is not said.

    Without MOVE (RFC 6851) they are copied, marked deleted, and expunged by UID. Without UIDPLUS
    they stay, marked deleted: a plain EXPUNGE would remove what others have marked.
    """
    verb = b"UID MOVE " if dialogue.has("MOVE") else b"UID COPY "
    said: list[Status] = []

    def take(response: Untagged) -> bool:
        # MOVE says COPYUID before it removes the originals, ahead of its answer (RFC 6851 §4.3).
        if response.name != b"OK":
            return False
        said.append(read_status(b"OK " + response.parts[0]))
        return True

    target = astring(wire_name)
    commands = [[verb + piece + b" ", target] for piece in pieces_of(UidSet.of(uids))]
    said += await dialogue.ask_all(commands, sink=take)
    if not dialogue.has("MOVE"):
        await expunge(dialogue, uids)
    moved: dict[int, int] = {}
    told = [pairs for status in said if (pairs := copied(status, len(uids))) is not None]
    for pairs in told:
        moved |= {source: uid for source, uid in pairs.items() if source in uids}
    return moved if told else None


async def expunge(dialogue: Dialogue, uids: Collection[int]) -> bool:
    """Remove just these. False without UIDPLUS: then they are only marked deleted."""
    pieces = pieces_of(UidSet.of(uids))
    commands = [[b"UID STORE %s +FLAGS.SILENT (\\Deleted)" % piece] for piece in pieces]
    if dialogue.has("UIDPLUS"):
        commands += [[b"UID EXPUNGE " + piece] for piece in pieces]
    await dialogue.ask_all(commands)
    return dialogue.has("UIDPLUS")
