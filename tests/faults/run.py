"""A whole pass over a line that goes wrong, and how it ends."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass

from store.errors import MailError
from store.host.keys import DataKey
from store.host.paths import Home
from sync.passes import whole_pass
from sync.waiting import waiting_pass
from tests.faults.person import Person
from tests.faults.proxy import FaultProxy

HANGS_SECONDS = 15.0
"""Five times what the impatient give a command: a pass that takes longer hangs."""


@dataclass(frozen=True, slots=True)
class Faulted:
    """Somebody, and the line to their server."""

    person: Person
    proxy: FaultProxy
    home: Home
    key: DataKey

    async def ends(self, *, waiting: bool = False) -> str:
        """One whole pass: the code of what ended it, '' when it went through.

        waiting: the node's, which stays connected until something ends it.

        An error that is no MailError, or one that says so of itself, is a bug and is raised.
        """
        each = waiting_pass if waiting else whole_pass
        try:
            async with asyncio.timeout(HANGS_SECONDS):
                await each(self.person.db, self.person.account, self.home, self.key)
        except MailError as error:
            if error.code.startswith("bug."):
                raise
            return error.code
        finally:
            self.assert_no_secret_in_clear()
        return ""

    def assert_no_secret_in_clear(self) -> None:
        """Not the password in any form, and not a word of logging in."""
        user, password = self.person.user.encode(), self.person.password.encode()
        plain = base64.b64encode(b"\0" + user + b"\0" + password)
        clear = bytes(self.proxy.clear)
        for secret in (password, base64.b64encode(password), plain, user):
            assert secret not in clear
        for verb in (b"LOGIN", b"AUTHENTICATE"):
            assert verb not in clear.upper()
