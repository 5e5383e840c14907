"""Saying who we are to a submission server (RFC 4954), once TLS has verified it.

One mechanism, once: a second try would count as a second wrong password, and too many of those
lock a mailbox.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from store.errors import MailError, NeedsUser, Transient
from store.model.account import Account, Login
from sync import sasl
from sync.tokens import TokenRefused


class Reply(Protocol):
    """To one line."""

    @property
    def code(self) -> int: ...


Ask = Callable[..., Awaitable[Reply]]
"""Says the words of one line."""
GO_ON = 334
NOT_OFFERED = {
    Login.PASSWORD: "smtp.no_login",
    Login.TOKEN: "token.not_offered",
    Login.CERTIFICATE: "certificate.not_offered",
}


async def log_in(ask: Ask, offered: Collection[str], account: Account, secret: str) -> None:
    """Be known to the server.

    offered: the mechanisms, as EHLO under TLS named them.

    Raises:
        NeedsUser: `smtp.login_refused`, `smtp.no_login`, `token.not_offered`, `certificate.*`.
        TokenRefused: another token may be taken.
        Transient: `smtp.busy`.
    """
    names = {name.upper() for name in offered}
    if account.login is Login.CERTIFICATE and not names:
        return  # the certificate has said it: what may be sent, the server decides at MAIL and RCPT
    mechanism = sasl.mechanism(account.login, names)
    if mechanism is None:
        raise NeedsUser(NOT_OFFERED[account.login], host=account.smtp.host)
    code = await (_login if mechanism == "LOGIN" else _say)(ask, mechanism, account, secret)
    if code // 100 != 2:
        raise _refusal(code, account)


async def _say(ask: Ask, mechanism: str, account: Account, secret: str) -> int:
    words = sasl.first_words(mechanism, account, secret, account.smtp)
    try:
        code = (await ask(b"AUTH", mechanism.encode("ascii"), words)).code
        if code == GO_ON and mechanism in sasl.LAST_WORD:
            # Why a token is refused, for programs; the refusal itself comes after this line.
            code = (await ask(sasl.LAST_WORD[mechanism])).code
    except ConnectionError as error:
        if account.login is not Login.TOKEN:
            raise
        # MSSanté operators are known to hang up on a token that is over.
        raise TokenRefused("token.refused", account=account.name) from error
    return code


async def _login(ask: Ask, mechanism: str, account: Account, secret: str) -> int:
    user, words = (base64.b64encode(sasl.octets(each)) for each in (account.user, secret))
    code = (await ask(b"AUTH", mechanism.encode("ascii"), user)).code
    return (await ask(words)).code if code == GO_ON else code


def _refusal(code: int, account: Account) -> MailError:
    if code // 100 == 4:
        return Transient("smtp.busy", host=account.smtp.host)
    if account.login is Login.TOKEN:
        return TokenRefused("token.refused", account=account.name)
    if account.login is Login.CERTIFICATE:
        return NeedsUser("certificate.login_refused", host=account.smtp.host)
    return NeedsUser("smtp.login_refused", account=account.name)
