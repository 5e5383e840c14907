"""The only two ways a connection becomes encrypted, for IMAP and SMTP alike; and why it failed.

TLS 1.2 or 1.3 with the suites ANSSI recommends (guide TLS 1.2, 2020-03), the server's name and
chain always verified against the anchors of the account, and no others. Nothing here can be
turned off. A certificate that does not convince is the person's to judge, so NeedsUser; a line
that breaks is nobody's, so Transient.
"""

from __future__ import annotations

import socket
import ssl
from typing import TypeVar, overload

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Account, Endpoint
from sync import client_certificate

SUITES = (
    *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    *("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"),
)
"""For TLS 1.2. Those of TLS 1.3 are all ECDHE with AEAD; OpenSSL offers its three."""
SYSTEM, IGC_SANTE = "system", "igc-sante"

CERTIFICATE = {
    9: "tls.expired",  # not yet valid
    10: "tls.expired",
    18: "tls.untrusted",  # signed by itself
    19: "tls.untrusted",  # signed by itself somewhere above
    20: "tls.untrusted",  # issuer unknown
    21: "tls.untrusted",
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


Context = TypeVar("Context", bound=ssl.SSLContext)


@overload
def client_context(account: Account) -> ssl.SSLContext: ...
@overload
def client_context(account: Account, kind: type[Context]) -> Context: ...
def client_context(account: Account, kind: type[ssl.SSLContext] = ssl.SSLContext) -> ssl.SSLContext:
    """How to speak TLS to this account's servers.

    Raises:
        NeedsUser: `tls.no_anchors`, `tls.bad_anchors`, `tls.bad_client_cert`,
            `tls.client_key_not_private`.
    """
    context = kind(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES))
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    _load_anchors(context, account)
    client_certificate.load(context, account)
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


def _load_anchors(context: ssl.SSLContext, account: Account) -> None:
    if account.ca == SYSTEM:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return
    if account.ca == IGC_SANTE:
        # The chain is the Agence du Numérique en Santé's to publish, and the person's to check.
        raise NeedsUser("tls.no_anchors", host=account.imap.host)
    try:
        context.load_verify_locations(cafile=account.ca)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise NeedsUser("tls.bad_anchors", path=account.ca) from error
