"""Which files are one dispatch: all of them are somewhere, and none in two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.drop_options import Grouping
from sync.drop import grouping as grouping_module
from sync.drop.grouping import MOST_FILES, main_of, sort
from sync.drop.names import stem
from sync.drop.plan import (
    Decision,
    Entry,
    Kind,
    Policy,
    Refuse,
    Sighting,
    Take,
    decide,
)
from sync.drop.reasons import Reason

POLICY = Policy()
LONG = POLICY.patience_seconds + 1
names = st.builds(
    lambda base, ending: f"{base}{ending}".encode(),
    st.sampled_from(["a", "b", "a.b", ".pdf"]),
    st.sampled_from([".pdf", ".hpr", ".PDF", ".xml", ".json", ".done", ".pdf.done", ".zip", ""]),
)


def seen(*found: bytes, kind: Kind = Kind.FILE, since: float = 0.0) -> list[Sighting]:
    """Files that came at `since`."""
    return [
        Sighting(entry=Entry(name=name, kind=kind, size=9, mtime_ns=0, inode=n), since=since)
        for n, name in enumerate(dict.fromkeys(found))
    ]


@given(
    st.lists(names, unique=True, max_size=12),
    st.sampled_from([Grouping.STEM, Grouping.DONE]),
    st.sampled_from([3.0, LONG]),
)
def test_every_file_is_in_one_group_or_waits(
    found: list[bytes], grouping: Grouping, now: float
) -> None:
    look = sort(seen(*found), {}, grouping, now, POLICY)
    grouped = [each.entry.name for group in look.groups for each in group.files]
    ours = {name for name in found if not name.startswith(b".")}
    assert len(grouped) == len(set(grouped))
    assert set(grouped) <= ours
    stems = {stem(name) for name in ours}
    assert len(look.groups) + len(look.waits) == len(stems)
    for group in look.groups:
        of_it = {name for name in ours if stem(name) == stem(group.main.entry.name)}
        assert {each.entry.name for each in group.files} == of_it
        if isinstance(group.decision, Take):
            entries = [each.entry for each in group.files]
            assert main_of(entries, grouping) == group.main.entry
            # A claim that a crash left half made is known for one: what tells is moved last.
            for n in range(len(entries)):
                assert main_of(group.claimed_in_order[:n], grouping) is None


@pytest.mark.parametrize(
    ("name", "of"),
    [
        (b"a.pdf", b"a"),
        (b"a.hpr", b"a"),
        (b"a.json", b"a"),
        (b"a.pdf.json", b"a"),
        (b"a.pdf.done", b"a"),
        (b"a.hpr.done", b"a"),
        (b"a.b.pdf", b"a.b"),
        (b"a.b.done", b"a.b"),
        (b"a.tif.done", b"a"),
        (b"a.JPG.json", b"a"),
        (b"sans", b"sans"),
        (b"\xe9.PDF", b"\xe9"),
    ],
)
def test_what_files_of_one_dispatch_have_in_common(name: bytes, of: bytes) -> None:
    assert stem(name) == of


def test_a_companion_is_known_however_windows_or_a_macintosh_writes_its_name() -> None:
    for document, companion in (("RES.PDF", "res.hpr"), ("é.pdf", "e\u0301.hpr")):
        ours = seen(document.encode(), companion.encode())
        [group] = sort(ours, {}, Grouping.STEM, 3.0, POLICY).groups
        assert (group.main, list(group.companions)) == (ours[0], [ours[1]])


def test_of_two_documents_each_keeps_what_is_written_as_its_own() -> None:
    ours = seen(b"A.pdf", b"a.pdf", b"a.hpr")
    one, other = sort(ours, {}, Grouping.STEM, LONG, POLICY).groups
    assert [len(one.files), len(other.files)] == [1, 2]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([b"a.pdf", b"a.zip"], Reason.TOO_MANY_FILES),
        ([b"a.pdf", b"a.json", b"a.toml"], Reason.TOO_MANY_FILES),
        ([b"a.hpr", b"a.xml"], Reason.NO_DOCUMENT),
        ([b"a.json"], Reason.NO_DOCUMENT),
    ],
)
def test_what_can_be_no_dispatch_is_refused(found: list[bytes], reason: Reason) -> None:
    [group] = sort(seen(*found), {}, Grouping.STEM, LONG, POLICY).groups
    assert group.decision == Refuse(reason=reason)
    assert {each.entry.name for each in group.files} == set(found)


def test_a_message_alone_is_a_dispatch_once_it_is_said_to_be_finished() -> None:
    [group] = sort(seen(b"a.hl7", b"a.done"), {}, Grouping.DONE, 3.0, POLICY).groups
    assert group.main.entry.name == b"a.hl7"
    assert [entry.name for entry in group.claimed_in_order] == [b"a.hl7", b"a.done"]


def test_a_subfolder_is_ready_when_all_in_it_is() -> None:
    [folder] = seen(b"d", kind=Kind.DIRECTORY)
    inside = [*seen(b"a.pdf"), *seen(b"x.hpr", since=2.5)]
    early = sort([folder], {b"d": inside}, Grouping.FOLDER, 3.0, POLICY)
    assert (early.groups, len(early.waits)) == ([], 1)
    [group] = sort([folder], {b"d": inside}, Grouping.FOLDER, 5.0, POLICY).groups
    assert [each.entry.name for each in group.files] == [b"a.pdf", b"x.hpr"]
    many = seen(*(f"{n}.pdf".encode() for n in range(MOST_FILES + 1)))
    [refused] = sort([folder], {b"d": many}, Grouping.FOLDER, 5.0, POLICY).groups
    assert refused.decision == Refuse(reason=Reason.TOO_MANY_FILES)
    assert sort([folder], {b"d": []}, Grouping.FOLDER, LONG, POLICY).groups == []


def test_a_subfolder_with_an_unfinished_file_waits_and_one_with_litter_does_not() -> None:
    [folder] = seen(b"d", kind=Kind.DIRECTORY)
    busy = {b"d": seen(b"a.pdf", b"b.pdf.part")}
    assert sort([folder], busy, Grouping.FOLDER, LONG, POLICY).groups == []
    littered = {b"d": seen(b"a.pdf", b"Thumbs.db", b".cache")}
    [group] = sort([folder], littered, Grouping.FOLDER, LONG, POLICY).groups
    assert group.decision == Take()


def test_ten_thousand_files_in_a_subfolder_are_not_compared_with_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0

    def counted(one: Sighting, other: object) -> bool:
        nonlocal asked
        asked += 1
        return one is other

    inside = seen(*(f"{n}.pdf".encode() for n in range(2000)))
    monkeypatch.setattr(Sighting, "__eq__", counted)
    look = sort(
        seen(b"archive", kind=Kind.DIRECTORY), {b"archive": inside}, Grouping.FOLDER, LONG, POLICY
    )
    assert [group.decision for group in look.groups] == [Refuse(reason=Reason.TOO_MANY_FILES)]
    assert asked < 10 * len(inside)


def test_a_look_judges_each_file_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[bytes] = []

    def counting(each: Sighting, now: float, policy: Policy) -> Decision:
        judged.append(each.entry.name)
        return decide(each, now, policy)

    monkeypatch.setattr(grouping_module, "decide", counting)
    found = [b"%d%s" % (n, ending) for n in range(100) for ending in (b".pdf", b".hpr")]
    look = sort(seen(*found), {}, Grouping.STEM, LONG, POLICY)
    assert (len(look.groups), sorted(judged)) == (100, sorted(found))
