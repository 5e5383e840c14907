"""Results are read and said rightly: ratios, limits, failures, versions, figures to reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import peers
from tests.bench.__main__ import BENCHES, main
from tests.bench.goals import GOALS, Goal, Limit, at_most, print_verdicts, verdict
from tests.bench.interimap import local_server
from tests.bench.letters import letters, number_in, subject_of
from tests.bench.maildir import Maildir
from tests.bench.peers import first_number, installed
from tests.bench.programs import Program
from tests.bench.report import OCTETS, TURNS, AtLeast, ratio, shown, table
from tests.bench.stage import Stage
from tests.servers.process import CannotRun


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"Pli": 100.0, "mbsync": 300.0, "interimap": 200.0}, "2.00x interimap"),
        ({"Pli": 100.0, "mbsync": 50.0}, "0.50x mbsync"),
        ({"Pli": 100.0, "mbsync": None, "interimap": 150.0}, "1.50x interimap"),
        ({"Pli": 10.0, "mbsync": AtLeast(120)}, "over 12.00x mbsync"),
        ({"Pli": 10.0, "mbsync": AtLeast(120), "interimap": 120.0}, "12.00x interimap"),
        ({"Pli": AtLeast(120), "mbsync": 60.0}, "below 0.50x mbsync"),
        ({"Pli": AtLeast(120), "mbsync": AtLeast(120)}, ""),
        ({"Pli": None, "mbsync": 1.0}, ""),
        ({"Pli": 1.0}, ""),
        ({"mbsync": 1.0}, ""),
    ],
)
def test_the_best_peer_is_set_against_pli(values: dict[str, float | None], said: str) -> None:
    assert ratio(values) == said


def test_a_number_says_what_it_is_worth() -> None:
    assert [shown(v) for v in (1234.5, 12.0, 0.12345, AtLeast(120))] == [
        "1,234",
        "12",
        "0.123",
        "> 120",
    ]


def test_a_table_has_a_column_for_each_and_a_dash_for_what_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table((OCTETS, TURNS), {"Pli": {"octets": 1500, "turns": 1}, "mbsync": {}})
    head, octets, turns = capsys.readouterr().out.splitlines()
    assert head.split() == ["Pli", "mbsync", "best", "peer/Pli"]
    assert octets.split()[-2:] == ["1,500", "-"]
    assert turns.split()[-2:] == ["1", "-"]


class Good(Program):
    """A program that is never run."""

    name = "Pli"


class Bad(Good):
    """One that fails."""

    name = "mbsync"


def test_a_peer_that_fails_costs_nobody_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def one(kind: type[Program]) -> dict[str, float]:
        if kind is Bad:
            raise RuntimeError("mbsync 1: plus de place")
        return {"octets": 10.0}

    stage = Stage(tmp_path, None, [Bad, Good])  # type: ignore[arg-type]
    stage.compare("essai", (OCTETS,), one)
    assert stage.figures == {"essai.octets": 10.0}
    assert not stage.pli_failed
    assert "mbsync failed: mbsync 1: plus de place" in capsys.readouterr().out


def test_pli_failing_is_remembered(tmp_path: Path) -> None:
    def one(kind: type[Program]) -> dict[str, float]:
        if kind is Good:
            raise RuntimeError("pli 1")
        return {"octets": 10.0}

    stage = Stage(tmp_path, None, [Good, Bad])  # type: ignore[arg-type]
    stage.compare("essai", (OCTETS,), one)
    assert stage.figures == {"essai.octets of mbsync": 10.0}
    assert stage.pli_failed


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("isync 1.4.4\n", "1.4.4"),
        ("/usr/bin/interimap version 0.5.7\n(Getopt::Long version 2.52)", "0.5.7"),
        ("8.0.0\n", "8.0.0"),
        ("rien", "of unknown version"),
    ],
)
def test_a_version_is_found_in_what_a_program_says(told: str, number: str) -> None:
    assert first_number(told) == number


@pytest.mark.parametrize("command", peers.PACKAGES)
def test_a_missing_peer_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(peers.shutil, "which", lambda _: None)
    with pytest.raises(CannotRun, match=f"apt-get install {peers.PACKAGES[command]}"):
        installed(command)


def test_the_local_server_is_told_in_both_dialects(tmp_path: Path) -> None:
    old, new = (local_server(tmp_path, version) for version in ((2, 3, 19), (2, 4, 1)))
    assert f"maildir:{tmp_path}/Mail" in old
    assert new.lstrip().startswith("dovecot_config_version = 2.4.1")
    assert f"mail_path = {tmp_path}/Mail" in new


def test_a_maildir_tells_numbers_and_flags(tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    for number, octets in enumerate(letters(3)):
        (tmp_path / "cur" / f"{number}.pli:2,S").write_bytes(octets)
    (tmp_path / "new" / "9.pli").write_bytes(b"Subject: autre chose\r\n\r\n")
    mailbox = Maildir(tmp_path)
    assert mailbox.letters() == {0: False, 1: False, 2: False}
    mailbox.flag_newest(2)
    assert mailbox.letters() == {0: False, 1: True, 2: True}
    assert (tmp_path / "cur" / "2.pli:2,FS").exists()


def test_a_letter_says_its_number() -> None:
    [octets] = letters(1, first_number=42)
    assert number_in(octets) == number_in(subject_of(42).encode()) == 42
    assert number_in(b"Subject: bilan") is None


GOAL = at_most("vite", "essai.seconds", 2.0, "s")
EITHER = Goal("peu", (Limit("essai.octets", 1200, "octets"), Limit("essai.turns", 1, "turns")))
AS_GOOD = at_most("autant", "essai.seconds", "essai.seconds of interimap", "s")


@pytest.mark.parametrize(
    ("goal", "figures", "said"),
    [
        (GOAL, {"essai.seconds": 1.5}, "reached: 1.5 s, at most 2"),
        (GOAL, {"essai.seconds": 3.0}, "NOT reached: 3 s, 50 % over 2"),
        (GOAL, {"essai.seconds": AtLeast(2.0)}, "NOT reached: > 2 s, 0 % over 2"),
        (GOAL, {}, "not measured: essai.seconds"),
        (EITHER, {"essai.octets": 3300, "essai.turns": 1}, "reached: 1 turns, at most 1"),
        (
            EITHER,
            {"essai.octets": 1800, "essai.turns": 4},
            "NOT reached: 1,800 octets, 50 % over 1,200; 4 turns, 300 % over 1",
        ),
        (AS_GOOD, {"essai.seconds": 1.0}, "not measured: essai.seconds of interimap"),
        (
            AS_GOOD,
            {"essai.seconds": 1.0, "essai.seconds of interimap": 1.0},
            "reached: 1 s, at most 1",
        ),
    ],
)
def test_a_goal_says_by_how_much(goal: Goal, figures: dict[str, float], said: str) -> None:
    assert verdict(goal, figures) == said


def test_every_goal_of_what_was_run_is_listed_even_when_it_was_not_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_verdicts({}, BENCHES)
    assert capsys.readouterr().out.count("not measured: ") == len(GOALS)
    print_verdicts({}, ["delta"])
    said = capsys.readouterr().out
    assert said.count("not measured: ") == 1
    assert f"({len(GOALS) - 1} more belong to benches that were not run)" in said


def test_every_goal_belongs_to_a_bench() -> None:
    assert {goal.bench for goal in GOALS} <= set(BENCHES)


def test_an_unknown_bench_is_named_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["vitesse"]) == 2
    said = capsys.readouterr().err
    assert "vitesse" in said
    assert all(name in said for name in BENCHES)
