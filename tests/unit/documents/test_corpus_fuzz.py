"""The corpus, damaged by chance: no reader stumbles, and none takes more than it may.

`make soak` damages it ten thousand times, by a seed it prints; PLI_DOCUMENT_SEED gives that run
again.
"""

from __future__ import annotations

import os
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from store.errors import MailError
from store.host.i18n import catalogue
from tests.unit.documents.cda_maker import cda, section, structured
from tests.unit.documents.corpus import CORPUS, Read, read
from tests.unit.documents.damage import damaged
from tests.unit.documents.work import calls
from tests.unit.documents.xdm_maker import RawZip, metadata, package

EVERY = [sample.octets for sample in CORPUS]
KNOWN = catalogue("fr").keys()
SEED = int(os.environ.get("PLI_DOCUMENT_SEED") or random.randrange(2**32))
ROUNDS, LONG_ROUNDS, TURNS = 600, 2_000, 5
MOST_CALLS, FREE_CALLS = 30, 8_000
"""For each octet; and for what does not depend on them."""
MOST_MEMORY, FREE_MEMORY = 140, 100_000


def attempt(octets: bytes) -> Read | MailError:
    """What is read; the error of ours that says why not."""
    try:
        _, found = read(octets)
    except MailError as error:
        return error
    return found


def sentences(outcome: Read | MailError) -> set[str]:
    """The codes that somebody is told."""
    return {outcome.code} if isinstance(outcome, MailError) else set(outcome.warnings)


def rounds(seed: int, count: int) -> None:
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        octets = damaged(chance, chance.choice(EVERY), EVERY)
        try:
            assert sentences(attempt(octets)) <= KNOWN
        except Exception:
            print(f"PLI_DOCUMENT_SEED={seed}, document {number}: {octets[:2000]!r}")
            raise


def test_no_damage_makes_a_reader_stumble() -> None:
    rounds(1, ROUNDS)


@pytest.mark.soak
@pytest.mark.parametrize("turn", range(TURNS))
def test_no_damage_of_many_makes_a_reader_stumble(turn: int) -> None:
    print(f"PLI_DOCUMENT_SEED={SEED} turn {turn}")
    rounds(SEED + turn, LONG_ROUNDS)


def peak(octets: bytes) -> int:
    """The most memory Python held for a reading, beside the octets themselves."""
    tracemalloc.start()
    try:
        attempt(octets)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("seed", range(4))
def test_work_and_memory_are_in_step_with_the_octets(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        octets = damaged(chance, chance.choice(EVERY), EVERY)
        unpacked = len(octets) * (20 if octets.startswith(b"PK") else 1)
        assert calls(attempt, octets) <= MOST_CALLS * unpacked + FREE_CALLS
        assert peak(octets) <= MOST_MEMORY * unpacked + FREE_MEMORY


SECRET = "le-contenu-d-un-fichier-de-la-machine"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
OUTSIDE = "<!DOCTYPE a [<!ENTITY x SYSTEM '{}'>]>"
HARM: dict[str, Callable[[str], bytes]] = {
    "xml.doctype": lambda file: OUTSIDE.format(file).encode() + cda(structured(section("&x;"))),
    "xml.doctype of entities": lambda file: (
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>'.encode()
        + cda(structured(section("T", "&l11;")))
    ),
    "xml.doctype of parameters": lambda file: (
        f"<!DOCTYPE a [<!ENTITY % x SYSTEM '{file}'> %x;]>".encode() + cda()
    ),
    "xml.malformed, an entity of nobody": lambda file: cda(structured(section("T", "&x;"))),
    "xml.too_deep": lambda file: cda(structured("<section>" * 300 + "</section>" * 300)),
    "xml.too_full": lambda file: cda(structured(section("T", "<br/>" * 1_000_001))),
    "zip.bomb": lambda file: (
        RawZip().add(b"IHE_XDM/METADATA.XML", b" " * 100_000, size=300_000_000).made()
    ),
    "zip.too_many": lambda file: package({f"{n}.TXT": b"x" for n in range(1_100)}),
}


@pytest.mark.parametrize("case", HARM)
def test_what_is_made_to_harm_is_refused(case: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    octets = HARM[case]((tmp_path / "secret").as_uri())
    refused = attempt(octets)
    assert isinstance(refused, MailError)
    assert refused.code == case.partition(" ")[0].partition(",")[0]
    assert peak(octets) <= 8 * len(octets) + 4_000_000


def test_nothing_outside_is_included_fetched_or_run(tmp_path: Path) -> None:
    """XInclude, a stylesheet that is named, one that is inside: all are words, or nothing."""
    (tmp_path / "secret").write_text(SECRET)
    file = (tmp_path / "secret").as_uri()
    included = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{file}" parse="text"/>'
    )
    named = f'<?xml-stylesheet type="text/xsl" href="{file}"?>'.encode()
    octets = cda(structured(section("T", included))).replace(b"?>", b"?>" + named, 1)
    _, found = read(octets)
    assert SECRET not in repr(found)
    harm = metadata().replace(b"<lcm", OUTSIDE.format(file).encode() + b"<lcm", 1)
    _, found = read(package(metadata=harm))
    assert SECRET not in repr(found)
    assert "xdm.metadata_unreadable" in found.warnings


@pytest.mark.parametrize(
    "name", [b"../../etc/x.XML", b"/etc/x.XML", b"C:\\x.XML", b"a/../../x.XML"]
)
def test_a_member_that_would_lie_elsewhere_is_left_out(name: bytes) -> None:
    octets = RawZip().add(b"IHE_XDM/METADATA.XML", metadata()).add(name, cda()).made()
    _, found = read(octets)
    assert found.documents == ()
    assert "zip.unsafe_name" in found.warnings
