"""What the person says of time: when a letter leaves, by when an answer is expected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click

from store.compose import is_address
from store.errors import Permanent, Usage
from store.host.clock import local, now
from store.host.i18n import explain
from store.plain import said

SECONDS = {"m": 60, "h": 3600, "d": 86_400, "j": 86_400}
LONGEST_SECONDS = 366 * 86_400


class Moment(click.ParamType[int]):
    """18:30, 2026-12-01T08:00, or from now 45m, 6h, 2d: Unix seconds UTC."""

    name = "T"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """A time to come, or a usage sentence."""
        if isinstance(value, int):
            return value
        try:
            return moment(str(value), now())
        except Usage as error:
            self.fail(explain(error), param, ctx)


def moment(text: str, at: int) -> int:
    """The time that `text` means when it is said at `at`; both Unix seconds UTC.

    An hour that has passed today is tomorrow's.

    Raises:
        Usage: `send.bad_time`, `send.time_past`.
    """
    if found := re.fullmatch(r"([0-9]{1,5})([mhdj])", text):
        return _to_come(at + int(found[1]) * SECONDS[found[2]], at, text)
    here = local(at)
    try:
        if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
            hour, minute = map(int, text.split(":"))
            then = here.replace(hour=hour, minute=minute, second=0)
            then += timedelta(days=then <= here)
        else:
            then = datetime.fromisoformat(text)
        return _to_come(int(then.astimezone(then.tzinfo and UTC).timestamp()), at, text)
    except (ValueError, OverflowError, OSError) as error:
        raise Usage("send.bad_time", value=text) from error


def _to_come(then: int, at: int, text: str) -> int:
    if then > at + LONGEST_SECONDS:
        raise Usage("send.bad_time", value=text)
    if then <= at:
        raise Usage("send.time_past", value=text)
    return then


@dataclass(frozen=True, slots=True)
class Expected:
    """What was said of time with one letter."""

    leaves: int | None
    """Not before this, Unix seconds UTC; None for at once."""
    answer_by: int | None
    tell: str
    """Who is told when no answer has come; '' for nobody."""

    @classmethod
    def of(cls, leaves: int | None, answer_by: int | None, tell: str) -> Expected:
        """What was said, when it makes sense.

        Raises:
            Usage: `send.escalate_alone`.  Permanent: `submission.bad_address`.
        """
        if tell and answer_by is None:
            raise Usage("send.escalate_alone")
        if tell and not is_address(tell):
            raise Permanent("submission.bad_address")
        return cls(leaves, answer_by, tell)

    def tell_when(self) -> None:
        """Say when it leaves, where that is not at once."""
        if self.leaves is not None:
            click.echo(
                said("cli.send.scheduled", at=f"{local(self.leaves):%d/%m/%Y %H:%M}"), err=True
            )


AT_ONCE = Expected(None, None, "")
