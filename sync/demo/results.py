"""The checks of the report that follow results: from two files of a machine to a doctor's alert."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from store.db.alerts import open_alerts
from store.db.documents import document, documents_of_email
from store.db.drops import items, rule_by_name
from store.db.emails import email
from store.db.observations import earlier_values
from store.db.patients import letters_and_documents_of
from store.db.submissions import submission
from store.health_words import certainty_words
from store.host.i18n import sentence
from store.model.document import Abnormality
from store.model.drop import DropItem, ItemState
from store.model.health import DocumentRow
from store.model.mailbox import Role
from store.model.receipt import Fate
from store.model.submission import SubmissionState
from sync.demo import laboratory
from sync.demo.children import run_command
from sync.demo.journey import RESULT, Journey
from sync.demo.laboratory import Pair
from sync.demo.scene import Scene, must, must_end, seen
from sync.demo.scripts import people
from sync.drop.reasons import Reason

Facts = Mapping[str, object]
FIRST, SECOND, THIRD = range(len(laboratory.DROPPED))
ANALYTE = "POTASSIUM"
VALUES = ["6,7", "5,8", "4,9"]
"""Newest first."""
ON_ITS_WAY = (ItemState.QUEUED, ItemState.SENT)


async def result_of_the_machine(scene: Scene) -> Facts:
    """Two files of one name leave as one letter for the doctor named within, who reads them."""
    pair = await _dropped(scene, FIRST)
    second = await _dropped(scene, SECOND)
    item = await seen(lambda: _item(scene, pair, *ON_ITS_WAY))
    _way(scene).step(sentence("demo.way.gathered", n=item.files, to=", ".join(item.recipients)))
    must((item.files, item.recipients) == (2, (people()["alice"].address,)), "demo.other_doctor")
    kept = await _followed(scene, pair)
    await seen(lambda: _item(scene, second, ItemState.HELD))
    _way(scene).step(sentence("demo.way.held", code=laboratory.MISTYPED))
    return {"n": kept.results}


async def misaddressed_result(scene: Scene) -> Facts:
    """A code that nobody has keeps the result here, with why, until a person decides."""
    pair = laboratory.pairs(scene.begun_at)[SECOND]
    held = await seen(lambda: _item(scene, pair, ItemState.HELD))
    must(held.reason == Reason.UNKNOWN_DOCTOR, "demo.other_reason", reason=held.reason)
    must(held.submission_id is None, "demo.not_held")
    home, key_file = scene.world.home, scene.world.key_file
    to = people()["alice"].address
    ended = await run_command(home, key_file, "drop", "reroute", str(held.id), "--to", to)
    must_end(ended)
    _way(scene).step(sentence("demo.way.rerouted", id=held.id, to=to))
    await _followed(scene, pair)
    return {"why": sentence(held.reason)}


async def alerting_result(scene: Scene) -> Facts:
    """A potassium of 6.7 calls, once, above all else; the earlier values stand beside it."""
    pair = await _dropped(scene, THIRD)
    kept = await _followed(scene, pair)
    calling = [each for each in open_alerts(scene.db) if each.document.id == kept.id]
    must(len(calling) == 1, "demo.alert_not_once", n=len(calling))
    must(open_alerts(scene.db)[0] == calling[0], "demo.alert_not_first")
    worst = [each.value for each in calling[0].results if each.abnormality is Abnormality.VERY_HIGH]
    must(worst == VALUES[:1], "demo.other_values", values=", ".join(worst))
    _way(scene).step(sentence("demo.way.alert", value=worst[0]))
    values = _values(scene, kept)
    must(values == VALUES, "demo.other_values", values=", ".join(values))
    _way(scene).step(sentence("demo.way.trend", values=" → ".join(reversed(values))))
    return {"values": " → ".join(reversed(values))}


async def nothing_lost_nothing_twice(scene: Scene) -> Facts:
    """What was dropped, what left, what arrived, what was read: the same number everywhere."""
    dropped = laboratory.pairs(scene.begun_at)
    n = len(dropped)
    await seen(lambda: all(each.put_away for each in _items(scene)))
    await seen(lambda: _told_delivered(scene) == n)
    ledger = _items(scene)
    sent = [each for each in ledger if each.state is ItemState.SENT]
    letters = [submission(scene.db, e.submission_id) for e in sent if e.submission_id]
    arrived = [await scene.arrived("alice", "INBOX", each.message_id) for each in letters]
    names = {each.message_id for each in letters}
    rows = [
        row
        for row in scene.rows("alice", Role.INBOX)
        if email(scene.db, row.email_id).message_id in names
    ]
    read = [each for row in rows for each in documents_of_email(scene.db, row.email_id)]
    away = sorted(e.read_bytes() for e in _files(scene, "sent"))
    must(len(ledger) == len(sent) == n and arrived == [1] * n, "demo.not_once")
    must(len(rows) == len(read) == n, "demo.not_read_once", n=len(read))
    must(away == sorted(o for e in dropped for o in (e.pdf, e.text)), "demo.not_put_away")
    must(not _files(scene, "failed"), "demo.still_there")
    _way(scene).step(sentence("demo.way.counted", files=2 * n, letters=n))
    return {"files": 2 * n, "letters": n, "documents": len(read)}


async def _dropped(scene: Scene, number: int) -> Pair:
    pair = laboratory.pairs(scene.begun_at)[number]
    await asyncio.to_thread(laboratory.drop, scene.world.machine, pair)
    _way(scene).step(sentence("demo.way.dropped", text=pair.text_name, pdf=pair.pdf_name))
    return pair


async def _followed(scene: Scene, pair: Pair) -> DocumentRow:
    """A pair on its way to its patient: the document that became of it."""
    way = _way(scene)
    item = await seen(lambda: _item(scene, pair, *ON_ITS_WAY))
    number = item.submission_id
    assert number is not None
    await seen(lambda: submission(scene.db, number).state is SubmissionState.ACCEPTED)
    way.step(sentence("demo.way.accepted"))
    message_id = submission(scene.db, number).message_id
    await seen(lambda: submission(scene.db, number).recipients[0].fate is Fate.DELIVERED)
    way.step(sentence("demo.way.delivered"))
    row = await seen(lambda: scene.row("alice", message_id))
    way.step(sentence("demo.way.received"))
    (kept,) = await seen(lambda: documents_of_email(scene.db, row.email_id))
    whole = document(scene.db, kept.id)
    pdf = [each for each in whole.files if each.media_type == "application/pdf"]
    must(len(pdf) == 1 and kept.results > 0, "demo.not_one_document")
    way.step(sentence("demo.way.read", n=kept.results))
    _same_patient(scene, way, kept)
    await seen(lambda: _item(scene, pair, ItemState.SENT))
    return kept


def _same_patient(scene: Scene, way: Journey, kept: DocumentRow) -> None:
    """All that the machine's letters brought so far is one patient's."""
    must(kept.patient_id is not None, "demo.nobody")
    assert kept.patient_id is not None
    assert kept.certainty is not None
    known = letters_and_documents_of(scene.db, kept.patient_id)
    # The laboratory's copies lie in the same store, which is two people's.
    here = {row.email_id for row in scene.rows("alice", Role.INBOX)}
    theirs = [e.document for e in known if e.document.patient_id == kept.patient_id]
    results = [each for each in theirs if each.results and each.email_id in here]
    way.step(sentence("demo.way.patient", sure=certainty_words(kept.certainty), n=len(results)))
    gone = [each for each in _items(scene) if each.state in ON_ITS_WAY]
    must(len(results) == len(gone), "demo.other_patient", n=len(results))


def _values(scene: Scene, kept: DocumentRow) -> list[str]:
    """Every value of potassium of this patient, newest first."""
    whole = document(scene.db, kept.id)
    known = zip(whole.document.observations, whole.analytes, strict=True)
    analyte = next(key for each, key in known if each.code == ANALYTE)
    assert kept.patient_id is not None
    return [each.value for each in earlier_values(scene.db, kept.patient_id, analyte)]


def _way(scene: Scene) -> Journey:
    return scene.journeys.of(RESULT)


def _items(scene: Scene) -> list[DropItem]:
    return items(scene.db, rule_by_name(scene.db, laboratory.RULE).id)


def _item(scene: Scene, pair: Pair, *states: ItemState) -> DropItem | None:
    name = pair.pdf_name.encode()
    return next((e for e in _items(scene) if e.name == name and e.state in states), None)


def _told_delivered(scene: Scene) -> int:
    """Of how many documents the machine has been told that they lie in a mailbox."""
    told = [json.loads(path.read_bytes()) for path in scene.world.receipts.glob("*.json")]
    states = [each["state"] for receipt in told for each in receipt["recipients"]]
    return states.count(Fate.DELIVERED)


def _files(scene: Scene, place: str) -> list[Path]:
    return [path for path in (scene.world.machine / place).rglob("*") if path.is_file()]
