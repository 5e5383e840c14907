"""What the planner says of each thing found in a folder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import MailError
from store.host.i18n import catalogue
from store.model.drop import ItemState
from store.model.submission import SubmissionState
from sync.drop.plan import (
    Decision,
    Entry,
    Ignore,
    Inside,
    Kind,
    Policy,
    Refuse,
    Sighting,
    Take,
    Wait,
    decide,
    decide_inside,
    orphans,
    outcome,
    remember,
)
from sync.drop.reasons import Reason

POLICY = Policy(quiet_seconds=2, unsure_seconds=10, patience_seconds=600)
WHOLE_PDF = Inside(writer=False, head=b"%PDF-1.7\n...", tail=b"startxref\n0\n%%EOF\n")


def entry(
    name: bytes = b"bilan.pdf", kind: Kind = Kind.FILE, size: int = 2000, links: int = 1
) -> Entry:
    return Entry(name=name, kind=kind, size=size, mtime_ns=1, inode=7, links=links)


def listed(found: Entry, age: float = 5) -> Decision:
    return decide(Sighting(entry=found, since=100), 100 + age, POLICY)


def opened(found: Entry, inside: Inside | None = WHOLE_PDF, age: float = 5) -> Decision:
    return decide_inside(Sighting(entry=found, since=100), inside, 100 + age, POLICY)


def test_a_settled_whole_pdf_is_taken() -> None:
    assert (listed(entry()), opened(entry())) == (Take(), Take())


def test_a_file_that_just_came_waits_for_the_rest_of_the_quiet() -> None:
    assert listed(entry(), age=0.5) == Wait(reason=Reason.SETTLING, again_in=1.5)


def test_a_file_is_ready_at_the_end_of_the_quiet_and_not_before() -> None:
    assert isinstance(listed(entry(), age=1.999), Wait)
    assert listed(entry(), age=2) == Take()


@pytest.mark.parametrize(
    "changed",
    [
        Entry(name=b"a.pdf", kind=Kind.FILE, size=2, mtime_ns=1, inode=1),
        Entry(name=b"a.pdf", kind=Kind.FILE, size=1, mtime_ns=2, inode=1),
        Entry(name=b"a.pdf", kind=Kind.FILE, size=1, mtime_ns=1, inode=2),
        Entry(name=b"a.pdf", kind=Kind.SYMLINK, size=1, mtime_ns=1, inode=1),
        Entry(name=b"a.pdf", kind=Kind.FILE, size=1, mtime_ns=1, inode=1, links=2),
    ],
    ids=["size", "mtime", "inode", "kind", "links"],
)
def test_any_change_begins_the_quiet_again(changed: Entry) -> None:
    first = Entry(name=b"a.pdf", kind=Kind.FILE, size=1, mtime_ns=1, inode=1)
    seen = remember(remember({}, [first], 0), [changed], 1.5)
    assert seen[b"a.pdf"].since == 1.5


def test_what_does_not_change_keeps_its_age() -> None:
    seen = remember(remember({}, [entry()], 0), [entry()], 1.5)
    assert seen[b"bilan.pdf"].since == 0


def test_what_is_gone_is_forgotten() -> None:
    assert remember(remember({}, [entry()], 0), [], 1) == {}


def test_a_file_held_open_by_a_writer_waits_however_long_it_is_quiet() -> None:
    writing = Inside(writer=True, head=WHOLE_PDF.head, tail=WHOLE_PDF.tail)
    decision = opened(entry(), writing, age=300)
    assert decision == Wait(reason=Reason.OPEN, again_in=2)


def test_a_file_held_open_for_longer_than_our_patience_is_worth_a_remark() -> None:
    writing = Inside(writer=True, head=b"", tail=b"")
    decision = opened(entry(), writing, age=601)
    assert decision == Wait(reason=Reason.OPEN, again_in=2, remark=True)


def test_without_word_of_writers_the_quiet_must_be_longer() -> None:
    unknown = Inside(writer=None, head=WHOLE_PDF.head, tail=WHOLE_PDF.tail)
    assert opened(entry(), unknown, age=4) == Wait(reason=Reason.SETTLING, again_in=6)
    assert opened(entry(), unknown, age=10) == Take()


def test_an_empty_file_waits_then_is_refused() -> None:
    empty = Inside(writer=False, head=b"", tail=b"")
    assert opened(entry(size=0), empty) == Wait(reason=Reason.EMPTY, again_in=2)
    assert opened(entry(size=0), empty, age=600) == Refuse(reason=Reason.EMPTY)


def test_a_pdf_without_its_end_waits_then_is_refused() -> None:
    cut = Inside(writer=False, head=b"%PDF-1.4", tail=b"endobj\n")
    assert opened(entry(), cut) == Wait(reason=Reason.TRUNCATED, again_in=2)
    assert opened(entry(), cut, age=600) == Refuse(reason=Reason.TRUNCATED)


def test_a_pdf_is_known_by_its_first_octets_whatever_its_name() -> None:
    cut = Inside(writer=False, head=b"%PDF-1.4", tail=b"endobj\n")
    assert opened(entry(name=b"scan0001"), cut) == Wait(reason=Reason.TRUNCATED, again_in=2)


def test_a_false_pdf_waits_because_a_copy_may_begin_with_zeros_then_is_refused() -> None:
    zeros = Inside(writer=False, head=bytes(1024), tail=bytes(2048))
    assert opened(entry(name=b"A.PDF"), zeros) == Wait(reason=Reason.NOT_PDF, again_in=2)
    assert opened(entry(name=b"A.PDF"), zeros, age=600) == Refuse(reason=Reason.NOT_PDF)


def test_what_is_no_pdf_needs_no_end() -> None:
    hprim = Inside(writer=False, head=b"H|~^\\&|", tail=b"L|1")
    assert opened(entry(name=b"bilan.hpr"), hprim) == Take()


def test_a_file_we_may_not_open_waits_then_is_refused() -> None:
    assert opened(entry(), None) == Wait(reason=Reason.UNREADABLE, again_in=2)
    assert opened(entry(), None, age=600) == Refuse(reason=Reason.UNREADABLE)


def test_a_link_is_refused() -> None:
    assert listed(entry(kind=Kind.SYMLINK)) == Refuse(reason=Reason.SYMLINK)


def test_a_fifo_a_socket_or_a_device_is_refused() -> None:
    assert listed(entry(kind=Kind.SPECIAL)) == Refuse(reason=Reason.SPECIAL)


def test_a_file_with_a_second_name_is_refused() -> None:
    assert opened(entry(links=2)) == Refuse(reason=Reason.HARD_LINK)


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_taken() -> None:
    assert opened(entry(size=POLICY.largest + 1)) == Refuse(reason=Reason.TOO_LARGE)
    assert opened(entry(size=POLICY.largest)) == Take()


def test_a_large_file_still_being_written_is_left_to_its_writer() -> None:
    writing = Inside(writer=True, head=b"", tail=b"")
    assert isinstance(opened(entry(size=POLICY.largest + 1), writing), Wait)


@pytest.mark.parametrize("name", ["a\x1b[2J.pdf", "a\u202efdp.exe", "a\nb.pdf", "\x7f.pdf"])
def test_a_name_that_could_deceive_or_move_the_cursor_is_refused(name: str) -> None:
    assert opened(entry(name=name.encode())) == Refuse(reason=Reason.NAME_UNSAFE)


@pytest.mark.parametrize(
    "name",
    [
        *(b".cache", b".hidden.pdf", b"a.pdf.tmp", b"a.pdf.PART", b"a.pdf~", b"a.filepart"),
        *(b"a.pdf.crdownload", b"~$lettre.docx", b"Thumbs.db", b"desktop.ini"),
    ],
)
def test_what_other_programs_leave_is_ignored(name: bytes) -> None:
    assert listed(entry(name=name)) == Ignore()


@pytest.mark.parametrize("name", [b".claimed", b"sent", b"failed", b".git"])
def test_our_own_and_hidden_directories_are_ignored(name: bytes) -> None:
    assert listed(entry(name=name, kind=Kind.DIRECTORY)) == Ignore()


def test_any_other_directory_is_left_alone_with_a_remark() -> None:
    found = listed(entry(name=b"lot 12", kind=Kind.DIRECTORY))
    assert found == Ignore(reason=Reason.DIRECTORY)


def test_a_claim_that_the_ledger_does_not_know_is_an_orphan() -> None:
    assert orphans(["aa-1", "aa-2"], ["aa-2"], "aa") == ["aa-1"]


def test_the_claims_of_another_store_are_not_ours() -> None:
    assert orphans(["bb-1", "lost+found"], [], "aa") == []


@pytest.mark.parametrize(
    ("state", "some_refused", "end"),
    [
        (SubmissionState.ACCEPTED, False, (ItemState.SENT, None)),
        (SubmissionState.ACCEPTED, True, (ItemState.SENT, Reason.PARTLY_REFUSED)),
        (SubmissionState.REFUSED, True, (ItemState.FAILED, Reason.SERVER_REFUSED)),
        (SubmissionState.CANCELED, False, (ItemState.FAILED, Reason.CANCELED)),
    ],
)
def test_a_document_ends_as_its_letter_did(
    state: SubmissionState, some_refused: bool, end: tuple[ItemState, Reason | None]
) -> None:
    assert outcome(state, some_refused=some_refused) == end


def test_an_uncertain_letter_ends_nothing() -> None:
    with pytest.raises(MailError):
        outcome(SubmissionState.UNCERTAIN, some_refused=False)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_sentence(reason: Reason, language: str) -> None:
    assert reason in catalogue(language)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_sentences_say_the_limits_of_the_policy(language: str) -> None:
    words = catalogue(language)
    assert f"{Policy().largest // 2**20} M" in words[Reason.TOO_LARGE]
    assert Policy().patience_seconds == 600
    assert ("dix minutes" if language == "fr" else "ten minutes") in words[Reason.TRUNCATED]


names = st.binary(min_size=1, max_size=12).filter(lambda n: b"/" not in n and b"\0" not in n)
entries = st.builds(
    Entry,
    name=names,
    kind=st.sampled_from(Kind),
    size=st.integers(0, 3),
    mtime_ns=st.integers(0, 2),
    inode=st.integers(0, 2),
    links=st.integers(1, 2),
)
looks = st.lists(
    st.tuples(st.floats(0.25, 5), st.lists(entries, unique_by=lambda e: e.name, max_size=4)),
    max_size=8,
)


@given(looks)
def test_only_what_was_the_same_in_every_look_of_the_quiet_is_touched(
    steps: list[tuple[float, list[Entry]]],
) -> None:
    now, seen, history = 0.0, dict[bytes, Sighting](), list[tuple[float, set[Entry]]]()
    for pause, listing in steps:
        now += pause
        seen = remember(seen, listing, now)
        history.append((now, set(listing)))
        assert set(seen) == {e.name for e in listing}
        for each in listing:
            decision = decide(seen[each.name], now, POLICY)
            if isinstance(decision, Take | Refuse):
                begun = seen[each.name].since
                assert now - begun >= POLICY.quiet_seconds
                assert all(each in there for at, there in history if at >= begun)
            if isinstance(decision, Take):
                assert each.kind is Kind.FILE


@given(
    entries,
    st.none()
    | st.builds(
        Inside,
        writer=st.none() | st.booleans(),
        head=st.sampled_from([b"", b"%PDF-1.7", b"H|"]),
        tail=st.sampled_from([b"", b"%%EOF"]),
    ),
    st.floats(2, 2000),
)
def test_nothing_waits_for_ever_but_for_a_writer(
    found: Entry, inside: Inside | None, age: float
) -> None:
    decision = decide_inside(Sighting(entry=found, since=0), inside, age, POLICY)
    if isinstance(decision, Wait):
        assert decision.again_in >= 0
        assert age < POLICY.patience_seconds or decision.reason is Reason.OPEN
    if isinstance(decision, Take):
        assert inside is not None
        assert not inside.writer
        assert found.size > 0
