"""What a draft wishes comes back from its header; what a person states does not."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.db.carried_wishes import (
    NON_MEDICAL,
    SEALED_AS,
    STATED,
    CarriedWishes,
    carried_by,
    wishes_pieces,
    with_wishes,
)
from store.db.health_wishes import pack_wish
from store.host.envelope import seal
from store.model.document import Identifier, Sex, Traits
from store.model.draft import WISHES_FIELD, Draft, HealthWish
from store.model.email import EmailAddress
from sync.mime.build import build_draft

ALICE = EmailAddress(name="Dr Alice Martin", email="alice@cabinet.example")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TRAITS = st.builds(
    Traits,
    ins=WORDS,
    birth_name=WORDS,
    given_names=st.lists(WORDS, max_size=2).map(tuple),
    sex=st.sampled_from(Sex),
    identifiers=st.lists(st.builds(Identifier, root=WORDS, extension=WORDS), max_size=2).map(tuple),
)
WISH = HealthWish(patient=Traits(birth_name="LEROUX-ESSAI", birth_day="1985-03-14"), to_dmp=True)
WISHES = st.builds(
    HealthWish,
    patient=TRAITS,
    kind=WORDS,
    service_day=st.dates().map(str) | st.just(""),
    **{each: st.booleans() for each in ("to_patient", "closes", "to_dmp", *STATED)},
)
DRAFTS = st.builds(
    Draft,
    sender=st.just(ALICE),
    sign=st.booleans(),
    receipt=st.booleans(),
    answer_by=st.integers(0, 2**32),
    tell=st.sampled_from(["", "secretariat@cabinet.example"]),
    non_medical=st.sampled_from(["", "planning"]),
    health=WISHES | st.none(),
)


BOUNDARY = "0123456789abcdef" * 2
FIELD = WISHES_FIELD.encode() + b": "
PARTS = f'Content-Type: multipart/mixed; boundary="=_{BOUNDARY}"\r\n'.encode()


def kept_there(draft: Draft) -> bytes:
    """As it lies on the server."""
    return build_draft(
        draft,
        message_id="un@cabinet.example",
        date_at=0,
        boundary=BOUNDARY,
        attachments=[],
        wishes=wishes_pieces(draft, BOUNDARY),
    )


def stated(draft: Draft) -> set[str]:
    said = {each for each in STATED if draft.health and getattr(draft.health, each)}
    return said | ({NON_MEDICAL} if draft.non_medical else set())


@given(DRAFTS)
def test_all_that_is_wished_comes_back_and_what_was_stated_is_asked_anew(draft: Draft) -> None:
    octets = kept_there(draft)
    assert max(map(len, octets.split(b"\r\n"))) <= 76
    carried = carried_by(octets)
    if carried is None:
        assert draft == Draft(sender=ALICE)
        return
    assert carried.is_all
    assert set(carried.to_state) == stated(draft)
    health = draft.health and replace(draft.health, qualified=False, checked=False, again=False)
    assert with_wishes(Draft(sender=ALICE), carried) == replace(
        draft, health=health, non_medical=""
    )


@pytest.mark.parametrize(
    "made", [{"patient": "180032B12345678"}, {"fields": (("X-MSS-INS", "1"),)}], ids=["ins", "head"]
)
def test_a_letter_made_from_a_document_is_not_gone_on_with_as_it_is(made: dict[str, Any]) -> None:
    carried = carried_by(kept_there(Draft(sender=ALICE, **made)))
    assert carried == CarriedWishes(is_all=False)


def sealed(octets: bytes) -> bytes:
    return b64encode(seal(sha256(BOUNDARY.encode()).digest(), octets, bound_to=SEALED_AS))


def coded(said: object) -> bytes:
    return sealed(json.dumps(said).encode())


def about(**changes: object) -> dict[str, object]:
    return {"health": pack_wish(WISH) | changes}


@pytest.mark.parametrize(
    "value",
    [
        *(b"", b"e30", b"\xff\xfe", b64encode(b'{"receipt":true}'), b"A" * 30_000),
        *(sealed(b"{"), sealed(b"[" * 9_000), coded({"receipt": True})[:-8]),
        *(coded([]), coded({"later": 1}), coded({"sign": 1}), coded({"answer_by": -1})),
        *(coded({"answer_by": 2**60}), coded({"tell": "nobody"}), coded({"to_state": ["x"]})),
        *(coded({"health": {}}), coded({"health": {"patient": "x"}}), coded(about(kind=["x"]))),
        *(coded(about(to_dmp="yes")), coded(about(service_day="2026-99-99"))),
        *(coded(about(patient={"ins": 1})), coded(about(patient={"given_names": 3}))),
        *(coded(about(patient={"sex": "Z"})), coded(about(patient=None)), coded(about(more=True))),
        *(coded(about(patient={"identifiers": [{"root": 1, "extension": "x"}]})),),
    ],
    ids=count(),  # what is sealed is sealed anew in each process of pytest
)
def test_what_is_not_ours_is_not_taken_for_nothing(value: bytes) -> None:
    assert carried_by(FIELD + value + b"\r\n" + PARTS + b"\r\n") == CarriedWishes(is_all=False)


def test_only_a_head_says_it_and_only_once() -> None:
    field = FIELD + coded({"receipt": True}) + b"\r\n"
    assert carried_by(PARTS + b"\r\n" + field + b"\r\n") is None
    bare = (PARTS + field).replace(b"\r", b"").replace(b"; b", b";\n b") + b"\n"
    shouted = field[:11].upper() + field[11:] + PARTS + b"\r\n"
    assert carried_by(b"To: a@b\n" + bare) == carried_by(shouted) == CarriedWishes(receipt=True)
    assert carried_by(PARTS + field + field + b"\r\n") == CarriedWishes(is_all=False)


def test_whoever_is_sent_the_field_by_another_program_cannot_read_it() -> None:
    """As mutt 2.2.12 and neomutt 20220429 pass it on, 2026-11."""
    draft = Draft(sender=ALICE, health=WISH, answer_by=1_793_900_000, tell="sec@cabinet.example")
    kept = kept_there(draft)
    value = re.sub(rb"\r\n |: ", b"", re.findall(rb"X-Pli-Draft(: .*?)\r\n[A-Z]", kept, re.S)[0])
    for octets in (kept, b64decode(value)):
        for word in (b"LEROUX", b"1793900000", b"sec@cabinet"):
            assert word not in octets
    sent = kept.replace(BOUNDARY.encode(), b"6xHCh8dlTxtKVjFG")
    assert carried_by(kept) != carried_by(sent) == CarriedWishes(is_all=False)
    assert wishes_pieces(draft, BOUNDARY) != wishes_pieces(draft, BOUNDARY)


@given(st.binary(max_size=200))
def test_octets_of_anybody_are_read_without_a_stumble(octets: bytes) -> None:
    carried_by(octets)
    carried_by(PARTS + FIELD + octets)
    carried_by(PARTS + FIELD + b64encode(octets))
    carried_by(PARTS + FIELD + sealed(octets))


def test_a_statement_that_somebody_wrote_there_is_not_taken_over() -> None:
    said = coded(about(qualified=True, checked=True, again=True))
    carried = carried_by(PARTS + FIELD + said + b"\r\n\r\n")
    assert carried
    assert carried.health == WISH
