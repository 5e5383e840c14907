"""Our own certificate, shown where an operator wants to know which organisation calls.

PEM files, or one PKCS#12 file as the IGC-Santé gives them out. OpenSSL's binding only reads paths:
what is taken out of a PKCS#12 file is handed to it in memory (memfd), never on a disk.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from store.errors import NeedsUser
from store.host.files import check_private
from store.model.account import Account


def load(context: ssl.SSLContext, account: Account) -> None:
    """Show the account's client certificate to whoever asks for one. Nothing when it has none.

    Raises:
        NeedsUser: `tls.bad_client_cert`, `tls.client_key_not_private`.
    """
    if not account.client_cert:
        return
    try:
        password = _password(account.client_password_file)
        if account.client_key:
            check_private(Path(account.client_key), "tls.client_key_not_private")
            # Without an answer of ours, OpenSSL asks the terminal for the passphrase of the key.
            context.load_cert_chain(account.client_cert, account.client_key, lambda: password)
        elif _is_pem(Path(account.client_cert)):
            check_private(Path(account.client_cert), "tls.client_key_not_private")
            context.load_cert_chain(account.client_cert, None, lambda: password)
        else:
            check_private(Path(account.client_cert), "tls.client_key_not_private")
            with _in_memory(_pem(Path(account.client_cert), password)) as path:
                context.load_cert_chain(path)
    except (OSError, ValueError, TypeError) as error:
        raise NeedsUser("tls.bad_client_cert", path=account.client_cert) from error


def _password(path: str) -> bytes:
    if not path:
        return b""
    check_private(Path(path), "tls.client_key_not_private")
    return Path(path).read_bytes().split(b"\n", 1)[0].rstrip(b"\r")


def _is_pem(path: Path) -> bool:
    return b"-----BEGIN" in path.read_bytes()


def _pem(path: Path, password: bytes) -> bytes:
    """Certificate, key and intermediates of a PKCS#12 file."""
    held = pkcs12.load_pkcs12(path.read_bytes(), password or None)
    if held.cert is None or not isinstance(
        held.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    ):
        raise ValueError("no certificate with its key")
    key = held.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = [held.cert, *held.additional_certs]
    certificates = (e.certificate.public_bytes(serialization.Encoding.PEM) for e in chain)
    return key + b"".join(certificates)


@contextmanager
def _in_memory(octets: bytes) -> Iterator[str]:
    """A path that this process alone can open, for as long as the block lasts."""
    handle = os.memfd_create("client-certificate", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(octets)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.ftruncate(handle, 0)
        os.close(handle)
