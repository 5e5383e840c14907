"""Reading the extracts: as they are published, and as they should never be."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import Permanent
from store.model.directory import Listing, Source
from sync.directory import files
from sync.directory.extract import MOST_LINE, REASONS, Odd, listings, shape_of, town_of
from sync.directory.files import lines_of, open_extract, stamp
from tests.unit.directory.lines import LIBRE_ACCES, MSSANTE, libre_acces, mssante


def read(header: str, *lines: str | bytes) -> tuple[list[Listing], Odd]:
    """What lines say, and what was left out."""
    odd, shape = Odd(), shape_of(header.encode())
    raw = [line.encode() if isinstance(line, str) else line for line in lines]
    return list(listings(shape, raw, odd)), odd


def test_a_line_of_the_mssante_extract_is_a_mailbox_of_somebody() -> None:
    line = mssante("zoe@x.mssante.fr", "MÜLLER", "Zoé", rpps="99000000010", service="Cardio")
    [found], odd = read(MSSANTE, line)
    assert not odd
    assert found._replace(digest=0) == Listing(
        digest=0,
        national_id="899000000010",
        email="zoe@x.mssante.fr",
        box="PER",
        title="Docteur",
        family="MÜLLER",
        given="Zoé",
        profession="Médecin",
        speciality="Cardiologie et maladies vasculaires",
        structure_id="1992674598",
        structure="CABINET DES TILLEULS",
        service="Cardio",
        street="12 RUE DES TILLEULS",
        postcode="21000",
        town="DIJON",
        paperless=True,
    )


def test_a_line_of_the_free_listing_is_somebody_with_or_without_an_address() -> None:
    lines = [libre_acces("NORD", "Ève", rpps="99000000010", email=e) for e in ("", "e@x.example")]
    found, odd = read(LIBRE_ACCES, *lines)
    assert not odd
    assert [each.email for each in found] == ["", "e@x.example"]
    assert found[0].structure_id == "1992674598"
    assert (found[0].town, found[0].profession) == ("DIJON", "Sage-Femme")


def test_columns_are_known_by_their_names_whatever_their_order_and_their_case() -> None:
    names = MSSANTE.split("|")
    cells = mssante("zoe@x.mssante.fr", "MÜLLER", "Zoé").split("|")
    turned = "|".join(reversed(names)).upper()
    [found], _ = read(turned, "|".join(reversed(cells)))
    assert (found.family, found.email, found.town) == ("MÜLLER", "zoe@x.mssante.fr", "DIJON")


def test_semicolons_and_quotes_are_read_as_a_spreadsheet_writes_them() -> None:
    line = mssante("zoe@x.mssante.fr", "MÜLLER", "Zoé", structure='"LES ""TILLEULS""; DIJON"')
    [found], odd = read("\ufeff" + MSSANTE.replace("|", ";"), line.replace("|", ";"))
    assert not odd
    assert found.structure == 'LES "TILLEULS"; DIJON'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("PER|zoe@x.mssante.fr|8", "cells"),
        (mssante("zoe@x.mssante.fr") + "|more", "cells"),
        (mssante("zoe@x.mssante.fr").encode() + b"\xff", "utf8"),
        (mssante("not an address", "NORD"), "address"),
        (mssante("zoe@x.mssante.fr\x00", "NORD"), "address"),
        (mssante("zoe@x.mssante.fr", "N" * MOST_LINE), "long"),
    ],
)
def test_a_line_that_cannot_be_read_is_counted_and_left_out(line: str | bytes, why: str) -> None:
    good = mssante("paul@x.mssante.fr", "NORD", "Paul")
    found, odd = read(MSSANTE, good, line, "", good)
    assert len(found) == 2
    assert odd == {why: 1}
    assert odd.first_line == 3


def test_somebody_without_an_identifier_is_nobody() -> None:
    _, odd = read(LIBRE_ACCES, libre_acces("NORD", "Ève", rpps="").replace("|8|", "||", 1))
    assert odd == {} or odd == {"nobody": 1}
    _, odd = read(LIBRE_ACCES, "|" * LIBRE_ACCES.count("|"))
    assert odd == {"nobody": 1}


@pytest.mark.parametrize(
    "header", [b"", b"a|b|c", b"\xff\xfe", MSSANTE.encode("cp1252"), b"a" * 99]
)
def test_what_is_no_extract_is_refused(header: bytes) -> None:
    with pytest.raises(Permanent, match=r"directory\.not_an_extract"):
        shape_of(header)


@given(st.lists(st.binary(max_size=300), max_size=20), st.sampled_from([MSSANTE, LIBRE_ACCES]))
def test_whatever_the_lines_each_is_read_or_counted(lines: list[bytes], header: str) -> None:
    lines = [line.replace(b"\n", b"") for line in lines]
    found, odd = read(header, *lines)
    assert len(found) + odd.total() == sum(1 for line in lines if line.rstrip(b"\r\n"))
    assert odd.keys() <= set(REASONS)


@given(st.lists(st.text(max_size=4), min_size=31, max_size=31))
def test_whatever_the_cells_a_listing_holds_an_address_that_can_be_written_to(cells) -> None:
    cells = [cell.replace("|", "").replace("\n", "").replace("\r", "") for cell in cells]
    found, odd = read(MSSANTE, "|".join(cells).encode("utf-8", "replace"))
    assert all("@" in each.email and each.email.isascii() for each in found)
    assert len(found) + odd.total() <= 1


@given(st.text(max_size=400))
def test_no_first_line_does_more_than_be_refused(header: str) -> None:
    with pytest.raises(Permanent, match=r"directory\.not_an_extract"):
        shape_of(header.encode("utf-8", "replace"))


def test_a_zip_is_looked_through_for_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "PS_LibreAcces_202611260800.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PS_LibreAcces_Dipl_AutExerc_202611260801.txt", "a|b\n1|2\n")
        line = libre_acces("NORD", "Ève", rpps="99000000010")
        text = f"{LIBRE_ACCES}\n{line}\n{line}"
        archive.writestr("PS_LibreAcces_Personne_activite_202611260802.txt", text)
    with open_extract(path) as opened:
        assert opened.shape.source is Source.LIBRE_ACCES
        assert opened.taken_at == stamp("x_202611260802.txt") == 1795676520
        assert len(list(opened.lines)) == 2


def test_a_zip_cut_short_or_full_of_nothing_known_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.txt", "a|b\n")
    with pytest.raises(Permanent, match="not_an_extract"), open_extract(path):
        pass
    octets = bytearray(path.read_bytes())
    octets[octets.index(b"a|b")] ^= 1
    path.write_bytes(octets)
    with pytest.raises(Permanent, match=r"directory\.damaged"), open_extract(path) as opened:
        list(opened.lines)


@pytest.mark.parametrize(
    ("name", "at"),
    [("x_202608261013.zip", 1787731980), ("extract.zip", 0), ("x_999999999999.txt", 0)],
)
def test_an_extract_is_as_old_as_the_stamp_of_its_name(name: str, at: int) -> None:
    assert stamp(name) == at  # 10:13 in Paris


def test_lines_are_streamed_and_one_without_an_end_fills_no_memory(monkeypatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 1_000)
    text = b"one\ntwo\n" + b"x" * 50_000 + b"\nfour"
    found = list(lines_of(io.BytesIO(text)))
    assert (found[:2], found[-1]) == ([b"one", b"two"], b"four")
    assert all(len(line) <= MOST_LINE + 1_001 for line in found)


@pytest.mark.parametrize(
    ("line", "town"),
    [("21000 DIJON", "DIJON"), ("2A004 AJACCIO CEDEX 1", "AJACCIO CEDEX 1"), ("LYON", "LYON")],
)
def test_a_town_stands_behind_its_postcode(line: str, town: str) -> None:
    assert town_of(line) == town
