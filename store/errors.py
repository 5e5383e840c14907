"""Four kinds of failure, because there are four things to do next.

`code` is stable and dotted; it is stored, logged, and looked up in store/locales to become a
sentence. `params` fill that sentence and never leave for a log (store/host/log.py).
"""

from __future__ import annotations


class MailError(Exception):
    """Root. Raised itself only for our own bugs; the three kinds below say what to do."""

    exit_code = 1

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code, self.params = code, params

    def __str__(self) -> str:
        facts = " ".join(f"{k}={v!r}" for k, v in sorted(self.params.items()))
        return f"{self.code} {facts}".rstrip()


class Transient(MailError):
    """Nothing changed. Try again later, by itself: timeouts, 4xx, a locked file."""


class NeedsUser(MailError):
    """Only a person can unblock this: a password, an expired card, an untrusted certificate."""


class Permanent(MailError):
    """Will fail the same way for ever: 5xx, malformed data. Mark the item, carry on."""


class Locked(NeedsUser):
    """The store cannot be opened with what was given. Exit code 3."""

    exit_code = 3


class Usage(NeedsUser):
    """The command was given something that does not exist or cannot be. Exit code 2."""

    exit_code = 2
