"""Letters that come one by one pay for one handshake and one log-in, not for one each."""

from __future__ import annotations

import asyncio
import functools

import pytest

from store.errors import NeedsUser
from store.model.submission import SubmissionState as S
from sync import resumption
from sync.link.recorder import Recorder
from sync.submit import kept
from sync.submit.kept import Keeper
from sync.submit.outbox import OutboxReport, run_outbox
from sync.submit.recorded import RecordedSubmitter
from sync.submit.smtp import Submitter
from tests.refusals import refused
from tests.servers.authority import Authority
from tests.steps import at_hand
from tests.unit.submit.conftest import Sending
from tests.unit.submit.scripted_server import PASSWORD, Act, ScriptedServer, scripted_server


@pytest.fixture(autouse=True)
def nothing_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without sessions."""
    monkeypatch.setattr(resumption, "_contexts", {})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short it was left for, it is asked whether it is there."""
    monkeypatch.setattr(kept, "SURE_SECONDS", -1)


async def one_by_one(
    sending: Sending, server: ScriptedServer, keeper: Keeper, letters: int = 1
) -> list[OutboxReport]:
    """Each letter comes when the one before has left: a pass for each, as the node makes them."""
    reports = []
    for _ in range(letters):
        sending.queue(source="drop")
        reports.append(
            await run_outbox(
                sending.db,
                server.account(id=sending.account.id),
                at_hand(PASSWORD),
                now=lambda: sending.now,
                connect=functools.partial(RecordedSubmitter, Recorder(), keeper=keeper),
            )
        )
    return reports


async def test_letters_that_come_one_by_one_leave_by_one_connection(
    sending: Sending, authority: Authority
) -> None:
    keeper = Keeper()
    async with scripted_server(authority) as server:
        reports = await one_by_one(sending, server, keeper, letters=5)
        assert [each.accepted for each in reports] == [1] * 5
        assert (server.connections, server.verbs().count("AUTH")) == (1, 1)
        assert "QUIT" not in server.verbs()
        await keeper.close()
        assert server.verbs().count("QUIT") == 1


@pytest.mark.usefixtures("asked")
async def test_it_is_asked_whether_it_is_there_before_a_letter_is_begun(
    sending: Sending, authority: Authority
) -> None:
    keeper = Keeper()
    async with scripted_server(authority) as server:
        await one_by_one(sending, server, keeper, letters=2)
        assert (server.connections, server.verbs().count("NOOP")) == (1, 1)
        await keeper.close()


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    "act",
    [
        Act(drop=True),
        Act(say=b"421 4.4.2 idle\r\n", drop=True),
        Act(say=b"HTTP/1.1 302 Found\r\n"),
        Act(say=b"250 here\r\n250 and here\r\n"),
    ],
)
async def test_one_that_the_server_has_ended_costs_no_letter_an_attempt(
    sending: Sending, authority: Authority, act: Act
) -> None:
    keeper = Keeper()
    async with scripted_server(authority) as server:
        await one_by_one(sending, server, keeper)
        server.plan["noop"] = [act]
        [report] = await one_by_one(sending, server, keeper)
        assert (report.accepted, server.connections) == (1, 2)
        rows = sending.db.execute("SELECT state, attempts FROM email_submission").fetchall()
        assert rows == [(S.ACCEPTED, 1)] * 2
        await keeper.close()


async def test_after_a_while_it_is_given_up(sending: Sending, authority: Authority) -> None:
    keeper = Keeper(kept_seconds=0)
    async with scripted_server(authority) as server:
        await one_by_one(sending, server, keeper)
        assert keeper._ending is not None
        await keeper._ending
        assert server.verbs()[-1] == "QUIT"
        await one_by_one(sending, server, keeper)
        assert server.connections == 2
        await keeper.close()


async def test_one_that_is_old_or_was_vouched_for_otherwise_is_not_used(
    sending: Sending, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper()
    async with scripted_server(authority) as server:
        await one_by_one(sending, server, keeper)
        with monkeypatch.context() as patched:
            patched.setattr(kept, "_vouching", lambda trust, times=iter(b"ab"): next(times))
            await one_by_one(sending, server, keeper)
        assert server.connections == 2
        monkeypatch.setattr(kept, "OLDEST_SECONDS", 0)
        await one_by_one(sending, server, keeper)
        assert server.connections == 3
        await keeper.close()


async def test_one_on_which_a_letter_broke_is_not_kept(
    sending: Sending, authority: Authority
) -> None:
    keeper = Keeper()
    async with scripted_server(authority) as server:
        server.plan["dot"] = [Act(drop=True, take=True)]
        await one_by_one(sending, server, keeper)
        await one_by_one(sending, server, keeper)
        assert server.connections == 2
        await keeper.close()


async def test_what_a_kept_one_had_cost_before_is_not_counted_twice(
    authority: Authority, sending: Sending
) -> None:
    keeper, recorder = Keeper(), Recorder()
    async with scripted_server(authority) as server:
        await one_by_one(sending, server, keeper)
        async with RecordedSubmitter(recorder, server.account(), PASSWORD, keeper=keeper) as line:
            assert line._line.traffic.octets_out == 0
        await keeper.close()


async def test_a_handshake_takes_up_the_session_of_the_last_one(authority: Authority) -> None:
    async def resumed(server: ScriptedServer, password: str = PASSWORD) -> bool:
        async with Submitter(server.account(), password) as line:
            reused: bool = line.get_transport_info("ssl_object").session_reused
        return reused

    async with scripted_server(authority) as server:
        assert [await resumed(server) for _ in range(3)] == [False, True, True]
        with refused(NeedsUser, "smtp.login_refused"):
            await resumed(server, "faux")
        assert not await resumed(server)


async def test_told_to_stop_while_it_is_asked_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was taken out, and nobody had it yet."""
    monkeypatch.setattr(kept, "SURE_SECONDS", -1)
    asked = asyncio.Event()

    class Silent(Submitter):
        usable = True
        connected_at = asyncio.get_running_loop().time()
        is_closed = False

        def __init__(self) -> None:
            self.trust = None

        async def answers(self) -> bool:
            asked.set()
            await asyncio.Event().wait()
            return True

        def close(self) -> None:
            self.is_closed = True

    line, keeper = Silent(), Keeper()
    assert keeper.keep(line)
    taking = asyncio.create_task(keeper.take(None))
    await asked.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert line.is_closed
    await keeper.close()
