"""Tokens: asked for once, kept until they are refused, and not insisted upon."""

from __future__ import annotations

import fcntl
import logging
import sys
from pathlib import Path

import pytest

from store.errors import NeedsUser, Transient
from store.host import clock
from sync import tokens
from sync.limited import CommandFailed, output_of
from sync.tokens import TokenRefused, token_for, with_token
from tests.refusals import refused
from tests.unit.login.conftest import Broker, account


class Door:
    """A server that opens to some tokens."""

    def __init__(self, *good: str) -> None:
        self.good, self.tried = good, list[str]()

    async def __call__(self, token: str) -> str:
        self.tried.append(token)
        if token not in self.good:
            raise TokenRefused("token.refused", account="cabinet")
        return "entré"


async def test_one_token_opens_many_doors(broker: Broker) -> None:
    door = Door("jeton1")
    for _ in range(3):
        assert await with_token(account(broker), door) == "entré"
    assert (broker.runs, door.tried) == (1, ["jeton1"] * 3)


async def test_a_token_that_is_over_is_replaced_once(broker: Broker) -> None:
    door = Door("jeton2")
    assert await with_token(account(broker), door) == "entré"
    assert door.tried == ["jeton1", "jeton2"]
    assert token_for(account(broker)) == "jeton2"


async def test_refused_twice_a_person_is_asked_and_nothing_more_is_said(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000_000]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    door, cabinet = Door(), account(broker)
    with refused(NeedsUser, "token.refused"):
        await with_token(cabinet, door)
    assert (broker.runs, len(door.tried)) == (2, 2)
    now[0] += tokens.FIRST_REST_SECONDS - 1
    with refused(NeedsUser, "token.refused"):
        await with_token(cabinet, door)
    assert (broker.runs, len(door.tried)) == (2, 2), "neither the broker nor the server was asked"
    now[0] += 1
    with refused(NeedsUser, "token.refused"):
        await with_token(cabinet, door)
    assert len(door.tried) == 4
    now[0] += tokens.FIRST_REST_SECONDS
    with refused(NeedsUser, "token.refused"):
        await with_token(cabinet, door)
    assert len(door.tried) == 4, "twice as long the second time"


async def test_who_asks_for_a_pass_is_not_kept_waiting(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1_000_000)
    with refused(NeedsUser, "token.refused"):
        await with_token(account(broker), Door())
    asked = account(broker, sync_wanted_at=1_000_001)
    assert await with_token(asked, Door("jeton3")) == "entré"
    assert await with_token(account(broker), Door("jeton3")) == "entré", "and all is well again"


async def test_one_wish_for_a_pass_ends_one_wait_whatever_the_clock_says(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000_000]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    door, asked = Door(), account(broker, sync_wanted_at=1_003_000)  # the clock was set back since
    for _ in range(3):
        with refused(NeedsUser, "token.refused"):
            await with_token(asked, door)
    assert len(door.tried) == 2, "the same wish again is no new one"
    now[0] -= 10 * 365 * 86_400
    with refused(NeedsUser, "token.refused"):
        await with_token(asked, door)
    assert len(door.tried) == 4, "nobody waits for ten years"


def test_no_token_is_in_the_words_for_what_is_kept(broker: Broker) -> None:
    cabinet = account(broker)
    assert token_for(cabinet) not in repr(tokens._of(cabinet))


async def test_a_command_that_repeats_itself_is_not_repeated_to_the_server(broker: Broker) -> None:
    broker.says("toujours-le-meme")
    door = Door()
    with refused(NeedsUser, "token.refused"):
        await with_token(account(broker), door)
    assert door.tried == ["toujours-le-meme"]


async def test_what_is_no_refusal_costs_no_token(broker: Broker) -> None:
    async def busy(_: str) -> None:
        raise Transient("imap.busy", host="x")

    with refused(Transient, "imap.busy"):
        await with_token(account(broker), busy)
    assert token_for(account(broker)) == "jeton1"


async def test_another_connection_s_fresh_token_is_not_thrown_away(broker: Broker) -> None:
    cabinet = account(broker)
    assert token_for(cabinet) == "jeton1"
    with refused(NeedsUser, "token.refused"):
        await with_token(cabinet, Door())  # jeton1 and jeton2 are over
    tokens._of(cabinet).closed_at = 0
    assert token_for(cabinet) == "jeton3"
    tokens._forget(cabinet, "jeton1")
    assert token_for(cabinet) == "jeton3"


def test_each_user_has_tokens_of_their_own(broker: Broker) -> None:
    assert token_for(account(broker)) == "jeton1"
    assert token_for(account(broker, user="bob")) == "jeton2"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("deux mots", "token.unusable"),
        ("", "token.unusable"),
        ("jeton\x01auth=Bearer autre", "token.unusable"),
        ("é" * 10, "token.unusable"),
        ("j" * 20_000, "token.command_failed"),
    ],
)
def test_what_is_no_token_is_not_used(
    broker: Broker, words: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    broker.says(words)
    caplog.set_level(logging.DEBUG)
    with refused(NeedsUser, code):
        token_for(account(broker))
    assert not words or words not in caplog.text


@pytest.mark.parametrize("command", ["/nulle/part", "false", '"', ""])
def test_a_command_that_gives_nothing_is_the_persons_to_look_at(command: str) -> None:
    with refused(NeedsUser, "token.command_failed"):
        token_for(account(token_command=command))


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program]


def test_a_command_is_given_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLI_KEY_FILE", "/secret")
    program = "import os,sys;print([n for n in os.environ if n[:4]=='PLI_'],sys.stdin.read()=='')"
    assert output_of(python(program), seconds=10, most_octets=100) == b"[] True\n"


def test_a_command_leaves_no_core_and_has_so_much_time() -> None:
    program = (
        "import resource as r;print(r.getrlimit(r.RLIMIT_CORE)[0],r.getrlimit(r.RLIMIT_CPU)[0])"
    )
    waits = "import time;time.sleep(0.05);" + program  # it may be quicker than we are
    assert output_of(python(waits), seconds=10, most_octets=100) == b"0 11\n"


@pytest.mark.parametrize(
    "program",
    [
        "import time;time.sleep(60)",
        "import os,time;os.close(1);time.sleep(60)",
        "while True: print('x' * 1000)",
        "raise SystemExit(1)",
        "import os,time\nif not os.fork(): time.sleep(60)",
    ],
)
def test_a_command_that_does_not_end_well_has_said_nothing(program: str) -> None:
    with pytest.raises(CommandFailed):
        output_of(python(program), seconds=0.4, most_octets=10_000)


def test_what_a_command_started_ends_with_it(tmp_path: Path) -> None:
    """A child that holds a lock, and the parent that leaves once it does."""
    lock = tmp_path / "lock"
    lock.touch()
    program = (
        "import fcntl,os,sys,time\n"
        "r,w=os.pipe()\n"
        "if os.fork():\n os.read(r,1);os._exit(0)\n"
        "os.close(1);f=open(sys.argv[1],'w');fcntl.flock(f,fcntl.LOCK_EX);os.write(w,b'x')\n"
        "time.sleep(60)"
    )
    output_of([*python(program), str(lock)], seconds=10, most_octets=100)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # waits for as long as the child lives
