"""Directories that are asked: each within a time, none instead of another."""

from __future__ import annotations

import threading

import pytest

from store.errors import NeedsUser
from store.model.directory import Address, Network, Person
from store.model.directory_source import DirectorySource, SourceKind
from sync.directory import live

SLOW, QUICK = (DirectorySource(name=n, kind=SourceKind.LDAP, url=n) for n in ("slow", "quick"))


def zoe(address: str) -> Person:
    """Zoé, as one directory knows her."""
    addresses = (Address(address, Network.ORDINARY),)
    return Person(id="8z", national_id="8z", family="MÜLLER", addresses=addresses)


async def test_a_question_ends_though_somebody_never_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = threading.Event()

    def find(source, typed, secret, *, limit, seconds, trust) -> list[Person]:
        if source is SLOW:
            ended.wait(20)
            return [zoe("late@x.example")]
        return [zoe("zoe@x.example")]

    monkeypatch.setattr(live, "finder_of", lambda kind: find)
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.05)
    found = await live.look_up([SLOW, QUICK], "zoe")
    ended.set()
    assert [a.email for person in found.people for a in person.addresses] == ["zoe@x.example"]
    assert found.error == "net.timeout"


async def test_what_all_say_of_one_person_is_one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(source, typed, secret, *, limit, seconds, trust) -> list[Person]:
        return [zoe(f"{source.name}@x.example")]

    monkeypatch.setattr(live, "finder_of", lambda kind: find)
    [person] = (await live.look_up([SLOW, QUICK], "zoe")).people
    assert [address.email for address in person.addresses] == ["slow@x.example", "quick@x.example"]


async def test_one_that_refuses_says_why_and_the_others_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find(source, typed, secret, *, limit, seconds, trust) -> list[Person]:
        if source is SLOW:
            raise NeedsUser("directory.key_refused", host="slow")
        return [zoe("zoe@x.example")]

    monkeypatch.setattr(live, "finder_of", lambda kind: find)
    found = await live.look_up([SLOW, QUICK], "zoe")
    assert (len(found.people), found.error) == (1, "directory.key_refused")
