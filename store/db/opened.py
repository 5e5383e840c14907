"""What lay inside letters that are signed or sealed, and what is said of them (migration 0013).

The received octets are never touched: what was opened is kept beside them, in the same encrypted
store and nowhere else, and can be made again from them as long as the key is here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from store.db import blobs
from store.db.certificates import learn_within
from store.db.open import Connection
from store.db.packed_trust import evidence_of, pack
from store.model.certificate import CertificateFacts, Source
from store.model.ids import AccountId, BlobId, EmailId
from store.model.opened import Opening, ToOpen
from store.model.trust import Evidence, Verdict

CLAIMS_SINCE = 2
"""Letters derived by an older version (sync/mime/read.py) were never asked what they claim."""

_LOOKS_SEALED = "email_id = ?1 AND (media_type LIKE '%/%pkcs7-mime' OR name LIKE '%.p7m')"
SEALED_BY_ITS_PARTS = (
    f"SELECT 1 FROM part WHERE {_LOOKS_SEALED}"
    f" UNION ALL SELECT 1 FROM announced_part WHERE {_LOOKS_SEALED} LIMIT 1"
)
"""Of a letter that is not whole, or that this version has not read yet."""


def note_claims(db: Connection, email_ids: Iterable[EmailId], *, now: int) -> None:
    """These letters say that they are signed or sealed. Call inside `write`."""
    db.executemany(
        "INSERT INTO email_opened (email_id, seen_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(each, now) for each in email_ids],
    )


def opened_digest(db: Connection, email_id: EmailId) -> BlobId | None:
    """The name of what lay inside a letter; None when the received octets are all there is."""
    row = db.execute("SELECT digest FROM email_opened WHERE email_id = ?", (email_id,)).fetchone()
    return None if row is None or row[0] is None else BlobId(row[0])


def opened_octets(db: Connection, email_id: EmailId) -> bytes | None:
    """What lay inside a letter; None when the received octets are all there is.

    Raises:
        Permanent: `blob.damaged`.
    """
    digest = opened_digest(db, email_id)
    return None if digest is None else blobs.get(db, digest)


def came_sealed(db: Connection, email_id: EmailId) -> bool:
    """Whether some of a letter came sealed, opened or not; so too while nobody knows yet."""
    row = db.execute("SELECT sealed FROM email_opened WHERE email_id = ?", (email_id,)).fetchone()
    if row is not None:
        return bool(row[0])
    return db.execute(SEALED_BY_ITS_PARTS, (email_id,)).fetchone() is not None


def means_to_open(db: Connection) -> str:
    """A name for the keys and programs there are: it differs when one came or went."""
    keys = db.execute("SELECT id, account_id FROM smime_key ORDER BY id").fetchall()
    programs = db.execute(
        "SELECT account_id, open FROM apicrypt WHERE open <> '' ORDER BY account_id"
    ).fetchall()
    return hashlib.sha256(repr((keys, programs)).encode()).hexdigest()[:16]


def any_claims(db: Connection) -> bool:
    """Whether any letter here says that it is signed or sealed."""
    return db.execute("SELECT 1 FROM email_opened LIMIT 1").fetchone() is not None


TO_OPEN = """
SELECT o.email_id, e.account_id, e.sender_email, o.seen_at, o.digest IS NOT NULL
  FROM email_opened AS o JOIN email AS e ON e.id = o.email_id WHERE e.digest IS NOT NULL
"""


def to_open(db: Connection, version: int, means: str, limit: int) -> list[ToOpen]:
    """The newest letters never tried by this opener; and those closed to other keys than these."""
    rows = db.execute(
        f"{TO_OPEN} AND (o.version < ?1 OR (o.stopped <> '' AND o.tried_with <> ?2))"
        " ORDER BY o.email_id DESC LIMIT ?3",
        (version, means, limit),
    )
    return [_to_open(*row) for row in rows]


def closed(db: Connection) -> list[ToOpen]:
    """Every letter that stays sealed, newest first: for keys that are here for a moment only."""
    rows = db.execute(f"{TO_OPEN} AND o.stopped <> '' ORDER BY o.email_id DESC")
    return [_to_open(*row) for row in rows]


def _to_open(email_id: int, account_id: int, sender: str, seen_at: int, opened: int) -> ToOpen:
    return ToOpen(EmailId(email_id), AccountId(account_id), sender, seen_at, bool(opened))


def save_opening(
    db: Connection, email_id: EmailId, found: Opening, *, version: int, means: str
) -> None:
    """Keep what came of opening a letter; it is to be read and judged anew. Call inside `write`.

    Nothing is kept of a letter that is gone meanwhile.
    """
    if not db.execute("SELECT 1 FROM email_opened WHERE email_id = ?", (email_id,)).fetchone():
        return
    before = opened_digest(db, email_id)
    digest = None if found.octets is None else blobs.put(db, found.octets)
    db.execute(
        "UPDATE email_opened SET version = ?, tried_with = ?, digest = ?, stopped = ?, sealed = ?,"
        " sealed_for = ?, evidence = ?, level = '', reasons = '', signer = '', address = '',"
        " judged_at = 0, judged_with = '' WHERE email_id = ?",
        (
            *(version, means, digest, found.stopped, found.sealed, found.sealed_for),
            *(pack(found.evidence), email_id),
        ),
    )
    if before is not None and before != digest:
        db.execute(blobs.FORGET_BLOB, (before,))
    db.execute("UPDATE email SET derived_version = 0 WHERE id = ?", (email_id,))


def keep_opening(db: Connection, email_id: EmailId, *, version: int, means: str) -> None:
    """It could not be opened again, and what was opened once stays. Call inside `write`."""
    db.execute(
        "UPDATE email_opened SET version = ?, tried_with = ? WHERE email_id = ?",
        (version, means, email_id),
    )


def stopped_at(db: Connection, email_id: EmailId) -> str:
    """The code of what kept us out of a letter; '' when it is open, or claims nothing."""
    row = db.execute("SELECT stopped FROM email_opened WHERE email_id = ?", (email_id,)).fetchone()
    return "" if row is None else str(row[0])


def means_to_judge(db: Connection) -> str:
    """A name for the anchors, lists and policy there are: it differs when one changed."""
    queries = (
        "SELECT bundle, fingerprint, kind FROM anchor ORDER BY 1, 2",
        "SELECT url, this_update_at, next_update_at, issuer FROM crl"
        " WHERE this_update_at IS NOT NULL ORDER BY 1",
        "SELECT needs_revocation, any_purpose FROM trust_policy",
    )
    facts = [db.execute(query).fetchall() for query in queries]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def to_judge(
    db: Connection, means: str, before_at: int, limit: int
) -> list[tuple[EmailId, Evidence]]:
    """The newest letters that were judged by other means, or before a time; or never yet."""
    rows = db.execute(
        "SELECT email_id, evidence FROM email_opened WHERE evidence <> ''"
        " AND (judged_with <> ? OR judged_at <= ?) ORDER BY email_id DESC LIMIT ?",
        (means, before_at, limit),
    )
    return [(EmailId(row[0]), evidence_of(row[1])) for row in rows]


def first_judged_at(db: Connection) -> int | None:
    """When the verdict that is oldest was given, Unix seconds; None when there is none."""
    row = db.execute("SELECT min(judged_at) FROM email_opened WHERE judged_at > 0").fetchone()
    return None if row[0] is None else int(row[0])


def save_verdict(
    db: Connection, email_id: EmailId, verdict: Verdict, *, at: int, means: str
) -> None:
    """Keep what is said of a letter. Call inside `write`."""
    db.execute(
        "UPDATE email_opened SET level = ?, reasons = ?, signer = ?, address = ?, judged_at = ?,"
        " judged_with = ? WHERE email_id = ?",
        (
            *(verdict.level.value, " ".join(verdict.reasons)),
            "" if verdict.signer is None else pack(verdict.signer),
            *(verdict.address, at, means, email_id),
        ),
    )


def learn_proven(
    db: Connection,
    email_id: EmailId,
    facts: CertificateFacts,
    address: str,
    *,
    capabilities: tuple[str, ...] = (),
) -> None:
    """Remember a certificate of a letter that is proven, as of when it came here.

    Call inside `write`. Nothing is learnt from any other letter.
    """
    at = db.execute("SELECT received_at FROM email WHERE id = ?", (email_id,)).fetchone()[0]
    learn_within(
        db,
        facts,
        source=Source.SIGNED_MAIL,
        at=at,
        addresses=(address,),
        capabilities=capabilities or None,
    )


def read_all_anew(db: Connection) -> int:
    """Have every letter opened, read and judged again. Call inside `write`. Returns how many."""
    db.execute("UPDATE email_opened SET version = 0")
    return db.execute("UPDATE email SET derived_version = 0").rowcount
