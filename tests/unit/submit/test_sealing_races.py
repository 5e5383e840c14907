"""Who is judged by an older list does not overrule who is judged by a newer one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509

from store.db.crls import crls, keep_crl
from store.db.open import Connection
from store.db.sealing import sealing_for
from store.host import clock
from store.model.account import Account
from sync.trust.sealing import judge_all, judge_for, judge_waiting
from tests.unit.smime.people import AT
from tests.unit.submit.test_sealed import BOB, alice, knows, revocable, root
from tests.unit.trust.pki import crl

__all__ = ["alice"]


async def test_a_judgement_by_an_older_list_does_not_undo_one_by_a_newer(
    db: Connection, alice: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = revocable("bob")
    knows(db, bob)
    judge_all(db, AT)
    [wanted] = crls(db)
    db.execute("UPDATE certificate_judged SET judged_at = 0")  # so it is due

    async def slowly(call: Callable[..., object], *facts: object) -> object:
        found = call(*facts)
        serial = x509.load_der_x509_certificate(bob.certificate).serial_number
        list_ = crl(root(), serial, from_at=AT - 60, until_at=AT + 200_000)
        keep_crl(db, replace(wanted, octets=list_, this_update_at=AT - 60, checked_at=AT))
        judge_for(db, [BOB], AT)
        return found

    monkeypatch.setattr(asyncio, "to_thread", slowly)
    monkeypatch.setattr(clock, "now", lambda: AT)
    await judge_waiting(db)
    found = sealing_for(db, BOB, AT)
    assert found is not None
    assert not found.trusted
