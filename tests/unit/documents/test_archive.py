"""Zips from anybody: nothing leaves its folder, nothing fills the machine, nothing is guessed."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Permanent
from sync.documents import archive
from sync.documents.archive import read_archive
from tests.unit.documents.xdm_maker import RawZip, zipped


def names(octets: bytes) -> list[str]:
    return [each.name for each in read_archive(octets).members]


def test_an_honest_archive() -> None:
    read = read_archive(zipped({"A/B.TXT": b"x" * 1000, "vide": b""}))
    assert [(each.name, each.octets) for each in read.members] == [
        ("A/B.TXT", b"x" * 1000),
        ("vide", b""),
    ]
    assert read.warnings == ()


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.txt", fullmatch=True), st.binary())
)
def test_what_the_standard_library_packs_comes_out(files: dict[str, bytes]) -> None:
    read = read_archive(zipped(files)) if files else None
    assert {each.name: each.octets for each in read.members} == files if read else not files


def test_members_that_were_streamed() -> None:
    """Their sizes stand after them, and in the directory."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.txt", b"contenu" * 50)
    assert read_archive(out.getvalue()).members[0].octets == b"contenu" * 50


def test_what_stands_before_or_after_an_archive() -> None:
    plain = RawZip().add(b"a.txt")
    assert names(plain.made(before=b"\xef\xbb\xbf", after=b"remarque")) == ["a.txt"]


@pytest.mark.parametrize(
    ("written", "flags", "name", "warnings"),
    [
        (b"ASCII.TXT", 0, "ASCII.TXT", ()),
        ("é.txt".encode(), 0x800, "é.txt", ()),
        ("é.txt".encode(), 0, "é.txt", ()),
        ("é.txt".encode("cp437"), 0, "é.txt", ()),
        ("é.txt".encode("cp437"), 0x800, "é.txt", ("zip.odd_name",)),
        (b"IHE_XDM\\SUBSET01\\D.XML", 0, "IHE_XDM/SUBSET01/D.XML", ("zip.backslash",)),
    ],
)
def test_names_in_every_writing(
    written: bytes, flags: int, name: str, warnings: tuple[str, ...]
) -> None:
    read = read_archive(RawZip().add(written, flags=flags).made())
    assert (read.members[0].name, read.warnings) == (name, warnings)


UNSAFE = [
    *(
        b"../x",
        b"a/../../x",
        b"a/..",
        b"/etc/passwd",
        b"C:/x",
        b"c:x",
        b"a\0b",
        b"a\nb",
        b"a\x1b[31m",
    ),
    *(b"..\\x", b"\\\\host\\x", b"C:\\x", b"x" * 2000),
]


@pytest.mark.parametrize("name", UNSAFE)
def test_a_name_that_leads_elsewhere_is_left_out(name: bytes) -> None:
    read = read_archive(RawZip().add(name).add(b"bon.txt").made())
    assert [each.name for each in read.members] == ["bon.txt"]
    assert "zip.unsafe_name" in read.warnings


LEFT_OUT = {
    "zip.link": RawZip().add(b"lien", b"/etc/passwd", mode=0o120777),
    "zip.encrypted": RawZip().add(b"secret", flags=1),
    "zip.damaged": RawZip().add(b"abime", crc=1),
}


@pytest.mark.parametrize("warning", LEFT_OUT)
def test_a_member_that_cannot_be_trusted_is_left_out(warning: str) -> None:
    read = read_archive(LEFT_OUT[warning].made())
    assert (read.members, read.warnings) == ((), (warning,))


@pytest.mark.parametrize(
    "odd",
    [
        RawZip().add(b"court", b"xx", size=1),
        RawZip().add(b"long", b"xx", size=3),
        RawZip().add(b"stored", b"xx", method=0, size=3),
        RawZip().add(b"lzma", b"xx", method=14),
        RawZip().add(b"faux", b"xx", packed=b"\xff\xff"),
    ],
)
def test_a_member_that_is_not_as_announced_is_damaged(odd: RawZip) -> None:
    read = read_archive(odd.made())
    assert (read.members, read.warnings) == ((), ("zip.damaged",))


def test_the_same_name_twice_keeps_both() -> None:
    read = read_archive(RawZip().add(b"a.txt", b"1").add(b"A.TXT", b"2").made())
    assert [each.octets for each in read.members] == [b"1", b"2"]
    assert read.warnings == ("zip.duplicate_name",)


def bomb_of_one_member() -> bytes:
    return RawZip().add(b"zero", bytes(20_000_000)).made()


def bomb_that_overlaps() -> bytes:
    made = RawZip().add(b"noyau", b"x" * 1000, method=0)
    for n in range(50):
        made.add(f"copie{n}"[:5].encode(), b"x" * 1000, method=0, start=0)
    return made.made()


def bomb_of_announcements() -> bytes:
    made = RawZip()
    for n in range(900):
        made.add(f"{n}".encode(), size=1_000_000)
    return made.made()


def bomb_in_several_modest_members() -> bytes:
    made = RawZip()
    for n in range(3):
        made.add(f"{n}".encode(), packed=b"x" * 1_000_000, size=90_000_000)
    return made.made()


REFUSED = {
    "zip.bomb": [
        bomb_of_one_member,
        bomb_that_overlaps,
        bomb_of_announcements,
        bomb_in_several_modest_members,
    ],
    "zip.too_many": [
        lambda: zipped({f"{n}": b"" for n in range(1001)}),
        lambda: RawZip().add(b"a").made(count=65_535),
    ],
    "zip.not_one": [
        lambda: b"",
        lambda: b"PK\x05\x06",
        lambda: b"%PDF-1.4",
        lambda: zipped({"a": b"x"})[:-1],
        lambda: zipped({"a": b"x" * 100})[30:],
        lambda: RawZip().add(b"a").made(count=2),
        lambda: RawZip().add(b"a", start=9_999).made(),
        lambda: RawZip().add(b"a").made().replace(b"PK\3\4", b"PK\3\5"),
        lambda: RawZip().add(b"a").made().replace(b"PK\1\2", b"PK\1\3"),
    ],
}
CASES = [(code, make) for code, makes in REFUSED.items() for make in makes]


@pytest.mark.parametrize(
    ("code", "make"), CASES, ids=[f"{c}-{n}" for n, (c, _) in enumerate(CASES)]
)
def test_what_is_refused_whole(code: str, make) -> None:
    with pytest.raises(Permanent) as refused:
        read_archive(make())
    assert refused.value.code == code


def test_an_archive_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_OCTETS", 10)
    with pytest.raises(Permanent, match=r"zip\.too_large"):
        read_archive(zipped({"a": b"x"}))


def test_a_short_file_of_spaces_is_no_bomb() -> None:
    assert names(zipped({"blanc.txt": b" " * 60_000})) == ["blanc.txt"]


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_octets_are_an_archive_or_are_refused(noise: bytes, at: int) -> None:
    whole = zipped({"METADATA.XML": b"<a/>" * 20, "b.pdf": b"%PDF"})
    for octets in (noise, whole[:at] + noise + whole[at + len(noise) :], whole[:at]):
        with suppress(Permanent):
            read_archive(octets)
