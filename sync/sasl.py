"""What is said to prove who we are, whatever the protocol around it. Pure.

PLAIN (RFC 4616), LOGIN, XOAUTH2 (as Google and Microsoft publish it, and MSSanté operators ask for
it), OAUTHBEARER (RFC 7628), EXTERNAL (RFC 4422 appendix A). The mechanism follows from how the
account logs in and from what is offered under TLS: a server cannot make us say a password where a
token was meant, nor a token where a certificate was.
"""

from __future__ import annotations

import base64
from collections.abc import Collection

from store.model.account import Account, Endpoint, Login

PREFERRED = {
    Login.PASSWORD: ("PLAIN", "LOGIN"),
    Login.TOKEN: ("XOAUTH2", "OAUTHBEARER"),
    Login.CERTIFICATE: ("EXTERNAL",),
}
LAST_WORD = {"XOAUTH2": b"", "OAUTHBEARER": b"AQ=="}
"""What a refusal wants to hear before it is final (RFC 7628 section 3.2.3)."""


def mechanism(login: Login, offered: Collection[str]) -> str | None:
    """The first that both know; None when there is none. `offered` is in upper case."""
    return next((name for name in PREFERRED[login] if name in offered), None)


def first_words(name: str, account: Account, secret: str, server: Endpoint) -> bytes:
    """The initial response of a mechanism, in base64; never empty, and LOGIN has none."""
    user, words = octets(account.user), octets(secret)
    if name == "XOAUTH2":
        response = b"user=" + user + b"\1auth=Bearer " + words + b"\1\1"
    elif name == "OAUTHBEARER":
        whom = user.replace(b"=", b"=3D").replace(b",", b"=2C")
        where = b"host=%s\1port=%d\1" % (octets(server.host), server.port)
        response = b"n,a=" + whom + b",\1" + where + b"auth=Bearer " + words + b"\1\1"
    elif name == "EXTERNAL":
        response = user
    else:
        response = b"\0" + user + b"\0" + words
    return base64.b64encode(response)


def octets(words: str) -> bytes:
    """As they go over the line."""
    return words.encode("utf-8", "surrogateescape")
