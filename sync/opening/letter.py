"""Open one letter: keys, certificates and a program in; what lay inside and the evidence out.

Nothing here reads the store or a clock, so it runs in a thread, away from the node's loop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from store.db.blobs import LARGEST
from store.errors import MailError, Transient
from store.model.opened import Opening
from store.model.trust import Evidence, Sealing
from sync.apicrypt.letter import Sealed, opened, sealed_pieces
from sync.apicrypt.program import run
from sync.mime.protected import presented
from sync.smime.certificates import read_certificate
from sync.smime.evidence import SealedEvidence
from sync.smime.key_wrapping import Opener
from sync.smime.layers import Opened, open_letter
from sync.trust.letters import evidence_of

TOO_LARGE = "smime.too_large"
NO_PROGRAM = "apicrypt.no_command"
KEYS_WANTING = {"smime.no_key", "smime.cannot_open", NO_PROGRAM, "apicrypt.no_program"}
"""What another key, or another program, would change."""


def open_whole(
    letter: bytes,
    openers: Sequence[Opener],
    *,
    known: Sequence[bytes] = (),
    program: str = "",
    arrived_at: int,
) -> Opening:
    """Open a letter as far as that can be done here. Takes any octets.

    Args:
        known: certificates of its sender, DER, for signatures that come without one.
        program: the command line that opens Apicrypt; '' where the site has none.
        arrived_at: by our own clock, Unix seconds.

    Raises:
        Transient: this machine has no room for it now.
    """
    try:
        found = open_letter(letter, openers, known=known)
    except Transient:
        raise
    except MailError as error:  # a card that is not there, or does not answer
        found = Opened(payload=letter, readable=letter, stopped=error.code)
    evidence = evidence_of(letter, found, arrived_at=arrived_at)
    if not found.layers and (pieces := sealed_pieces(letter)):
        return _apicrypt(letter, pieces, program, evidence)
    inside = None if found.readable is letter else presented(letter, found.readable)
    stopped = found.stopped
    if inside is not None and len(inside) > LARGEST:
        inside, stopped = None, TOO_LARGE
    return Opening(
        octets=inside,
        stopped=stopped,
        sealed=evidence.sealing is not Sealing.NONE,
        sealed_for=_holder(found),
        evidence=evidence,
    )


def _holder(found: Opened) -> str:
    """Whose key opened it, by the innermost certificate that did."""
    for layer in reversed(found.layers):
        if isinstance(layer, SealedEvidence):
            return read_certificate(layer.opened_with).subject
    return ""


def _apicrypt(letter: bytes, pieces: Sequence[Sealed], program: str, evidence: Evidence) -> Opening:
    """Each piece by the vendor's program; what it could not open is left as it came."""
    results: dict[str, bytes] = {}
    stopped = "" if program else NO_PROGRAM
    for piece in pieces if program else ():
        try:
            results[piece.number] = run(program, {}, piece.octets)
        except Transient:
            raise
        except MailError as error:
            stopped = error.code
    # Nobody but the letter knows this name, and no letter holds its own digest.
    boundary = hashlib.sha256(letter).hexdigest()[:32]
    return Opening(
        octets=opened(letter, results, boundary) if results else None,
        stopped=stopped,
        sealed=True,
        evidence=replace(evidence, sealing=Sealing.CLOSED if stopped else Sealing.UNAUTHENTICATED),
    )
