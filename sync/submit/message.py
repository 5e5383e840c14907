"""One message of a letter as octets: plain, sealed by S/MIME, or sealed by the vendor's program.

Touches no store, so that sealing 25 MB, or waiting for somebody else's program, holds up nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from store.db.apicrypt import Programs
from store.host.i18n import sentence
from store.model.account import Account
from store.model.draft import Draft
from store.model.route import Dispatch, Envelope
from sync.apicrypt.letter import sealed_draft, to_seal
from sync.apicrypt.program import run
from sync.mime.build import build
from sync.submit.envelope import check_octets
from sync.submit.security import Security


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What it is made of."""

    account: Account
    dispatch: Dispatch
    written: Draft
    documents: Sequence[bytes]
    """The octets of its attachments, in order."""
    message_id: str
    date_at: int
    boundary: str
    programs: Programs
    security: Security = field(default_factory=Security)


def octets_of(message: Message) -> bytes:
    """The octets that leave, the same at every attempt.

    Raises:
        Permanent: what `build` and `check_octets` refuse; `apicrypt.failed`, `apicrypt.letters`;
            `smime.cannot_seal_to`.
        NeedsUser: `apicrypt.no_program`; what a signer raises: `card.absent`.
    """
    if message.dispatch.envelope is Envelope.VENDOR:
        octets = _by_vendor(message)
    else:
        octets = _built(message, message.written, message.documents)
        octets = message.security.applied(octets, at=message.date_at, boundary=message.boundary)
        if message.dispatch.envelope is Envelope.SEALED:
            assert message.security.readers, "a sealed letter has readers"
    check_octets(octets)
    return octets


def _by_vendor(message: Message) -> bytes:
    (recipient,) = message.dispatch.emails
    to, command = {"recipient": recipient}, message.programs.seal
    text = run(command, to, to_seal(message.written.body))
    documents = [run(command, to, octets) for octets in message.documents]
    # Its subject is not sealed: what the person wrote there stays here (docs/routing.md).
    written = sealed_draft(message.written, sentence("apicrypt.subject"), text, documents)
    return _built(message, written, documents)


def _built(message: Message, written: Draft, documents: Sequence[bytes]) -> bytes:
    return build(
        written,
        message_id=message.message_id,
        date_at=message.date_at,
        boundary=message.boundary,
        attachments=documents,
        fields=[("Disposition-Notification-To", (written.sender,))] if written.receipt else (),
    )
