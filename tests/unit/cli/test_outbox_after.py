"""`pli outbox` and `pli send`: what became of a letter, when it leaves, who waits for an answer."""

from __future__ import annotations

import io
import json

import pytest

from store.db import blobs
from store.db.answers import answer_wanted, none_came
from store.db.asked import asked_in
from store.db.copied import settle_here
from store.db.emails import add_email
from store.db.open import Connection, write
from store.db.reports import note_reports
from store.db.submissions import outbox, queue_within, submission
from store.errors import Usage
from store.host.clock import now
from store.model.ids import AccountId, SubmissionId
from store.model.receipt import Outcome, ReceiptKind, Report
from store.model.submission import SubmissionState
from sync.commands.moment import moment
from sync.derive import derive_emails
from tests.unit.cli.conftest import Pli
from tui.commands.look import local_time

BOB, EVE = "bob@labo.test", "eve@intrus.test"
WRITTEN = ("send", "--to", BOB, "--subject", "Bilan")


@pytest.fixture(autouse=True)
def _written(monkeypatch: pytest.MonkeyPatch, cabinet: AccountId) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Tout va bien.")))


def queued(db: Connection, cabinet: AccountId, state: str = "accepted") -> SubmissionId:
    with write(db):
        id_ = queue_within(
            db,
            account_id=cabinet,
            octets=b"Message-ID: <un@cabinet.example>\r\n\r\n",
            message_id="un@cabinet.example",
            mail_from="alice@cabinet.example",
            recipients=[BOB],
            subject="Bilan",
            source="drop",
            send_at=1,
            now=1,
        )
        db.execute("UPDATE email_submission SET state = ?", (state,))
        reached = "todo" if state == "queued" else state
        db.execute("UPDATE submission_recipient SET state = ?", (reached,))
    return id_


def reported(
    db: Connection, cabinet: AccountId, id_: SubmissionId, outcome: Outcome, believed: bool = True
) -> None:
    with write(db):
        email_id = add_email(db, cabinet, f"{outcome} {believed}".encode(), now())
        said_by = BOB if believed else EVE
        report = Report(
            email=BOB,
            kind=ReceiptKind.MDN,
            outcome=outcome,
            is_believed=believed,
            said_by=said_by,
            error="902" if outcome is Outcome.REFUSED else "",
        )
        note_reports(db, id_, email_id, [report], now=now())


def test_what_became_of_it_is_told_with_who_says_so(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    id_ = queued(db, cabinet)
    reported(db, cabinet, id_, Outcome.REFUSED)
    reported(db, cabinet, id_, Outcome.DISPLAYED, believed=False)
    assert "échec pour 1 destinataire" in call("outbox").out
    shown = call("outbox", "show", str(id_)).out
    assert "non intégré" in shown
    assert f"le logiciel de {BOB} dit « non intégré » (902)" in shown
    assert f"{EVE} dit « affiché ». Cela ne vient pas du destinataire" in shown
    facts = json.loads(call("outbox", "show", str(id_), "--json").out)
    assert facts["recipients"][0]["fate"] == "unfiled"
    assert [each["is_believed"] for each in facts["reports"]] == [True, False]
    assert json.loads(call("status", "--json").out)["outbox"]["troubled"] == 1
    assert "Pli n'en parle plus" in call("outbox", "cancel", str(id_)).err
    assert "troubled" not in json.loads(call("status", "--json").out)["outbox"]
    assert submission(db, id_).state is SubmissionState.ACCEPTED


def test_a_doubt_says_when_it_is_looked_for_next(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    id_ = queued(db, cabinet, "uncertain")
    with write(db):
        db.execute(
            "UPDATE email_submission SET looks = 2, next_look_at = ?, proof_asked = 1",
            (now() + 600,),
        )
    shown = call("outbox", "show", str(id_)).out
    assert "Pli a cherché 2 fois" in shown
    assert "prochaine recherche" in shown
    assert "elle repartira une fois à l'identique" in shown
    with write(db):
        db.execute("UPDATE email_submission SET repeats = 1, state = 'accepted'")
    assert "peut-être arrivée deux fois" in call("outbox", "show", str(id_)).out


def test_a_letter_waits_for_its_time_and_is_released_or_withdrawn(
    call: Pli, db: Connection
) -> None:
    said = call(*WRITTEN, "--at", "2d")
    assert (said.code, "L'envoi partira le" in said.err) == (0, True)
    (row,) = outbox(db)
    assert now() + 172_000 < row.send_at <= now() + 172_800
    assert "Elle peut être retirée jusque-là" in call("outbox", "show", str(row.id)).out
    assert call("outbox", "release", str(row.id)).code == 0
    assert outbox(db)[0].send_at <= now()
    assert call("outbox", "release", str(row.id)).code == 2
    assert call("outbox", "cancel", str(row.id)).code == 0


def test_a_letter_said_to_leave_again_at_its_time_is_not_said_to_leave_at_once(
    call: Pli, db: Connection
) -> None:
    assert call(*WRITTEN, "--at", "2d").code == 0
    (row,) = outbox(db)
    assert call("outbox", "hold").code == 0
    said = call("outbox", "retry", str(row.id)).err
    assert f"repartira le {local_time(row.send_at)}" in said
    assert "dès que possible" not in said
    with write(db):
        db.execute("UPDATE email_submission SET state = 'refused', send_at = 1")
    assert "repartira dès que possible" in call("outbox", "retry", str(row.id)).err


def test_an_hour_that_the_clock_leapt_over_is_told(call: Pli, db: Connection) -> None:
    assert call(*WRITTEN, "--at", "2d").code == 0
    (row,) = outbox(db)
    with write(db):
        db.execute("UPDATE email_submission SET send_at = send_at + 86400, moved_seconds = 86400")
    told = call("outbox", "show", str(row.id)).out
    assert f"par-dessus l'heure prévue, {local_time(row.send_at)}" in told


def test_an_answer_is_waited_for_and_its_absence_told(call: Pli, db: Connection) -> None:
    said = call(*WRITTEN, "--at", "1h", "--answer-by", "2d", "--escalate", "chef@labo.test")
    assert said.code == 0
    (row,) = outbox(db)
    wanted = answer_wanted(db, row.id)
    assert wanted is not None
    assert wanted.tell == "chef@labo.test"
    assert "Une réponse est attendue avant le" in call("outbox", "show", str(row.id)).out
    assert none_came(db, wanted, row.account_id, None, now=now())
    assert not none_came(db, wanted, row.account_id, None, now=now()), "told once"
    shown = call("outbox", "show", str(row.id)).out
    assert "un avis pour chef@labo.test est dans la boîte d'envoi" in shown
    assert "envois (sans réponse) : 1" in call("status").out
    call("outbox", "cancel", str(row.id))
    assert "sans réponse" not in call("status").out


@pytest.mark.parametrize("asks", [True, False])
def test_a_receipt_is_asked_for_where_one_says_so(call: Pli, db: Connection, asks: bool) -> None:
    assert call(*WRITTEN, "--at", "1h", *["--receipt"] * asks).code == 0
    (row,) = outbox(db)
    assert (b"Disposition-Notification-To: " in blobs.get(db, row.blob_id)) is asks


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--escalate", "chef@labo.test"), "demande « --answer-by »"),
        (("--answer-by", "1d", "--escalate", "chef"), "adresse"),
        (("--at", "demain"), "n'est pas comprise"),
    ],
)
def test_what_makes_no_sense_of_time_queues_nothing(
    call: Pli, db: Connection, words: tuple[str, ...], why: str
) -> None:
    said = call(*WRITTEN, *words)
    assert said.code != 0
    assert why in said.err
    assert outbox(db) == []


def test_who_asks_for_a_receipt_waits_for_a_word(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    with write(db):
        add_email(
            db,
            cabinet,
            f"From: {BOB}\r\nMessage-ID: <q@labo.test>\r\nSubject: Avis\r\n"
            f"Disposition-Notification-To: {BOB}\r\n\r\n".encode(),
            1,
        )
    derive_emails(db)
    with write(db):
        db.execute("UPDATE receipt_asked SET state = 'ask'")
    (asked,) = asked_in(db, None, ["ask"])
    assert f"{BOB} demande à savoir que vous avez lu « Avis »" in call("outbox", "asked").out
    assert call("outbox", "answer", str(asked.email_id), "no").code == 0
    assert call("outbox", "answer", str(asked.email_id), "yes").code == 2
    assert "Aucune lettre lue" in call("outbox", "asked").err


AT = 1_795_000_000


@pytest.mark.parametrize(
    ("text", "seconds"), [("45m", 2700), ("6h", 21_600), ("2d", 172_800), ("2j", 172_800)]
)
def test_a_span_counts_from_now(text: str, seconds: int) -> None:
    assert moment(text, AT) == AT + seconds


@pytest.mark.parametrize("text", ["", "25:00", "2d3h", "99999d", "2020-01-01T00:00", "0m", "１h"])
def test_a_time_that_is_none_or_past_is_refused(text: str) -> None:
    with pytest.raises(Usage):
        moment(text, AT)


def test_an_hour_that_has_passed_is_tomorrows() -> None:
    found = {moment(f"{hour}:30", AT) for hour in range(24)}
    assert all(AT < each <= AT + 86_400 for each in found)
    assert len(found) == 24


def test_a_copy_of_the_store_asks_and_takes_one_answer_for_all(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    id_ = queued(db, cabinet, "queued")
    assert "Aucun courrier n'attend de décision" in call("outbox", "held").err
    assert "1 lettres (« pli outbox held »)" in call("outbox", "hold").err
    assert "déjà parti ?" in call("outbox").out
    shown = call("outbox", "show", str(id_)).out
    assert "peut-être déjà parti. Faut-il l'envoyer ?" in shown
    assert "Pli le cherche d'abord dans vos boîtes" in shown
    assert f"{id_} {BOB}  Bilan" in call("outbox", "held").out
    said = call("doctor", "--offline").out
    assert "!!   Envois qui attendaient quand la boîte a été copiée" in said
    assert "ok   aucun envoi incertain" in said
    assert call("outbox", "held", "--send", "--leave").code == 2
    assert "Courriers qui ne partiront pas d'ici : 1." in call("outbox", "held", "--leave").err
    assert "Vous avez renoncé à envoyer ce courrier d'ici" in call("outbox", "show", str(id_)).out


@pytest.mark.logs("store.elsewhere")
def test_what_is_sent_from_a_copy_that_nobody_opened_yet_is_no_question(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    old = queued(db, cabinet, "queued")
    settle_here(db, "another machine")
    said = call(*WRITTEN, "--at", "6h")
    assert "Cette boîte est une copie" in said.err
    assert submission(db, old).is_asked
    assert [row.state for row in outbox(db) if row.id != old] == [SubmissionState.QUEUED]
