"""The report itself: it counts, it goes on, it ends in time, it says why."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from pathlib import Path

import pytest

from store.errors import Permanent
from store.host.i18n import catalogue
from sync.demo import report as report_module
from sync.demo.proofs import _dangerous, _listening_sockets
from sync.demo.report import CHECKS, Report, run_report
from tests.unit.demo.conftest import NOW

LINE = re.compile(r"(ok  |FAIL) +\d+ ms  \S.*")


async def nothing_to_tell() -> dict[str, object]:
    return {}


async def test_a_check_that_succeeds_is_one_line() -> None:
    lines: list[str] = []
    report = Report(lines.append)
    await report.check("end", nothing_to_tell)
    assert LINE.fullmatch(lines[0])
    assert lines[0].startswith("ok  ")
    assert lines[0].endswith("La synchronisation s'arrête proprement")


async def test_what_a_check_found_fills_its_line() -> None:
    lines: list[str] = []

    async def servers() -> dict[str, object]:
        return {"imap": 1143, "smtp": 1587}

    await Report(lines.append).check("servers", servers)
    assert lines[0].endswith(" (127.0.0.1, ports 1143 et 1587)")


async def test_a_check_that_fails_says_why_and_is_counted() -> None:
    lines: list[str] = []

    async def failing() -> dict[str, object]:
        raise Permanent("demo.not_equal", mailbox="INBOX", account="alice")

    report = Report(lines.append)
    await report.check("first_sync", failing)
    await report.check("end", nothing_to_tell)
    assert (report.done, report.failed) == (2, 1)
    assert lines[0].startswith("FAIL")
    assert lines[0].endswith("la boîte INBOX du compte alice diffère de celle du serveur")


async def test_a_check_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "STEP_SECONDS", 0.05)
    lines: list[str] = []

    async def endless() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    report = Report(lines.append)
    await asyncio.wait_for(report.check("end", endless), 30)
    assert report.failed == 1
    assert "pas terminé" in lines[0]


async def test_once_the_minute_is_over_nothing_more_is_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_module, "WHOLE_SECONDS", 0.0)
    begun = []

    async def begin() -> dict[str, object]:
        begun.append(1)
        await asyncio.sleep(0)
        return {}

    report = Report(lambda line: None)
    await report.check("end", begin)
    assert (report.done, report.failed) == (1, 1)


async def test_without_a_world_every_check_fails_and_the_last_line_counts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def impossible(scene: object) -> dict[str, object]:
        raise Permanent("demo.nothing_before")

    first, *others = CHECKS
    monkeypatch.setattr(report_module, "CHECKS", ((first[0], impossible), *others))
    lines: list[str] = []
    failed = await run_report(tmp_path, say=lines.append, now=lambda: NOW)
    assert failed == len(CHECKS)
    assert lines[-1] == f"{len(CHECKS)} vérifications, dont {len(CHECKS)} en échec"
    assert all(LINE.fullmatch(line) for line in lines[:-1])


def test_every_check_has_its_sentence() -> None:
    for language in ("fr", "en"):
        assert {f"demo.step.{name}" for name, _ in CHECKS} <= catalogue(language).keys()


def test_a_listening_socket_is_found_with_its_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as here, socket.create_server(("", 0)) as open_:
        wanted = {("127.0.0.1", here.getsockname()[1]), ("0.0.0.0", open_.getsockname()[1])}
        assert wanted <= set(_listening_sockets(os.getpid()))


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\x9b", "\r", "\u202e", "\u2066"])
def test_what_has_power_over_a_terminal_is_recognised(character: str) -> None:
    assert _dangerous(character)


@pytest.mark.parametrize("character", ["a", "é", "œ", "[", "\n", "\ufffd", " "])
def test_what_is_only_words_is_left_alone(character: str) -> None:
    assert not _dangerous(character)
