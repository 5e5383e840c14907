"""SELECT, and under QRESYNC all that happened since (RFC 7162 §3.2.5) in the same turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from store.errors import Transient
from sync.imap.answers import ListedEmail, OutlinedEmail, Selected
from sync.imap.dialogue import Dialogue
from sync.imap.keywords import ANY, keywords_of
from sync.imap.outlining import begin_ahead, begin_newest
from sync.imap.place import Place, earlier
from sync.imap.quoting import astring
from sync.imap.reading import fetch_items, listed_email
from sync.imap.replies import Status, Untagged, read_status
from sync.imap.roles import is_inbox
from sync.imap.tokens import number, tokens
from sync.imap.uidset import LARGEST_UID, UidSet
from sync.imap.utf7 import decode
from sync.replica.facts import Ahead

MOST_CHANGED = 2_000_000


class _Opening:
    """Collects what SELECT says; the mailbox itself watches the rest."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._begin()

    def _begin(self) -> None:
        self.numbers: dict[bytes, int] = {}
        self.permanent: frozenset[str] | None = None
        self.changed: dict[int, ListedEmail] = {}
        self.vanished: list[tuple[int, int]] = []
        self.whole = True
        self._place.begin()

    def take(self, response: Untagged) -> bool:
        if response.name == b"OK":
            self._code(read_status(b"OK " + response.parts[0]))
        elif response.name == b"FETCH":
            self._changed(response)
        elif response.name == b"VANISHED" and earlier(response):
            self.vanished += UidSet.parse(response.parts[0][10:].strip()).ranges
        else:
            return False
        return True

    def _code(self, status: Status) -> None:
        if status.code == b"CLOSED":
            self._begin()
        elif status.code in (b"UIDVALIDITY", b"UIDNEXT", b"HIGHESTMODSEQ"):
            self.numbers[status.code] = number(status.arguments.strip())
        elif status.code == b"PERMANENTFLAGS":
            match tokens([status.arguments]):
                case [list() as flags]:
                    any_other = {ANY} if b"\\*" in flags else set()
                    self.permanent = keywords_of(flags) | any_other

    def _changed(self, response: Untagged) -> None:
        email = listed_email(fetch_items(response))
        if email is None:
            self.whole = False
        else:
            self.changed[email.uid] = email


async def select(
    dialogue: Dialogue,
    wire_name: bytes,
    known: tuple[int, int] | None = None,
    sample: Sequence[tuple[int, int]] = (),
    newest_from: int = 0,
    ahead: Ahead | None = None,
) -> Selected:
    """Select a mailbox. When the server refuses, none is selected.

    known: (UIDVALIDITY, HIGHESTMODSEQ) of what is held; the answer then says what changed since,
        if the server can tell.
    sample: (rank, UID) of some of what is held, ascending (RFC 7162 §3.2.5.2).
    newest_from: where nothing is held, of which rank on the answer brings along what a list says of
        each Email, in the same turn; 0 for none.
    ahead: new Emails whose outlines come in the same turn, for whoever asks for them first.
    """
    enabled = await dialogue.enabled()
    asks_changes = known is not None and "QRESYNC" in enabled
    extra = b" (CONDSTORE)" if dialogue.modseqs and not enabled else b""
    if asks_changes and known is not None:
        extra = b" (QRESYNC (%d %d%s))" % (*known, _matched(sample))
    place = Place(wire_name)
    opening = _Opening(place)
    dialogue.place, dialogue.stream.watcher = place, place
    newest: list[OutlinedEmail] = []
    try:
        select = await dialogue.stream.exchange(
            *(b"SELECT ", astring(wire_name), extra),
            sink=opening.take,
            most=MOST_CHANGED,
            bulk=True,
        )
        fetch = None
        if newest_from:
            fetch = await begin_newest(dialogue, newest_from, newest.append)
        elif ahead is not None:
            fetch = await begin_ahead(dialogue, place, ahead)
        dialogue.accepted(await dialogue.stream.answered(select))
        if fetch is not None:
            await dialogue.stream.answered(fetch)  # refused by an empty mailbox
    except BaseException:
        dialogue.place = dialogue.stream.watcher = None
        raise
    place.permanent = opening.permanent
    selected = replace(
        _selected(opening, place, known if asks_changes else None), newest=tuple(newest)
    )
    place.modseqs = selected.highestmodseq is not None
    place.uidvalidity = selected.uidvalidity
    if ahead is not None and ahead.uidvalidity != selected.uidvalidity:
        place.ahead.clear()
    if is_inbox(decode(wire_name)):
        dialogue.inbox_seen = seen(selected)
    return selected


def _matched(sample: Sequence[tuple[int, int]]) -> bytes:
    """The sample as the fourth parameter, which needs the third: the UIDs to speak of, all of
    them, since what is new is to be named too."""
    if not sample:
        return b""
    ranks = b",".join(b"%d" % rank for rank, _ in sample)
    uids = b",".join(b"%d" % uid for _, uid in sample)
    return b" 1:%d (%s %s)" % (LARGEST_UID, ranks, uids)


def seen(selected: Selected) -> tuple[int | None, ...]:
    """What tells one look at a mailbox from the next; as `mailboxes.seen`."""
    return selected.uidvalidity, selected.uidnext, selected.exists, selected.highestmodseq


def _selected(opening: _Opening, place: Place, known: tuple[int, int] | None) -> Selected:
    if b"UIDVALIDITY" not in opening.numbers:
        # Without it no UID means anything tomorrow (RFC 3501 §2.3.1.1).
        raise Transient("imap.protocol")
    uidvalidity = opening.numbers[b"UIDVALIDITY"]
    highestmodseq = opening.numbers.get(b"HIGHESTMODSEQ") or None
    told = (
        known is not None
        and known[0] == uidvalidity
        and highestmodseq is not None
        and opening.whole
    )
    return Selected(
        exists=place.exists,
        uidvalidity=uidvalidity,
        uidnext=opening.numbers.get(b"UIDNEXT", 0),
        highestmodseq=highestmodseq,
        changed=opening.changed if told else None,
        vanished=UidSet.merged(opening.vanished) if told else None,
        permanent=opening.permanent,
    )
