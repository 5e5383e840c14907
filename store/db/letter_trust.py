"""What the screen and the commands say of a letter's sender: read, never judged here."""

from __future__ import annotations

from store.db.accounts import account
from store.db.open import Connection
from store.db.opened import CLAIMS_SINCE, means_to_judge
from store.db.packed_trust import finding_of
from store.db.routing import PUBLIC
from store.db.whitelist import listed, trust_space
from store.errors import Usage
from store.model.certificate import Learnt, Source
from store.model.ids import AccountId, EmailId
from store.model.opened import UNSIGNED, LetterTrust, Waiting
from store.model.trust import Level, Reason, Verdict
from store.routing.domains import APICRYPT, domain_of, is_under

INSIDE, LISTED, VENDOR, OUTSIDE = "mssante", "mssante_outside", "apicrypt", "outside"


def letter_trust(db: Connection, email_id: EmailId) -> LetterTrust:
    """What may be said of a letter.

    Raises:
        Usage: `email.unknown`.
    """
    letter = db.execute(
        "SELECT account_id, sender_email, received_at, digest IS NOT NULL, derived_version"
        " FROM email WHERE id = ?",
        (email_id,),
    ).fetchone()
    if letter is None:
        raise Usage("email.unknown", id=email_id)
    network = _network(db, AccountId(letter[0]), str(letter[1]))
    row = db.execute(
        "SELECT version, stopped, sealed, sealed_for, level, reasons, signer, address, judged_at,"
        " judged_with FROM email_opened WHERE email_id = ?",
        (email_id,),
    ).fetchone()
    waiting = _waiting(letter[3], letter[4])
    if row is None:
        return LetterTrust(waiting=waiting, network=network)
    version, stopped, sealed, sealed_for, level, reasons, signer, address, at, by = row
    if version == 0 or not level:
        waiting = waiting or Waiting.PENDING
    elif by != means_to_judge(db):
        waiting = waiting or Waiting.AGAIN
    verdict = UNSIGNED
    if waiting is None:
        verdict = Verdict(
            level=Level(level),
            reasons=tuple(Reason(each) for each in reasons.split()),
            signer=finding_of(signer) if signer else None,
            address=address,
        )
    return LetterTrust(
        claims=True,
        waiting=waiting,
        stopped=stopped,
        sealed=bool(sealed),
        sealed_for=sealed_for,
        verdict=verdict,
        judged_at=at,
        learnt=_learnt(db, verdict, letter[2]),
        learnt_at=letter[2],
        network=network,
    )


def _waiting(is_whole: bool, derived_version: int) -> Waiting | None:
    """What is shown is not what was judged until it has been read; a part of it tells nothing."""
    if not is_whole:
        return Waiting.NOT_WHOLE
    return Waiting.PENDING if derived_version < CLAIMS_SINCE else None


def _learnt(db: Connection, verdict: Verdict, at: int) -> Learnt | None:
    """Whether this is the letter a certificate was met in first; None where it is one more.

    Told from what is known now, so that it does not matter which letter was read first.
    """
    if verdict.level is not Level.PROVEN or verdict.signer is None:
        return None
    rows = db.execute(
        "SELECT c.fingerprint, a.first_seen_at FROM certificate_address a"
        " JOIN certificate c ON c.id = a.certificate_id WHERE a.address = ? AND a.source = ?",
        (verdict.address.lower(), Source.SIGNED_MAIL.value),
    ).fetchall()
    since = dict(rows)
    own = since.pop(verdict.signer.fingerprint, None)
    if own is None or at > own:
        return None
    return Learnt.CHANGED if any(each < own for each in since.values()) else Learnt.FIRST


def _network(db: Connection, account_id: AccountId, sender: str) -> str:
    """By which network its sender's address is reached; whether it came by it is another thing.

    An address proves nothing by itself: only where our own account is inside the trust space do
    its operators answer for who may write from a listed domain.
    """
    domain = domain_of(sender)
    if is_under(domain, APICRYPT):
        return VENDOR
    if not trust_space(db).known:
        return ""
    by = account(db, account_id)
    here = domain_of(by.address)
    found = listed(db, (domain, here))
    if domain not in found:
        return OUTSIDE
    return INSIDE if here in found and by.ca != PUBLIC else LISTED
