"""Which of the things that go on now are long enough to be shown. Pure: counts in, counts out."""

from __future__ import annotations

from collections.abc import Iterator

from store.model.ids import AccountId
from store.model.work import Unit, letters_of
from sync.imap.perform import PassReport
from sync.replica.facts import Counted
from sync.watching import LONG_OCTETS, Seen

MANY_LETTERS = 10


def seen_of_pass(account_id: AccountId, report: PassReport, traffic: Counted) -> list[Seen]:
    """What a pass over the mailboxes of an account brings, and what it takes there."""
    found = [*_asked(account_id, report), *_unasked(account_id, report)]
    brought = [each._replace(heard=traffic.octets_in) for each in found]
    return [*brought, *_uploaded(account_id, report, traffic.octets_said)]


def _uploaded(account_id: AccountId, report: PassReport, said: int) -> Iterator[Seen]:
    upload = report.progress.upload
    if upload is not None and upload.size >= LONG_OCTETS:
        done = max(0, min(upload.size, said - upload.said_before))
        yield Seen(upload.name, account_id, done, upload.size)


def _asked(account_id: AccountId, report: PassReport) -> Iterator[Seen]:
    if (asked := report.progress.asked) is not None:
        yield Seen(asked.name, account_id, asked.held, asked.size)


def _unasked(account_id: AccountId, report: PassReport) -> Iterator[Seen]:
    progress, name = report.progress, letters_of(account_id)
    if progress.left is None:
        arrived = max(progress.arrived, report.fetched)
        letters = max(progress.letters, arrived)
        if letters >= MANY_LETTERS and arrived < letters:
            yield Seen(name, account_id, arrived, letters, Unit.LETTERS)
    elif progress.left and progress.came + progress.left >= LONG_OCTETS:
        # As long as letters are to be listed, nobody knows how many octets they have.
        octets = progress.came + progress.left
        all_listed = report.announced + report.fetched >= progress.letters
        yield Seen(name, account_id, progress.came, octets if all_listed else None)
