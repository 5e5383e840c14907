"""The outbox on the screen: every state in words, withdrawing, sending again."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import reasons
from store.db.attempts import about_to_dot, begin_attempt, end_attempt
from store.db.copied import hold_what_waits
from store.db.drafts import draft_refused, save_draft, send_draft
from store.db.emails import add_email
from store.db.open import Connection, write
from store.db.reports import note_reports
from store.db.submissions import queue_within, submission
from store.host.clock import now
from store.host.paths import Home
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import SubmissionId
from store.model.mailbox import Role
from store.model.receipt import Outcome, ReceiptKind, Report
from store.model.route import Route, Way
from store.model.submission import Recipient, RecipientState, SubmissionState
from tests.tui.conftest import Opened, Person
from tests.tui.practice import ALICE, NOW, Practice, letter
from tests.tui.test_lists import choose
from tui.actions import IN_OUTBOX
from tui.cli import run
from tui.widgets.key_line import KeyLine


def queued(practice: Practice, subject: str = "Avis", name: str = "m1") -> SubmissionId:
    """A letter frozen and waiting."""
    with write(practice.db):
        return queue_within(
            practice.db,
            account_id=practice.account_id,
            octets=letter(message_id=name),
            message_id=f"{name}@cabinet.example",
            mail_from=ALICE,
            recipients=["bob@labo.example"],
            subject=subject,
            source="person",
            send_at=NOW,
            now=NOW,
        )


def attempted(
    db: Connection, submission_id: SubmissionId, state: SubmissionState, code: str, reply: str
) -> None:
    """An attempt that ended like this."""
    attempt = begin_attempt(db, submission_id, now=NOW)
    assert attempt is not None
    about_to_dot(db, attempt, ["bob@labo.example"], now=NOW)
    to = Recipient(
        email="bob@labo.example", state=RecipientState(state.value), code=550, reply=reply
    )
    with write(db):
        end_attempt(
            db,
            attempt,
            state=state,
            recipients=[to],
            code=code,
            reply=reply,
            next_attempt_at=NOW,
            now=NOW,
        )


async def test_a_waiting_letter_is_withdrawn(practice: Practice, opened: Opened) -> None:
    id_ = queued(practice)
    async with opened() as person:
        await person.sees("en partance : 1")
        await person.press("o")
        await person.sees("… en attente")
        await person.press("x")
        await person.sees("- retiré")
        assert submission(practice.db, id_).state is SubmissionState.CANCELED
        await person.sees("(u : annuler)")
        await person.press("u")
        await person.sees("attend de nouveau")
        assert submission(practice.db, id_).state is SubmissionState.QUEUED
        await person.press("x")
        await person.sees("r renvoyer")
        await person.press("r")
        await person.sees("repartira")
        assert submission(practice.db, id_).state is SubmissionState.QUEUED


async def test_a_letter_that_may_have_left_is_not_withdrawn(
    practice: Practice, opened: Opened
) -> None:
    id_ = queued(practice)
    attempted(practice.db, id_, SubmissionState.UNCERTAIN, "submission.no_answer", "")
    async with opened() as person:
        await person.press("o")
        await person.sees("? incertain")
        await person.press("x")
        await person.sees("ne peut plus être retiré")


async def test_a_doubtful_letter_says_that_it_need_not_be_sent_again(
    practice: Practice, opened: Opened
) -> None:
    id_ = queued(practice)
    attempted(practice.db, id_, SubmissionState.UNCERTAIN, "submission.no_answer", "")
    async with opened() as person:
        await person.sees("incertains : 1")
        await person.press("o")
        await person.sees("inutile de la renvoyer pour l'instant")


async def test_a_doubtful_letter_is_sent_again_only_once_confirmed(
    practice: Practice, opened: Opened
) -> None:
    id_ = queued(practice)
    attempted(practice.db, id_, SubmissionState.UNCERTAIN, "submission.no_answer", "")
    async with opened() as person:
        await person.press("o")
        await person.sees("? incertain")
        await person.press("r")
        await person.sees("La renvoyer quand même ?")
        await person.press("n")
        await person.settles()
        assert submission(practice.db, id_).state is SubmissionState.UNCERTAIN
        await person.press("r")
        await person.sees("La renvoyer quand même ?")
        await person.press("o")
        await person.sees("… en attente")
        assert submission(practice.db, id_).state is SubmissionState.QUEUED


async def test_what_waited_in_a_copy_of_the_store_is_a_question(
    practice: Practice, opened: Opened
) -> None:
    sent, left = queued(practice), queued(practice, name="m2")
    hold_what_waits(practice.db, now=NOW)
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("? déjà parti ?")
        await person.sees("quand cette boîte a été copiée ou retenue, vers le")
        await person.press("x")
        await person.sees("Vous avez renoncé à envoyer ce courrier d'ici")
        assert submission(practice.db, left).state is SubmissionState.CANCELED
        await person.press("j", "r")
        await person.sees("peut-être déjà parti. L'envoyer quand même ?")
        await person.press("n")
        await person.settles()
        assert submission(practice.db, sent).is_asked
        await person.press("r")
        await person.sees("L'envoyer quand même ?")
        await person.press("o")
        await person.sees("… en attente")
        assert submission(practice.db, sent).state is SubmissionState.QUEUED


async def test_a_refusal_shows_the_words_of_the_server_for_each_recipient(
    practice: Practice, opened: Opened
) -> None:
    id_ = queued(practice)
    attempted(
        practice.db, id_, SubmissionState.REFUSED, "submission.refused", "550 \x1b[31mno such user"
    )
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("× refusé")
        await person.sees("bob@labo.example : refusé")
        await person.sees("550 ␛[31mno such user")


async def test_what_the_node_does_is_seen_as_it_happens(practice: Practice, opened: Opened) -> None:
    id_ = queued(practice)
    async with opened() as person:
        await person.press("o")
        await person.sees("… en attente")
        attempted(practice.db, id_, SubmissionState.ACCEPTED, "", "250 ok")
        await person.sees("✓ remis")


def partly_refused(practice: Practice, others: int = 1) -> SubmissionId:
    """A letter that the server took for bob and for nobody else."""
    id_ = queued(practice, name=f"partly{others}")
    attempted(practice.db, id_, SubmissionState.ACCEPTED, "", "250 ok")
    practice.db.executemany(
        "INSERT INTO submission_recipient (submission_id, position, email, state, code, reply)"
        " VALUES (?, ?, ?, 'refused', 550, 'inconnu')",
        [(id_, n, f"absent{n}@labo.example") for n in range(1, others + 1)],
    )
    return id_


async def test_a_letter_refused_for_somebody_does_not_look_delivered(
    practice: Practice, opened: Opened
) -> None:
    partly_refused(practice, others=2)
    partly_refused(practice)
    async with opened() as person:
        await person.press("o")
        await person.sees("! remis, sauf à 1 destinataire ")
        await person.sees("! remis, sauf à 2 destinataires ")
        assert "✓" not in person.text
        await person.sees("absent1@labo.example : refusé")
        await person.sees("pas remis à tous : 2")
        await person.press("x")
        await person.sees("pas remis à tous : 1")


async def test_what_stopped_a_letter_names_the_server_and_the_account(
    practice: Practice, opened: Opened
) -> None:
    queued(practice)
    for code, words in (
        ("smtp.no_login", "smtp.operateur.example"),
        ("smtp.login_refused", "pli account set cabinet"),
    ):
        practice.db.execute("UPDATE email_submission SET last_error = ?", (code,))
        async with opened((140, 30)) as person:
            await person.press("o")
            await person.sees(words)


async def test_a_draft_that_cannot_leave_says_so_without_a_hole(
    practice: Practice, opened: Opened
) -> None:
    draft_id = save_draft(
        practice.db, practice.account_id, Draft(sender=EmailAddress(email=ALICE)), now=NOW
    )
    send_draft(practice.db, draft_id, NOW)
    draft_refused(practice.db, draft_id, "send.bad_address")
    async with opened((140, 30)) as person:
        await person.press("o")
        await person.sees("Une adresse est mal écrite")
        assert "{" not in person.text
        await person.sees("! retenue")
        assert "part bientôt" not in person.text
        await person.sees("retenus : 1")


def of_one_letter(practice: Practice) -> None:
    """Two messages that one letter became."""
    for n, (email, way) in enumerate(
        [("bob@chu.example", Way.MSSANTE), ("carole@ailleurs.example", Way.SMIME)], start=1
    ):
        route = Route(email=email, way=way, account_id=practice.account_id)
        with write(practice.db):
            queue_within(
                practice.db,
                account_id=practice.account_id,
                octets=letter(message_id=f"m{n}"),
                message_id=f"m{n}@cabinet.example",
                mail_from=ALICE,
                recipients=[email],
                subject="Avis",
                source="person",
                send_at=NOW,
                now=NOW,
                routes=[route],
                letter="m1@cabinet.example",
            )


async def test_the_messages_of_one_letter_say_their_way_and_that_they_are_one(
    practice: Practice,
    opened: Opened,
    capsys: pytest.CaptureFixture[str],
    home: Home,
    key_file: Path,
) -> None:
    of_one_letter(practice)
    async with opened((120, 24)) as person:
        await person.press("o")
        await person.sees("bob@chu.example 1/2")
        await person.sees("carole@ailleurs.example 2/2")
        await person.sees("carole@ailleurs.example : à servir, scellée S/MIME")
        await person.sees("La même lettre est faite de plusieurs messages, chacun par sa voie.")
    assert run(["outbox", "show", "1", "--home", str(home.root), "--key-file", str(key_file)]) == 0
    said = capsys.readouterr().out
    assert "bob@chu.example  MSSanté" in said
    assert "La même lettre a d'autres messages, chacun par sa voie : 2." in said


async def test_one_message_of_a_letter_that_is_withdrawn_does_not_say_that_the_letter_is(
    practice: Practice,
    opened: Opened,
    capsys: pytest.CaptureFixture[str],
    home: Home,
    key_file: Path,
) -> None:
    of_one_letter(practice)
    async with opened((120, 24)) as person:
        await person.press("o")
        await person.sees("carole@ailleurs.example 2/2")
        await person.press("x")
        await person.sees("La même lettre en a d'autres, qui ne sont pas retirés : 1.")
        await person.sees("Ce message de la lettre a été retiré : il ne partira plus.")
    place = ("--home", str(home.root), "--key-file", str(key_file))
    assert run(["outbox", "cancel", "1", *place]) == 0
    assert "L'envoi est retiré : il ne partira plus." in capsys.readouterr().err
    with write(practice.db):
        practice.db.execute("UPDATE email_submission SET state = 'refused' WHERE id = 1")
    assert "personne ne l'a reçue" not in reasons.of_state_explained(
        submission(practice.db, SubmissionId(1))
    )


async def test_what_a_letter_has_become_is_told_and_let_go(
    practice: Practice, opened: Opened
) -> None:
    id_ = queued(practice)
    attempted(practice.db, id_, SubmissionState.ACCEPTED, "", "ok")
    report = Report(
        email="bob@labo.example",
        kind=ReceiptKind.DSN,
        outcome=Outcome.FAILED,
        is_believed=True,
        status="5.1.1",
        explanation="\x1b[31mno such user",
    )
    with write(practice.db):
        email_id = add_email(practice.db, practice.account_id, b"report", NOW)
        note_reports(practice.db, id_, email_id, [report], now=NOW)
    async with opened((120, 30)) as person:
        await person.sees("échecs après remise : 1")
        await person.press("o")
        await person.sees("! échec pour 1 destinataire")
        await person.sees("un serveur dit « non distribué » (5.1.1 ␛[31mno such user)")
        await person.press("x")
        await person.sees("Pli n'en parle plus")
        await person.until(lambda: "échecs après remise" not in person.text)
        assert submission(practice.db, id_).state is SubmissionState.ACCEPTED


async def test_what_came_back_stands_under_the_head_of_the_letter(
    practice: Practice, opened: Opened
) -> None:
    id_ = queued(practice)
    octets = letter("Avis", sender=ALICE, to="bob@labo.example", message_id="m1")
    octets = octets.replace(b"@port.example>", b"@cabinet.example>", 1)
    practice.deliver(octets, mailbox=practice.mailbox(Role.SENT))
    attempted(practice.db, id_, SubmissionState.ACCEPTED, "", "ok")
    report = Report(
        email="bob@labo.example", kind=ReceiptKind.DSN, outcome=Outcome.FAILED, is_believed=True
    )
    async with opened((120, 30)) as person:
        await choose(person, "Sans retour")
        await person.sees("Avis")
        await person.press("enter")
        await person.sees("Retour de bob@labo.example : rien depuis que le serveur l'a prise")
        with write(practice.db):
            email_id = add_email(practice.db, practice.account_id, b"report", NOW)
            note_reports(practice.db, id_, email_id, [report], now=NOW)
        await person.sees("Retour de bob@labo.example : non distribué")


async def test_a_doubt_says_when_it_is_looked_for_next(practice: Practice, opened: Opened) -> None:
    id_ = queued(practice)
    attempted(practice.db, id_, SubmissionState.UNCERTAIN, "submission.no_answer", "")
    with write(practice.db):
        sql = "UPDATE email_submission SET looks = 3, next_look_at = ?"
        practice.db.execute(sql, (now() + 900,))
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("Pli a cherché 3 fois")
        await person.sees("prochaine recherche")


async def test_a_letter_waiting_for_its_time_is_sent_now(
    practice: Practice, opened: Opened
) -> None:
    id_ = queued(practice)
    with write(practice.db):
        practice.db.execute("UPDATE email_submission SET send_at = ?", (now() + 9_000,))
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("Elle peut être retirée jusque-là")
        assert keys_told(person) == {"cancel", "send_now"}
        await person.press("s")
        await person.sees("part dès que la ligne le permet")
        assert submission(practice.db, id_).send_at <= now()
        await person.until(lambda: keys_told(person) == {"cancel"})


async def test_what_has_arrived_is_not_said_to_be_withdrawn(
    practice: Practice, opened: Opened
) -> None:
    attempted(practice.db, queued(practice), SubmissionState.ACCEPTED, "", "250 Ok")
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("Le serveur a pris la lettre")
        await person.until(lambda: keys_told(person) == set())


def keys_told(person: Person) -> set[str]:
    """What the key line says can be done to this letter."""
    return {each.name for each in person.find(KeyLine).actions if each in IN_OUTBOX} - {"back"}


async def test_of_a_draft_nobody_has_sent_the_key_line_and_s_say_so(
    practice: Practice, opened: Opened
) -> None:
    save_draft(
        practice.db,
        practice.account_id,
        Draft(sender=EmailAddress(email=ALICE), subject="Plus tard"),
        now=NOW,
    )
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("Brouillon, gardé ici")
        assert keys_told(person) == {"cancel"}
        await person.press("s")
        await person.sees("pas encore été envoyée. ↵ l'ouvre")
        await person.press("r")
        await person.sees("il n'y a rien à renvoyer. ↵ l'ouvre")


async def test_what_left_is_not_opened_there_and_says_where_it_is_read(
    practice: Practice, opened: Opened
) -> None:
    queued(practice)
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("Avis")
        await person.press("enter")
        await person.sees("Une lettre partie se lit dans « Envoyés ».")


def has_a_clock(person: Person) -> bool:
    """Whether the screen is called each second."""
    return any(timer._interval == 1 for timer in person.app.screen._timers)


async def test_what_is_about_to_leave_is_counted_down(practice: Practice, opened: Opened) -> None:
    queued(practice)
    with write(practice.db):
        practice.db.execute("UPDATE email_submission SET send_at = ?", (now() + 400,))
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("Elle peut encore être retirée")
        before = person.text
        await person.until(lambda: person.text != before)
        await person.sees("Elle peut encore être retirée")
        assert has_a_clock(person)


async def test_no_clock_runs_for_what_waits_for_nothing(practice: Practice, opened: Opened) -> None:
    queued(practice)
    async with opened((120, 30)) as person:
        await person.press("o")
        await person.sees("bob@labo.example")
        await person.settles()
        assert not has_a_clock(person)
