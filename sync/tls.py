"""The only two ways a connection becomes encrypted, for IMAP and SMTP alike; and why it failed.

TLS 1.2 or 1.3 with the suites ANSSI recommends (guide TLS 1.2, 2020-03), the server's name and
chain always verified against the anchors of the account, and no others, and looked up in the
revocation lists that are kept (sync/trust/server.py). Nothing here can be turned off. A certificate
that does not convince is the person's to judge, so NeedsUser; a line that breaks is nobody's, so
Transient.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import TypeVar, overload

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Account, Endpoint
from sync import client_certificate
from sync.trust.bundle import certificates_in
from sync.trust.kept import IGC_SANTE, SYSTEM
from sync.trust.server import REVOKED_CODE, UNKNOWN_CODE, CheckedContext, Trust

SUITES = (
    *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    *("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"),
)
"""For TLS 1.2. Those of TLS 1.3 are all ECDHE with AEAD; OpenSSL offers its three."""
LEAST_SECURITY = "@SECLEVEL=2"
"""RSA from 2048 bits, EC from 224, no SHA-1: some builds of OpenSSL would take less."""

CERTIFICATE = {
    2: "tls.untrusted",  # the issuer of an authority unknown
    UNKNOWN_CODE: "tls.revocation_unknown",
    9: "tls.expired",  # not yet valid
    10: "tls.expired",
    18: "tls.untrusted",  # signed by itself
    19: "tls.untrusted",  # signed by itself somewhere above
    20: "tls.untrusted",  # issuer unknown
    21: "tls.untrusted",
    REVOKED_CODE: "tls.revoked",
    26: "tls.untrusted",  # issued for something else than being a server
    62: "tls.wrong_host",
    64: "tls.wrong_host",  # an address instead of a name
}
"""X509_V_ERR_* of OpenSSL -> what the person is told."""
CLIENT_REFUSED = {
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_REVOKED",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "TLSV1_ALERT_ACCESS_DENIED",
    "TLSV1_ALERT_UNKNOWN_CA",
}
"""Alerts by which a server says that our certificate does not convince it."""
NO_COMMON_GROUND = {
    "HTTP_REQUEST",
    "NO_PROTOCOLS_AVAILABLE",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_CIPHER_RETURNED",
    "WRONG_SSL_VERSION",
    "WRONG_VERSION_NUMBER",
}
"""The server speaks no TLS on that port, or none that is safe."""


Context = TypeVar("Context", bound=CheckedContext)


@overload
def client_context(account: Account, *, trust: Trust = ...) -> CheckedContext: ...
@overload
def client_context(account: Account, kind: type[Context], trust: Trust = ...) -> Context: ...
def client_context(
    account: Account, kind: type[CheckedContext] = CheckedContext, trust: Trust = None
) -> CheckedContext:
    """How to speak TLS to this account's servers.

    Args:
        trust: what is kept of the authorities of this account and of what they revoked; without
            it nothing is known of either.

    Raises:
        NeedsUser: `tls.no_anchors`, `tls.bad_anchors`, `tls.bad_client_cert`,
            `tls.client_key_not_private`.
    """
    context = anchored_context(account.ca, account.imap.host, kind, trust)
    client_certificate.load(context, account)
    return context


@overload
def anchored_context(ca: str, host: str, *, trust: Trust = ...) -> CheckedContext: ...
@overload
def anchored_context(ca: str, host: str, kind: type[Context], trust: Trust = ...) -> Context: ...
def anchored_context(
    ca: str, host: str, kind: type[CheckedContext] = CheckedContext, trust: Trust = None
) -> CheckedContext:
    """How to speak TLS to `host`, whose chain must end in `ca`: 'system', 'igc-sante' or a path.

    Args:
        trust: what is kept of these authorities and of what they revoked.

    Raises:
        NeedsUser: `tls.no_anchors`, `tls.bad_anchors`.
    """
    context = kind(ssl.PROTOCOL_TLS_CLIENT)
    context.trust = trust
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join((*SUITES, LEAST_SECURITY)))
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.check_hostname = True
    context.hostname_checks_common_name = False
    context.verify_mode = ssl.CERT_REQUIRED
    _load_anchors(context, ca, host, trust)
    return context


def explain(error: BaseException, endpoint: Endpoint) -> MailError:
    """What kept us from that server, or cut us off from it."""
    host = endpoint.host
    if isinstance(error, MailError):
        return error
    if isinstance(error, ssl.SSLError):
        return _explain_tls(error, host)
    if isinstance(error, socket.gaierror | UnicodeError):
        return Transient("net.name", host=host)
    if isinstance(error, TimeoutError):
        return Transient("net.timeout", host=host)
    if isinstance(error, ConnectionRefusedError):
        return Transient("net.unreachable", host=host)
    if isinstance(error, ConnectionError | EOFError):
        return Transient("net.lost", host=host)
    if isinstance(error, OSError):
        return Transient("net.unreachable", host=host)
    return MailError("bug.unexpected", kind=type(error).__name__)


def _explain_tls(error: ssl.SSLError, host: str) -> MailError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return NeedsUser(CERTIFICATE.get(error.verify_code, "tls.bad_certificate"), host=host)
    reason = getattr(error, "reason", None) or ""  # absent when asyncio made the error
    if reason in CLIENT_REFUSED:
        return NeedsUser("tls.client_refused", host=host)
    if reason in NO_COMMON_GROUND:
        return NeedsUser("tls.failed", host=host)
    return Transient("net.lost", host=host)


def _load_anchors(context: ssl.SSLContext, ca: str, host: str, trust: Trust) -> None:
    if ca == SYSTEM:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return
    if ca == IGC_SANTE:
        if trust is None or not trust.anchors:
            # The Agence du Numérique en Santé publishes it, the person checks and imports it.
            raise NeedsUser("tls.no_anchors", host=host)
        context.load_verify_locations(cadata=b"".join(trust.anchors))
        return
    try:
        context.load_verify_locations(cadata=b"".join(certificates_in(Path(ca))))
    except (NeedsUser, OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise NeedsUser("tls.bad_anchors", path=ca) from error
