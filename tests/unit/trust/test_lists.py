"""Revocation lists: when they are asked for, how, and which one is kept."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from store.db.accounts import add_account
from store.db.anchors import replace_bundle
from store.db.crls import MOST_LISTS, crl_at, crls, keep_crl, want_crls
from store.db.open import Connection
from store.errors import MailError, Permanent, Transient
from store.model.account import Endpoint, Profile
from store.model.trust import Crl, Evidence, Kept, Reason, Revocation, Root, Signer
from sync import node as nodes
from sync.trust.bundle import read_bundle
from sync.trust.download import download
from sync.trust.judge import examined, judge, lists_wanted, recipient
from sync.trust.kept import fetched, follow_anchors, keep_lists, kept, metered, refresh
from sync.trust.schedule import (
    FIRST_PAUSE_SECONDS,
    LEAST_SECONDS,
    LONGEST_PAUSE_SECONDS,
    MOST_SECONDS,
    due_at,
    failed,
    unchanged,
)
from tests.refusals import refused
from tests.unit.trust.pki import (
    ALICE,
    CRL_URL,
    DAY,
    MIDDLE,
    NOW,
    ROOT,
    SIGNER,
    authority,
    crl,
    ec_key,
    make,
    person,
    usage,
)
from tests.unit.trust.publisher import Publisher

KNOWN = Crl(
    url=CRL_URL,
    issuer=MIDDLE.der,
    octets=b"x",
    this_update_at=NOW,
    next_update_at=NOW + 2 * DAY,
    checked_at=NOW,
    tried_at=NOW,
)
TODAY = int(time.time())
ROOT_URL = "http://crl.autorite.example/racine.crl"


@pytest.mark.parametrize(
    ("crl", "line", "due"),
    [
        (Crl(url="x", issuer=b""), "wire", 0),
        (KNOWN, "wire", NOW + DAY),
        (KNOWN, "metered", NOW + 2 * DAY),
        (replace(KNOWN, checked_at=NOW + DAY), "wire", NOW + DAY + DAY // 4),
        (replace(KNOWN, checked_at=NOW + 2 * DAY), "metered", NOW + 2 * DAY + LEAST_SECONDS),
        (replace(KNOWN, next_update_at=NOW + 900 * DAY), "metered", NOW + MOST_SECONDS),
        (replace(KNOWN, next_update_at=None), "metered", NOW + MOST_SECONDS),
        (replace(KNOWN, next_update_at=NOW + 60), "wire", NOW + LEAST_SECONDS),
        (failed(KNOWN, "crl.slow", NOW), "metered", NOW + FIRST_PAUSE_SECONDS),
        (replace(KNOWN, failures=3), "wire", NOW + 4 * FIRST_PAUSE_SECONDS),
        (replace(KNOWN, failures=99), "wire", NOW + LONGEST_PAUSE_SECONDS),
    ],
)
def test_a_list_is_asked_for_when_it_is_due(crl: Crl, line: str, due: int) -> None:
    assert due_at(crl, metered=line == "metered") == due


def test_a_try_that_fails_keeps_what_was_there() -> None:
    after = failed(KNOWN, "crl.slow", NOW + DAY)
    assert (after.octets, after.failures, after.error) == (b"x", 1, "crl.slow")
    assert (after.checked_at, after.tried_at) == (NOW, NOW + DAY)
    again = unchanged(after, NOW + 2 * DAY)
    assert (again.octets, again.failures, again.error) == (b"x", 0, "")


def test_a_download_tells_little_and_is_conditional(publisher: Publisher) -> None:
    publisher.publish(b"liste", 'ETag: "7"', "Last-Modified: hier")
    got = download(publisher.url)
    assert (got.octets, got.etag, got.last_modified) == (b"liste", '"7"', "hier")
    publisher.publish(b"", status="304 Not Modified")
    assert download(publisher.url, etag='"7"', last_modified="hier").octets is None
    first, second = publisher.asked
    assert set(first) == {"path", "Host", "Accept-Encoding", "Accept", "User-Agent", "Connection"}
    assert (second["If-None-Match"], second["If-Modified-Since"]) == ('"7"', "hier")


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (b"HTTP/1.1 404 Non\r\n\r\n", Transient, "crl.no_answer"),
        (b"HTTP/1.1 302 Ailleurs\r\nLocation: http://x/\r\n\r\n", Transient, "crl.no_answer"),
        (b"HTTP/1.1 304 Pareil\r\n\r\n", Transient, "crl.no_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", Permanent, "crl.too_long"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, Permanent, "crl.too_long"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncourt", Transient, "crl.unreachable"),
        (b"bonjour\r\n", Transient, "crl.unreachable"),
        (b"", Transient, "crl.unreachable"),
    ],
)
def test_an_answer_that_is_no_list_says_why(
    publisher: Publisher, answer: bytes, kind: type[MailError], code: str
) -> None:
    publisher.answer = answer
    with refused(kind, code):
        download(publisher.url, most_octets=1000)


@pytest.mark.parametrize(
    "url",
    [
        *("https://crl.example/x", "ldap://crl.example/x", "file:///etc/passwd", "http:///x", ""),
        *("http://moi@crl.example/x", "http://crl.example/x y", "http://crl.example/\r\nX: y"),
        *("http://crl.example:x/", "http://[::1/x", "http://été.example/x"),
    ],
)
def test_only_a_plain_address_is_asked(url: str) -> None:
    with refused(Permanent, "crl.bad_url"):
        download(url)


def test_time_has_an_end(publisher: Publisher) -> None:
    publisher.publish(b"liste")
    with refused(Transient, "crl.slow"):
        download(publisher.url, whole_seconds=0)


def test_a_header_that_never_ends_has_an_end_too(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a time for each silence: as if an octet came before each was over.
    monkeypatch.setattr("sync.trust.download.SILENCE_SECONDS", None)
    publisher.answer, publisher.lingers = b"HTTP/1.1 200 OK\r\nX-Slow: a", True
    with refused(Transient, "crl.slow"):
        download(publisher.url, whole_seconds=0.1)


def published(publisher: Publisher, octets: bytes, before: Crl | None = None) -> Crl:
    publisher.publish(octets, 'ETag: "1"')
    empty = Crl(url=publisher.url, issuer=MIDDLE.der)
    return fetched(replace(before or empty, url=publisher.url), NOW)


def test_a_newer_valid_list_replaces_the_one_kept(publisher: Publisher) -> None:
    first = published(publisher, crl(MIDDLE, from_at=NOW - 5 * DAY))
    assert (first.error, first.this_update_at, first.etag) == ("", NOW - 5 * DAY, '"1"')
    second = published(publisher, crl(MIDDLE, 7), first)
    assert (second.error, second.this_update_at) == ("", NOW - DAY)
    assert publisher.asked[-1]["If-None-Match"] == '"1"'


def test_a_list_that_has_not_changed_is_kept_and_counts_as_seen(publisher: Publisher) -> None:
    first = replace(published(publisher, crl(MIDDLE)), checked_at=1, failures=2, error="crl.slow")
    publisher.publish(b"", status="304 Not Modified")
    after = fetched(first, NOW + DAY)
    assert (after.octets, after.checked_at) == (first.octets, NOW + DAY)
    assert (after.failures, after.error) == (0, "")


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: crl(MIDDLE, signer=ec_key("un autre")), "crl.not_valid"),
        (lambda: crl(ROOT), "crl.not_valid"),
        (lambda: b"<html>portail</html>", "crl.not_valid"),
        (lambda: crl(MIDDLE, from_at=NOW + DAY, until_at=NOW + 2 * DAY), "crl.not_valid"),
        (lambda: crl(MIDDLE, from_at=NOW - 6 * DAY), "crl.older"),
    ],
)
def test_what_is_not_a_newer_valid_list_leaves_the_last_one(
    publisher: Publisher, made: object, code: str
) -> None:
    first = published(publisher, crl(MIDDLE, from_at=NOW - 5 * DAY))
    after = published(publisher, made(), first)
    assert (after.octets, after.this_update_at) == (first.octets, first.this_update_at)
    assert (after.error, after.failures) == (code, 1)


async def test_lists_that_are_due_are_fetched_and_kept_when_the_line_is_cut(
    publisher: Publisher, db: Connection
) -> None:
    assert await refresh(db) is None
    want_crls(db, [(publisher.url, MIDDLE.der)])
    publisher.publish(crl(MIDDLE, 7, from_at=TODAY - DAY, until_at=TODAY + DAY))
    due = await refresh(db)
    assert due is not None
    assert due > TODAY
    held = crl_at(db, publisher.url)
    assert held is not None
    assert held.octets
    await refresh(db)
    assert len(publisher.asked) == 1
    publisher.answer = b""
    await refresh(db, everything=True)
    after = crl_at(db, publisher.url)
    assert after is not None
    assert (after.octets, after.error) == (held.octets, "crl.unreachable")


async def test_the_node_fetches_what_becomes_wanted(
    publisher: Publisher, db: Connection, home: object, key: object
) -> None:
    publisher.publish(crl(MIDDLE, from_at=TODAY - DAY, until_at=TODAY + DAY))
    duty = asyncio.create_task(nodes._turn(nodes.Node(home, key), keep_lists))
    want_crls(db, [(publisher.url, MIDDLE.der)])
    async with asyncio.timeout(20):
        while not crls(db)[0].octets:
            await asyncio.sleep(0.05)
    duty.cancel()
    await asyncio.gather(duty, return_exceptions=True)


def test_a_line_that_is_paid_for_is_metered(db: Connection) -> None:
    for name, profile, paid in (("a", Profile.FIBRE, False), ("b", Profile.SATELLITE, True)):
        here = Endpoint(host="x.example", port=1)
        add_account(db, name=name, address=ALICE, imap=here, smtp=here, user="a", profile=profile)
        assert metered(db) is paid


def test_wanted_lists_are_written_once_and_are_not_without_end(db: Connection) -> None:
    want_crls(db, [(CRL_URL, MIDDLE.der)])
    keep_crl(db, replace(KNOWN, octets=b"y"))
    changes = db.total_changes
    want_crls(db, [(CRL_URL, MIDDLE.der)])
    assert db.total_changes == changes
    want_crls(db, [(CRL_URL, ROOT.der)])
    assert db.total_changes == changes, "what it gives is valid: nobody else signs there"
    after = failed(replace(KNOWN, octets=b"y"), "crl.not_valid", NOW)
    keep_crl(db, after)
    want_crls(db, [(CRL_URL, ROOT.der)])  # another authority signs there now
    [held] = crls(db)
    assert (held.issuer, held.octets) == (ROOT.der, b"y")
    want_crls(db, [(f"http://x.example/{n}", MIDDLE.der) for n in range(MOST_LISTS + 9)])
    assert len(crls(db)) == MOST_LISTS


def test_two_keys_of_one_authority_do_not_have_its_list_fetched_at_each_handshake(
    db: Connection,
) -> None:
    want_crls(db, [(CRL_URL, MIDDLE.der)])
    keep_crl(db, failed(KNOWN, "crl.not_valid", NOW))
    for der in (ROOT.der, MIDDLE.der) * 2:
        want_crls(db, [(CRL_URL, der)])
        [held] = crls(db)
        assert due_at(held, metered=False) > NOW


def imported(db: Connection, tmp_path: object, *pems: bytes, bundle: str = "igc-sante") -> None:
    path = tmp_path / "anchors.pem"
    path.write_bytes(b"".join(pems))
    replace_bundle(db, bundle, read_bundle(path, bundle, NOW))
    follow_anchors(db)


def test_importing_authorities_wants_their_lists_and_removing_them_ends_it(
    db: Connection, tmp_path: object
) -> None:
    imported(db, tmp_path, ROOT.pem, MIDDLE.pem)
    assert [(each.url, each.issuer) for each in crls(db)] == [(ROOT_URL, ROOT.der)]
    want_crls(db, [(CRL_URL, MIDDLE.der)])
    other = make(authority("Autre racine"))
    imported(db, tmp_path, other.pem, bundle="autre")
    assert len(crls(db)) == 2
    replace_bundle(db, "igc-sante", [])
    follow_anchors(db)
    assert crls(db) == []


def test_an_account_with_a_file_of_its_own_keeps_its_lists(
    db: Connection, tmp_path: object
) -> None:
    own, here = tmp_path / "own.pem", Endpoint(host="x.example", port=1)
    own.write_bytes(ROOT.pem)
    add_account(db, name="a", address=ALICE, imap=here, smtp=here, user="a", ca=str(own))
    want_crls(db, [(CRL_URL, MIDDLE.der), (ROOT_URL, ROOT.der)])
    imported(db, tmp_path, make(authority("Autre racine")).pem)
    assert {each.url for each in crls(db)} == {CRL_URL, ROOT_URL}
    own.unlink()
    follow_anchors(db)
    assert crls(db) == []


def letter(**changes: object) -> Evidence:
    signer = Signer(certificate=SIGNER.der, verified=True, digest="sha256", signed_at=NOW - DAY)
    sound = Evidence(
        root=Root.WHOLE,
        signers=(signer,),
        detached=True,
        certificates=(MIDDLE.der,),
        from_fields=1,
        from_addresses=(ALICE,),
    )
    return replace(sound, **changes)


def test_a_letter_is_judged_by_what_is_kept_here(db: Connection, tmp_path: object) -> None:
    imported(db, tmp_path, ROOT.pem)
    want_crls(db, [(CRL_URL, MIDDLE.der)])
    keep_crl(db, replace(KNOWN, octets=crl(MIDDLE)))
    assert judge(letter(), kept(db), NOW).badge
    assert not judge(letter(certificates=()), kept(db), NOW).badge
    keep_crl(db, replace(KNOWN, octets=crl(MIDDLE, SIGNER.certificate.serial_number)))
    assert judge(letter(), kept(db), NOW).level == "broken"


def test_a_list_that_comes_with_a_letter_counts_when_it_is_the_authority_s() -> None:

    held = Kept(anchors=(ROOT.der,))
    for lists, state in (
        ((), Revocation.UNKNOWN),
        ((crl(MIDDLE), crl(ROOT)), Revocation.GOOD),
        ((crl(MIDDLE, SIGNER.certificate.serial_number), crl(ROOT)), Revocation.REVOKED),
        ((crl(MIDDLE, signer=ec_key("x")), crl(ROOT)), Revocation.UNKNOWN),
    ):
        [signer] = examined(letter(crls=lists), held, NOW).signers
        assert signer.finding.revocation.state is state


def test_a_letter_of_a_stranger_makes_nobody_be_called() -> None:

    held = Kept(anchors=(ROOT.der,), intermediates=(MIDDLE.der,))
    stranger = make(authority("Inconnue"))
    theirs = make(person(crl_urls=("http://espion.example/",)), stranger)
    for certificate, others, wanted in (
        (SIGNER, (), [(CRL_URL, MIDDLE.der), (ROOT_URL, ROOT.der)]),
        (theirs, (stranger.der,), []),
        (make(person(purposes=None), MIDDLE), (), []),
    ):
        signer = Signer(certificate=certificate.der, verified=True, digest="sha256")
        found = examined(letter(signers=(signer,), certificates=others), held, NOW)
        assert lists_wanted(found.signers[0].finding) == wanted


def test_a_recipient_is_examined_for_sealing() -> None:

    held = Kept(anchors=(ROOT.der,), intermediates=(MIDDLE.der,))
    sealing = make(person(usage=usage("key_agreement")), MIDDLE)
    assert recipient(sealing.der, held, NOW).faults == ()
    assert recipient(SIGNER.der, held, NOW).faults == (Reason.WRONG_USAGE,)
