"""How we come to trust a server, and what went wrong when we do not.

One policy for IMAP and SMTP: TLS 1.2 or later, forward secrecy with AEAD (ANSSI's TLS guide, v1.2,
2020), the host's name checked, and the anchors of the account: the system's, one file's, or the
health authority's, never a mixture.
"""

from __future__ import annotations

import socket
import ssl

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Account, Endpoint

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM:!PSK:!SRP"
"""For TLS 1.2; those of TLS 1.3 are all acceptable."""

UNTRUSTED = {
    10: "tls.expired",  # X509_V_ERR_CERT_HAS_EXPIRED
    9: "tls.not_yet_valid",  # X509_V_ERR_CERT_NOT_YET_VALID
    62: "tls.wrong_host",  # X509_V_ERR_HOSTNAME_MISMATCH
    64: "tls.wrong_host",  # X509_V_ERR_IP_ADDRESS_MISMATCH
}


def client_context(account: Account) -> ssl.SSLContext:
    """What every connection of `account` is made with.

    Raises:
        NeedsUser: `tls.no_anchors`, `tls.bad_anchors`, `tls.bad_client_cert`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the name, requires a certificate
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    _anchors(context, account)
    if account.client_cert:
        try:
            context.load_cert_chain(account.client_cert, account.client_key or None)
        except (OSError, ssl.SSLError) as error:
            raise NeedsUser("tls.bad_client_cert", account=account.name) from error
    return context


def _anchors(context: ssl.SSLContext, account: Account) -> None:
    match account.ca:
        case "system":
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        case "igc-sante":
            raise NeedsUser("tls.no_anchors", account=account.name)
        case path:
            try:
                context.load_verify_locations(cafile=path)
            except (OSError, ssl.SSLError) as error:
                raise NeedsUser("tls.bad_anchors", path=path) from error


def explain(error: BaseException, endpoint: Endpoint) -> MailError:
    """The MailError that says what happened on the way to `endpoint`.

    A certificate is for a person to judge; everything else on the line may pass by itself.
    """
    where = {"host": endpoint.host, "port": endpoint.port}
    match error:
        case MailError():
            return error
        case ssl.SSLCertVerificationError():
            return NeedsUser(UNTRUSTED.get(error.verify_code, "tls.untrusted"), **where)
        case ssl.SSLError():
            return Transient("tls.failed", **where)
        case TimeoutError():
            return Transient("net.timeout", **where)
        case socket.gaierror():
            return Transient("net.name", **where)
        case ConnectionRefusedError():
            return Transient("net.refused", **where)
        case ConnectionError() | EOFError():
            return Transient("net.lost", **where)
        case OSError():
            return Transient("net.unreachable", **where)
    raise TypeError("not an error of the line") from error
