"""Reading a document costs work in step with its octets, even one that was made to cost more.

Nothing here looks at a clock: calls are counted, and octets, so that a slow machine stays green
and a quadratic reader is red on a fast one.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.documents import xdm
from sync.documents.cda import read_cda
from sync.documents.metadata import read_metadata
from sync.documents.recognise import recognise
from sync.documents.xdm import read_xdm
from tests.unit.documents.cda_maker import (
    battery,
    bounds,
    cda,
    entry,
    judged,
    observation,
    section,
    structured,
)
from tests.unit.documents.work import calls
from tests.unit.documents.xdm_maker import FOLDER, RawZip, metadata, slot, zipped
from tests.unit.documents.xdm_maker import entry as xdm_entry

Made = Callable[[int], bytes]
RESULT = observation(rest=judged("H") + bounds())
ROW = "<tr><td>Sodium</td><td>140 mmol/L</td><td>135 - 145</td></tr>"


def results(count: int) -> bytes:
    return cda(structured(section("Bio", "", entry(battery("Iono", *[RESULT] * count)))))


def pointed_at(count: int) -> bytes:
    """Results whose words lie in the narrative, each at a place of its own."""
    text = "".join(f'<content ID="r{n}">Sodium {n}</content>' for n in range(count))
    code = '<code><originalText><reference value="#r{}"/></originalText></code>'
    many = [observation(code=code.format(n)) for n in range(count)]
    return cda(structured(section("Bio", text, entry(battery("Iono", *many)))))


CDAS: dict[str, Made] = {
    "results": results,
    "words that lie elsewhere": pointed_at,
    "a table": lambda n: cda(structured(section("T", f"<table>{ROW * n}</table>"))),
    "sections": lambda n: cda(structured(*[section("T", "Rien.")] * n)),
    "sections in sections": lambda n: cda(structured("".join(_nested(60)) * (n // 64))),
    "footnotes": lambda n: cda(
        structured(section("T", '<paragraph>x<footnote ID="n">y</footnote></paragraph>' * n))
    ),
    "people": lambda n: cda(author="<author><assignedAuthor/></author>" * n),
}


def _nested(depth: int) -> list[str]:
    opened = ["<section><title>T</title><component>"] * depth
    return [*opened, section("T", "x"), *["</component></section>"] * depth]


@pytest.mark.parametrize("name", CDAS)
def test_a_cda_costs_work_in_step_with_its_length(name: str) -> None:
    made = CDAS[name]
    read_cda(made(64))  # what is learnt once is learnt
    small, large = calls(read_cda, made(256)), calls(read_cda, made(1024))
    assert large <= 4.2 * small + 2000


def test_three_megabytes_cost_a_few_calls_for_each_element() -> None:
    """The second that the issue allows is in `make bench BENCH=documents`; here it is work."""
    octets = results(3 * 2**20 // len(RESULT))
    assert len(octets) > 3_000_000
    assert calls(read_cda, octets) < 30 * octets.count(b"<")


def lost(count: int) -> bytes:
    """Entries that name files nobody sent, and as many files that nobody names."""
    entries = (
        xdm_entry(b"", uri=f"X{n}.XML", name=f"D{n}", hash_=f"{n:040}", size="")
        for n in range(count)
    )
    files = {f"{FOLDER}F{n}.BIN": b"%d" % n for n in range(count)}
    return zipped({f"{FOLDER}METADATA.XML": metadata(*entries), **files})


def test_files_are_digested_once_however_many_entries_look_for_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digested = []
    digest = xdm.sha1
    monkeypatch.setattr(xdm, "sha1", lambda octets: digested.append(0) or digest(octets))
    assert read_xdm(lost(300)).warnings == ("xdm.file_missing",)
    assert len(digested) == 301


def test_a_package_costs_work_in_step_with_its_files() -> None:
    read_xdm(lost(8))
    small, large = calls(read_xdm, lost(100)), calls(read_xdm, lost(400))
    assert large <= 4.2 * small + 2000


def test_objects_that_share_what_is_said_of_them_have_it_read_once() -> None:
    scheme = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
    one = f'<Classification classifiedObject="a" classificationScheme="{scheme}"'
    said = f'{one} nodeRepresentation="x">{slot("codingScheme", *["v"] * 40)}</Classification>'

    def made(objects: int) -> bytes:
        return metadata('<ExtrinsicObject id="a"/>' * objects + said * 100)

    few, many = calls(read_metadata, made(1)), calls(read_metadata, made(101))
    assert many < few + 100 * 1200


def test_more_metadata_than_anybody_sends_is_not_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    door = xdm.read_metadata
    monkeypatch.setattr(xdm, "read_metadata", lambda octets: read.append(0) or door(octets))
    files = {f"S{n}/METADATA.XML": metadata(set_id=f"1.2.{n}") for n in range(100)}
    found = read_xdm(zipped(files))
    assert len(read) == len(found.submission_sets) == xdm.MOST_METADATA
    assert found.warnings == ("xdm.too_many_documents",)


def test_an_archive_of_too_many_names_is_known_by_its_end() -> None:
    """The standard library would keep an object for each before it could be asked."""
    names = RawZip()
    for number in range(2_000):
        names.add(b"IHE_XDM/%d" % number)
    octets = names.made()
    assert calls(lambda octets: recognise("x.zip", octets), octets) < 200
