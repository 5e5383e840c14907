"""A pass over the outbox, through real TLS to a server that misbehaves."""

from __future__ import annotations

import contextlib

import pytest

from store.db.attempts import about_to_dot, begin_attempt
from store.db.drafts import save_draft, send_draft
from store.db.open import StoreBroken, write
from store.db.submissions import retry
from store.errors import NeedsUser, Transient
from store.model.account import Tls
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.submission import RecipientState, SentCopy, SubmissionState
from sync.submit import shown, smtp
from sync.submit.copies import file_sent_copies
from sync.submit.envelope import Letter, Offer
from sync.submit.outbox import AT_ONCE, next_due
from sync.watching import Book
from tests.servers.authority import Authority
from tests.unit.submit.conftest import NOW, Sending
from tests.unit.submit.scripted_server import CHUNKING, PIPELINING, PLAIN, Act, scripted_server

S, R = SubmissionState, RecipientState
A, B = "alice@aubepine.test", "bob@bruyere.test"
CLOSING = Act(say=b"421 4.3.2 closing\r\n", drop=True)


def sent_letters(sending: Sending) -> int:
    return int(
        sending.db.execute(
            "SELECT count(*) FROM placement JOIN mailbox ON mailbox.id = mailbox_id"
            " WHERE role = 'sent' AND keywords = '$seen'"
        ).fetchone()[0]
    )


async def test_a_draft_leaves_and_its_copy_is_filed(sending: Sending, authority: Authority) -> None:
    sending.mailbox("sent")
    me = EmailAddress(email=sending.account.address)
    letter = Draft(sender=me, to=(EmailAddress(email=A),), subject="Bilan", body=".\nVoilà.")
    draft_id = save_draft(sending.db, sending.account.id, letter, now=NOW)
    send_draft(sending.db, draft_id, NOW)
    async with scripted_server(authority) as server:
        report = await sending.run(server)
    assert (report.frozen, report.accepted) == (1, 1)
    assert server.taken[0].recipients == (A,)
    assert sent_letters(sending) == 1


@pytest.mark.parametrize("offers", [CHUNKING, PIPELINING, PLAIN])
async def test_only_whoever_was_put_off_is_tried_again_with_the_same_octets(
    sending: Sending, authority: Authority, offers: tuple[str, ...]
) -> None:
    letter = sending.queue(A, B)
    sending.mailbox("sent")
    async with scripted_server(authority, offers=offers, answers={B: "452 4.2.2 full"}) as server:
        report = await sending.run(server)
        assert (report.accepted, report.deferred) == (0, 1)
        assert [r.state for r in sending.row(letter).recipients] == [R.ACCEPTED, R.DEFERRED]
        server.answers.clear()
        await sending.run(server)
        assert len(server.taken) == 1
        sending.now += 60
        await sending.run(server)
    first, second = server.taken
    assert (first.recipients, second.recipients) == ((A,), (B,))
    assert first.octets == second.octets
    assert sending.row(letter).state is S.ACCEPTED
    assert sent_letters(sending) == 1


async def test_a_dot_that_nothing_could_be_noted_of_did_not_leave_and_is_no_doubt(
    sending: Sending, authority: Authority
) -> None:
    letter, held = sending.queue(A, B), sending.queue(B)

    def full(_: int) -> None:
        raise Transient("store.no_witness")

    async with scripted_server(authority, answers={B: "452 4.2.2 full"}) as server:
        with pytest.raises(Transient, match=r"store\.no_witness"):
            await sending.run(server, dotted=full, most_lines=1)
        assert server.taken == []
        assert (row := sending.row(letter)).state is S.DEFERRED
        assert (row.last_error, [r.state for r in row.recipients]) == (
            "store.no_witness",
            [R.TODO, R.TODO],
        )
        server.answers.clear()
        assert (await sending.run(server)).accepted == 2
    assert (sending.row(letter).state, sending.row(held).state) == (S.ACCEPTED, S.ACCEPTED)


async def test_one_bad_letter_is_in_nobodys_way(sending: Sending, authority: Authority) -> None:
    bad, good = sending.queue(A), sending.queue(B)
    refuses_a = scripted_server(authority, answers={A: "550 5.1.1 no such person"})
    async with refuses_a as server:
        report = await sending.run(server)
    assert (report.refused, report.accepted) == (1, 1)
    row = sending.row(bad)
    assert (row.last_error, row.last_reply) == (
        "submission.refused",
        "550 5.1.1 no such person",
    )
    assert sending.row(good).state is S.ACCEPTED


async def test_a_cut_letter_does_not_stop_the_next_one(
    sending: Sending, authority: Authority
) -> None:
    cut, next_one = sending.queue(), sending.queue()
    async with scripted_server(authority) as server:
        server.plan["body"] = [Act(drop=True)]
        report = await sending.run(server)
        assert server.connections == 2
        assert (report.deferred, report.accepted) == (1, 1)
        assert (sending.row(cut).last_error, sending.row(cut).state) == (
            "submission.cut",
            S.DEFERRED,
        )
        assert sending.row(next_one).state is S.ACCEPTED
        sending.now += 60
        await sending.run(server)
    assert sending.row(cut).state is S.ACCEPTED


async def test_a_server_that_sends_us_away_is_left_alone(
    sending: Sending, authority: Authority
) -> None:
    letters = [sending.queue() for _ in range(5)]
    async with scripted_server(authority) as server:
        server.plan["mail"] = [CLOSING] * 5
        with pytest.raises(Transient, match=r"smtp\.busy|submission\.cut"):
            await sending.run(server)
    assert server.connections == 2
    assert [sending.row(id_).attempts for id_ in letters] == [1, 1, 0, 0, 0]


async def test_a_line_that_is_down_counts_against_no_letter(
    sending: Sending, authority: Authority
) -> None:
    letter = sending.queue()
    async with scripted_server(authority) as server:
        pass
    with pytest.raises(Transient, match=r"net\.unreachable"):
        await sending.run(server)
    row = sending.row(letter)
    assert (row.state, row.attempts, row.last_error) == (S.QUEUED, 0, "net.unreachable")
    assert next_due(sending.db, sending.account.id, now=NOW) == NOW


@pytest.mark.parametrize("tls", Tls)
async def test_a_server_that_is_not_who_it_says_gets_no_letter(
    sending: Sending, authority: Authority, tls: Tls
) -> None:
    letter = sending.queue()
    async with scripted_server(authority, certificate="stranger", tls=tls) as server:
        with pytest.raises(NeedsUser, match=r"tls\.untrusted"):
            await sending.run(server)
    assert sending.row(letter).last_error == "tls.untrusted"
    assert not server.taken


async def test_a_doubt_is_said_at_once_and_never_repeated(
    sending: Sending, authority: Authority
) -> None:
    letter = sending.queue()
    async with scripted_server(authority) as server:
        server.plan["dot"] = [Act(take=True, drop=True)]
        report = await sending.run(server)
        for _ in range(3):
            sending.now += 86_400
            await sending.run(server)
    assert report.uncertain == 1
    assert len(server.taken) == 1
    assert (sending.row(letter).state, sending.row(letter).last_error) == (
        S.UNCERTAIN,
        "submission.no_answer",
    )
    assert next_due(sending.db, sending.account.id, now=sending.now) is None


@pytest.mark.parametrize(("offers", "proof"), [(CHUNKING, True), (PIPELINING, False)])
async def test_a_doubt_knows_whether_the_server_was_asked_to_show_what_it_took(
    sending: Sending, authority: Authority, offers: tuple[str, ...], proof: bool
) -> None:
    letter = sending.queue(source="drop")
    async with scripted_server(authority, offers=offers) as server:
        server.plan["dot"] = [Act(drop=True, take=True)]
        await sending.run(server)
    assert sending.row(letter).state is S.UNCERTAIN
    assert sending.row(letter).proof_asked is proof


async def test_killed_at_the_dot_nobody_knows_what_the_server_was_asked(
    sending: Sending, authority: Authority
) -> None:
    letter = sending.queue(source="drop")
    async with scripted_server(authority) as server:
        server.plan["dot"] = [Act(say=b"451 4.3.0 later\r\n")]
        await sending.run(server)
        assert sending.row(letter).state is S.DEFERRED
        with write(sending.db):
            attempt = begin_attempt(sending.db, letter, now=NOW)
            assert attempt is not None
            about_to_dot(sending.db, attempt, ["alice@aubepine.test"], now=NOW)
        await sending.run(server)
    assert sending.row(letter).state is S.UNCERTAIN
    assert not sending.row(letter).proof_asked


async def test_what_the_server_can_never_take_is_refused_here(
    sending: Sending, authority: Authority
) -> None:
    large, small = sending.queue(octets=b"0123456789\r\n" * 20), sending.queue()
    async with scripted_server(authority, offers=("SIZE 100",)) as server:
        await sending.run(server)
    assert (sending.row(large).state, sending.row(large).last_error) == (
        S.REFUSED,
        "submission.too_large",
    )
    assert sending.row(small).state is S.ACCEPTED
    assert server.verbs().count("MAIL") == 1


@pytest.mark.logs("submission.damaged")
async def test_a_damaged_letter_is_refused_here_and_the_next_one_leaves(
    sending: Sending, authority: Authority
) -> None:
    damaged, good = sending.queue(octets=b"\r\nlost\r\n"), sending.queue()
    sending.db.execute(
        "UPDATE blob SET octets = x'00' WHERE digest = ?", (sending.row(damaged).blob_id,)
    )
    async with scripted_server(authority) as server:
        await sending.run(server)
    assert sending.row(damaged).last_error == "submission.damaged"
    assert sending.row(good).state is S.ACCEPTED


@pytest.mark.logs("submission.stumbled")
async def test_a_letter_over_which_we_stumble_stops_no_other_and_is_for_a_person_in_the_end(
    sending: Sending, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = sending.queue(), sending.queue()
    envid, check = sending.row(bad).envid, smtp.check

    def stumbles(letter: Letter, offer: Offer) -> None:
        if letter.envid == envid:
            raise ZeroDivisionError
        check(letter, offer)

    monkeypatch.setattr(smtp, "check", stumbles)
    async with scripted_server(authority) as server:
        await sending.run(server)
        assert sending.row(good).state is S.ACCEPTED
        assert (sending.row(bad).state, sending.row(bad).last_error) == (
            *(S.DEFERRED, "submission.stumbled"),
        )
        for _ in range(2):
            sending.now += 4000
            await sending.run(server)
        assert sending.row(bad).state is S.REFUSED
        assert sending.row(bad).attempts == 3
        monkeypatch.setattr(smtp, "check", check)
        retry(sending.db, bad, now=sending.now)
        await sending.run(server)
    assert sending.row(bad).state is S.ACCEPTED
    assert len(server.taken) == 2


async def test_a_persons_letter_does_not_wait_for_the_folders(
    sending: Sending, authority: Authority
) -> None:
    for _ in range(AT_ONCE + 5):
        sending.queue(source="drop")
    sending.queue(B)
    async with scripted_server(authority) as server:
        await sending.run(server, most_lines=1)
    assert server.taken[0].recipients == (B,)
    assert len(server.taken) == AT_ONCE + 6
    assert server.connections == 1


async def test_the_copy_waits_for_a_mailbox_to_lie_in(
    sending: Sending, authority: Authority
) -> None:
    letter = sending.queue()
    async with scripted_server(authority) as server:
        await sending.run(server)
    assert sending.row(letter).sent_copy is SentCopy.TODO
    assert file_sent_copies(sending.db, sending.account, now=NOW) == 0
    sending.mailbox("sent")
    assert file_sent_copies(sending.db, sending.account, now=NOW) == 1
    assert file_sent_copies(sending.db, sending.account, now=NOW) == 0
    assert sent_letters(sending) == 1


async def test_nothing_to_do_needs_no_connection_and_no_commit(
    sending: Sending, authority: Authority
) -> None:
    sending.queue()
    async with scripted_server(authority) as server:
        await sending.run(server)
        changes = sending.db.total_changes
        await sending.run(server)
    assert sending.db.total_changes == changes
    assert server.connections == 1


def test_the_next_look_is_when_something_is_due(sending: Sending) -> None:
    def due() -> int | None:
        return next_due(sending.db, sending.account.id, now=NOW)

    assert due() is None
    me = EmailAddress(email=sending.account.address)
    draft_id = save_draft(sending.db, sending.account.id, Draft(sender=me), now=NOW)
    send_draft(sending.db, draft_id, NOW + 15)
    assert due() == NOW + 15
    sending.queue()
    assert due() == NOW


FAULTS = {
    "later": Act(say=b"451 4.3.0 later\r\n"),
    "refused": Act(say=b"554 5.7.1 no\r\n"),
    "closing": CLOSING,
    "dropped": Act(drop=True),
    "partial": Act(say=b"25", drop=True),
    "garbage": Act(say=b"<html>\r\n"),
    "stalled": Act(stall=True),
    "taken, then dropped": Act(take=True, drop=True),
    "taken, then partial": Act(take=True, say=b"250", drop=True),
    "taken, then garbage": Act(take=True, say=b"\xff\r\n"),
    "taken, then stalled": Act(take=True, stall=True),
}
WHERE = [
    *((offers, step) for offers in (CHUNKING, PIPELINING, PLAIN) for step in ("mail", "rcpt")),
    *((offers, step) for offers in (CHUNKING, PIPELINING, PLAIN) for step in ("data", "dot")),
    *((CHUNKING, step) for step in ("greeting", "ehlo", "auth", "quit")),
]
CASES = [
    (offers, step, fault)
    for offers, step in WHERE
    for fault in FAULTS
    if step == "dot" or not FAULTS[fault].take
]


@pytest.mark.parametrize(("offers", "step", "fault"), CASES)
async def test_at_every_step_every_fault_leaves_one_letter_or_a_doubt(
    sending: Sending, authority: Authority, offers: tuple[str, ...], step: str, fault: str
) -> None:
    letter = sending.queue(A, B)
    async with scripted_server(authority, offers=offers) as server:
        server.plan[step] = [FAULTS[fault]]
        for _ in range(3):
            if step in ("greeting", "ehlo", "auth"):
                with contextlib.suppress(Transient, NeedsUser):
                    await sending.run(server)
            else:
                await sending.run(server)
            sending.now += 4000
    row = sending.row(letter)
    taken = [email for each in server.taken for email in each.recipients]
    assert len(taken) == len(set(taken)), "sent twice in silence"
    assert {each.octets for each in server.taken} <= {server.taken[0].octets if taken else b""}
    for recipient in row.recipients:
        if recipient.state is not R.UNCERTAIN:
            assert (recipient.email in taken) == (recipient.state is R.ACCEPTED)
    assert row.state in (S.ACCEPTED, S.REFUSED) or (row.state is S.UNCERTAIN and step == "dot")


@pytest.mark.logs("works.unwritten")
async def test_what_was_heard_of_a_large_letter_is_kept_though_how_far_it_came_is_not(
    sending: Sending, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Book) -> None:
        raise StoreBroken("disk I/O error")

    monkeypatch.setattr(shown, "LONG_OCTETS", 1)
    monkeypatch.setattr(Book, "close", breaks)
    letter = sending.queue(A)
    async with scripted_server(authority) as server:
        report = await sending.run(server)
    assert report.accepted == 1
    assert sending.row(letter).state is S.ACCEPTED
