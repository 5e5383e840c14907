"""Whether a server's certificate was revoked, asked at the end of the handshake, before any word.

OpenSSL's own CRL check knows two answers: without a current list for every certificate it refuses,
and a clinic whose line was cut for a week could not come back. So the chain that OpenSSL verified
is looked up here, in the lists that are kept: revoked is refused, unknown goes on and is said, or
is refused where the site asks for that (docs/decisions/0007-own-path-building.md).
"""

from __future__ import annotations

import hashlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from store.db.anchors import anchors
from store.db.crls import note_server, want_crls
from store.db.open import Connection
from store.host.clock import now
from store.host.log import event
from store.model.account import Account
from store.model.ids import AccountId
from store.model.trust import Revocation, RevocationFact
from sync.trust.certificate import Certificate, read
from sync.trust.kept import IGC_SANTE, SYSTEM, kept
from sync.trust.revocation import AtHand, lists_of, of_path

log = logging.getLogger(__name__)
REVOKED_CODE, UNKNOWN_CODE = 23, 3
"""X509_V_ERR_CERT_REVOKED, X509_V_ERR_UNABLE_TO_GET_CRL: what OpenSSL would have said."""
Noted = Callable[[str, tuple[Certificate, ...], RevocationFact], None]


def _nobody(host: str, path: tuple[Certificate, ...], fact: RevocationFact) -> None:
    """For whom nothing is to be remembered."""


@dataclass(frozen=True, kw_only=True)
class ServerTrust:
    """What the handshakes of one account are judged by, as it was when a connection began."""

    anchors: tuple[bytes, ...] = ()
    """DER; those of `--ca igc-sante`. The others are read from where the account says."""
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    needs_revocation: bool = False
    noted: Noted = field(default=_nobody, compare=False, repr=False)

    @property
    def key(self) -> bytes:
        """Differs when a certificate could be judged otherwise."""
        digest = hashlib.sha256(bytes([self.needs_revocation]))
        for each in (*self.anchors, b"", *self.crls):
            digest.update(hashlib.sha256(each).digest())
        return digest.digest()

    def check(self, connection: ssl.SSLObject | ssl.SSLSocket) -> None:
        """Refuse a server whose certificate was revoked.

        Raises:
            ssl.SSLCertVerificationError: as OpenSSL raises it; sync/tls.py explains it.
        """
        if connection.session_reused:
            return  # judged by these same lists when the session began (sync/resumption.py)
        path = _chain(connection)
        fact = of_path(path, AtHand.of(self.crls), now())
        self.noted(connection.server_hostname or "", path, fact)
        if fact.state is Revocation.REVOKED:
            raise _refusal(REVOKED_CODE)
        if fact.state is Revocation.UNKNOWN and self.needs_revocation:
            raise _refusal(UNKNOWN_CODE)


Trust = ServerTrust | None
"""None: nothing is kept for this account's servers."""


def server_trust(db: Connection, account: Account) -> Trust:
    """What is kept for this account's servers; what is seen of them is written at once."""
    return trust_for(db, account.ca, partial(_note, db, account.id))


def trust_for(db: Connection, ca: str, noted: Noted) -> Trust:
    """What is kept for servers under `ca`; None for the system's authorities.

    Those are of the whole world, their lists are long, and nobody here chose them.

    Args:
        noted: called in the thread of the handshake; a `Seen` where that is not the one of `db`.
    """
    if ca == SYSTEM:
        return None
    known = kept(db)
    # Intermediates too: OpenSSL takes none for an anchor, and some servers do not send theirs.
    chosen = anchors(db, IGC_SANTE) if ca == IGC_SANTE else []
    return ServerTrust(
        anchors=tuple(each.certificate for each in chosen),
        crls=known.crls,
        needs_revocation=known.policy.needs_revocation,
        noted=noted,
    )


class Seen:
    """What handshakes in another thread have found, until the database's own thread writes it."""

    def __init__(self) -> None:
        self._found: list[tuple[tuple[Certificate, ...], RevocationFact]] = []

    def __call__(self, host: str, path: tuple[Certificate, ...], fact: RevocationFact) -> None:
        """Keep it in memory: no database here."""
        self._found.append((path, fact))

    def want(self, db: Connection) -> RevocationFact | None:
        """Want the lists that were missing; the last that was known, None of no handshake."""
        found = list(self._found)
        want_crls(db, [each for path, _ in found for each in lists_of(path)])
        return found[-1][1] if found else None


def _note(
    db: Connection,
    account_id: AccountId,
    host: str,
    path: tuple[Certificate, ...],
    fact: RevocationFact,
) -> None:
    """Write what was known, and want the lists that were missing; if it can be."""
    try:
        want_crls(db, lists_of(path))
        note_server(db, account_id, host, fact.state, as_of_at=fact.as_of_at, now=now())
    except Exception as error:  # inside a handshake, which must not fail of it
        event(log, logging.WARNING, "crl.unnoted", account=account_id, error=error)


class CheckedObject(ssl.SSLObject):
    """A connection that asks, once the handshake is over, what its context wants to know."""

    def do_handshake(self) -> None:
        """As the base; then refuses what was revoked."""
        super().do_handshake()
        _check(self)


class CheckedSocket(ssl.SSLSocket):
    """The same for what blocks in a thread of its own."""

    def do_handshake(self, block: bool = False) -> None:
        """As the base; then refuses what was revoked."""
        super().do_handshake(block)
        _check(self)


def _check(connection: ssl.SSLObject | ssl.SSLSocket) -> None:
    trust = getattr(connection.context, "trust", None)
    if trust is not None:
        trust.check(connection)


class CheckedContext(ssl.SSLContext):
    """A client's context whose connections are checked for revocation before a word is said.

    asyncio makes every connection by `wrap_bio`, blocking clients by `wrap_socket`; a context may
    choose the class of either (public API).
    """

    sslobject_class = CheckedObject
    sslsocket_class = CheckedSocket
    trust: ServerTrust | None = None


def _chain(connection: ssl.SSLObject | ssl.SSLSocket) -> tuple[Certificate, ...]:
    """The chain OpenSSL verified, from the server's certificate to the anchor."""
    # Public since Python 3.13; there since 3.10 in the object underneath, as certificates that
    # turn into PEM. Where neither is, only the first certificate is known, and its issuer is not.
    # A resumed session has none.
    found = getattr(connection, "get_verified_chain", None)
    if found is not None:
        ders = list(found() or ())
    else:
        inner = getattr(getattr(connection, "_sslobj", None), "get_verified_chain", None)
        chain = () if inner is None else inner() or ()
        ders = [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in chain]
    if not ders:
        ders = [connection.getpeercert(binary_form=True) or b""]
    return tuple(each for der in ders if (each := read(der)) is not None)


def _refusal(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error
