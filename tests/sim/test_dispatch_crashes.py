"""Killed at every commit between the gesture and the outbox, a dispatch is whole or never was."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store.db.accounts import account, add_account, change_account
from store.db.authors import set_author
from store.db.drafts import attach, drafts, drafts_waiting, save_draft, send_draft
from store.db.handovers import handovers
from store.db.open import Connection
from store.db.submissions import outbox
from store.db.whitelist import replace_whitelist
from store.errors import NeedsUser
from store.host import clock
from store.model.account import Account, Endpoint
from store.model.draft import Draft, HealthWish
from store.model.email import EmailAddress
from store.model.handover import HandoverState
from sync.dispatch.building import build_dispatch
from sync.dispatch.composing import dispatch_composed
from sync.dispatch.facts import Built, DispatchFacts
from sync.dispatch.placing import place_open
from sync.dispatch.queueing import GRACE_SECONDS, enter, new_marks
from sync.submit.freeze import freeze, freeze_due
from tests.sim.test_handover_crashes import Counted, Crash, Fuse, whole
from tests.unit.dispatch.practice import AUTHOR, facts
from tests.unit.documents.invented import INS

TO = [f"{INS}@patient.mssante.fr", "alice@cabinet.example"]


@pytest.fixture
def labo(db: Connection) -> Account:
    there = Endpoint(host="mx.labo.example", port=465)
    said = {"name": "labo", "address": "eloise@labo.example", "user": "eloise"}
    id_ = add_account(db, imap=there, smtp=there, **said)
    domains = ["labo.example", "cabinet.example", "patient.mssante.fr"]
    now = clock.now()
    replace_whitelist(db, domains, digest=b"d", published_at=now, now=now)
    change_account(db, replace(account(db, id_), ca="igc-sante"))
    return account(db, id_)


def asked(folder: Path, number: int) -> DispatchFacts:
    """Each time another document, to all three."""
    folder.mkdir()
    wanted = facts(
        letter="to_patient = true\nto_dmp = true", folder=folder, pdf=b"%%PDF-1.4 %d" % number
    )
    return replace(wanted, at=clock.now(), marks=new_marks())


async def gesture(db: Connection, labo: Account, wanted: DispatchFacts) -> None:
    """What `pli send --as xdm` does once it has said the ways."""
    built = build_dispatch(wanted)
    assert isinstance(built, Built)
    entered = enter(db, labo, wanted, built)
    for each in entered.drafts:
        await freeze(db, labo, each, now=wanted.at)
    await place_open(db)


async def test_killed_at_each_commit_it_is_whole_or_never_was(
    db: Connection, labo: Account, tmp_path: Path
) -> None:
    fuse, fates = Fuse(), set()
    dying: Any = Counted(db, fuse)
    for steps in itertools.count():
        before, folder = len(outbox(db)), tmp_path / str(steps)
        wanted = asked(folder, steps)
        fuse.left = steps
        try:
            await gesture(dying, labo, wanted)
        except Crash:
            if db.in_transaction:
                db.execute("ROLLBACK")
        burnt, fuse.left = fuse.left, None
        # The node, later.
        await freeze_due(db, labo, now=wanted.at + GRACE_SECONDS)
        assert await place_open(db) == 0
        sent = outbox(db)[: len(outbox(db)) - before]
        people = sorted(each.email for row in sent for each in row.recipients)
        fates.add(tuple(people))
        assert people in ([], TO)
        assert (drafts(db), drafts_waiting(db)) == ([], [])
        placed = [set(whole(each)) for each in folder.iterdir()]
        assert len(placed) == bool(people)
        assert all(len(each) == 4 for each in placed)
        if people:
            [row] = [each for each in handovers(db) if each.folder == str(folder)]
            assert row.state is HandoverState.PLACED
            built = build_dispatch(replace(wanted, marks=new_marks()))
            assert isinstance(built, Built)
            with pytest.raises(NeedsUser, match=r"dispatch\.already"):
                enter(db, labo, wanted, built)
        if burnt is not None:
            break
    assert fates == {(), tuple(TO)}
    assert steps >= 5, "the fuse misses commits"


def composed(db: Connection, labo: Account, wanted: DispatchFacts) -> None:
    """The same, written on a screen and told to leave."""
    settings = f'{AUTHOR}\n[dmp]\nfolder = "{wanted.author.dmp_folder}"\n'
    set_author(db, labo.id, settings, now=wanted.at)
    patient = wanted.sidecar.patient
    assert patient
    wish = HealthWish(
        patient=patient,
        service_day="2026-11-24",
        qualified=True,
        to_patient=True,
        to_dmp=True,
    )
    pdf = attach(db, "a.pdf", "application/pdf", wanted.pdf)
    sender = EmailAddress(email=labo.address)
    letter = Draft(sender=sender, to=wanted.to, attachments=(pdf,), health=wish)
    send_draft(db, save_draft(db, labo.id, letter, now=wanted.at), wanted.at)


async def node_turn(db: Connection, labo: Account, wanted: DispatchFacts) -> None:
    """What the node does of it."""
    await dispatch_composed(db, labo, now=wanted.at)
    await freeze_due(db, labo, now=wanted.at)
    await place_open(db)


async def test_a_composed_one_killed_at_each_commit_leaves_whole_with_the_next_turn(
    db: Connection, labo: Account, tmp_path: Path
) -> None:
    fuse = Fuse()
    dying: Any = Counted(db, fuse)
    for steps in itertools.count():
        before, folder = len(outbox(db)), tmp_path / str(steps)
        wanted = asked(folder, steps)
        composed(db, labo, wanted)
        fuse.left = steps
        try:
            await node_turn(dying, labo, wanted)
        except Crash:
            if db.in_transaction:
                db.execute("ROLLBACK")
        burnt, fuse.left = fuse.left, None
        await node_turn(db, labo, wanted)
        sent = outbox(db)[: len(outbox(db)) - before]
        assert sorted(each.email for row in sent for each in row.recipients) == TO
        assert (drafts(db), drafts_waiting(db)) == ([], [])
        assert [len(set(whole(each))) for each in folder.iterdir()] == [4]
        if burnt is not None:
            break
    assert steps >= 5, "the fuse misses commits"
