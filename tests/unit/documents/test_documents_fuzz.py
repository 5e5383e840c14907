"""Any octets give documents or one of our errors, in bounded steps and on bounded lines."""

from __future__ import annotations

import re
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from store.errors import Permanent
from store.host.i18n import LANGUAGES, catalogue
from sync.documents import narrative
from sync.documents.cda import read_cda
from sync.documents.metadata import read_metadata
from sync.documents.xdm import read_xdm
from tests.unit.documents.cda_maker import (
    battery,
    bounds,
    cda,
    entry,
    enveloped,
    judged,
    observation,
    section,
    structured,
)
from tests.unit.documents.xdm_maker import entry as xdm_entry
from tests.unit.documents.xdm_maker import metadata, package

TABLE = (
    '<table><tr><td colspan="2" rowspan="2">a<br/>b</td><td>c</td></tr><tr><td>d</td></tr></table>'
)
WHOLE = cda(
    structured(
        section("Bio", TABLE, entry(battery("Iono", observation(rest=judged("H") + bounds())))),
        section(
            "Liste", '<list listType="ordered"><item>x<footnote ID="n">y</footnote></item></list>'
        ),
    )
)
N1 = cda(enveloped())
TAGS = re.findall(rb"<[^>]*>", WHOLE)
ATTRIBUTES = re.findall(rb'"[^"]*"', WHOLE)


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    for read in (read_cda, read_metadata, read_xdm):
        with suppress(Permanent):
            read(noise)


@given(st.sampled_from([WHOLE, N1]), st.data())
def test_a_document_with_a_hole_a_stain_or_a_piece_twice(whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 400))
    stain = data.draw(st.binary(max_size=8) | st.sampled_from(TAGS))
    again = whole[start : start + length]
    for octets in (
        whole[:start] + stain + whole[start + length :],
        whole[:start] + again + whole[start:],
    ):
        with suppress(Permanent):
            read_cda(octets)


@given(st.data())
def test_a_document_whose_attributes_say_anything(data: st.DataObject) -> None:
    octets = WHOLE
    anything = st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"<&'), max_size=12
    )
    for _ in range(data.draw(st.integers(1, 6))):
        said = data.draw(st.sampled_from(ATTRIBUTES))
        octets = octets.replace(said, f'"{data.draw(anything)}"'.encode(), 1)
    with suppress(Permanent):
        read = read_cda(octets)
        assert set(read.warnings) <= catalogue("fr").keys()


NESTED = ["table", "thead", "tbody", "tr", "td", "th", "list", "item", "paragraph", "content"]
NESTED += ["caption", "sup", "footnote", "linkHtml", "renderMultiMedia"]
PIECES = st.recursive(
    st.sampled_from(["mot", "un mot ", "é", "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm", "<br/>", ""]),
    lambda inside: st.builds(
        "<{0}{1}>{2}</{0}>".format,
        st.sampled_from(NESTED),
        st.sampled_from(
            ["", ' colspan="3"', ' rowspan="9"', ' styleCode="Bold"', ' revised="delete"']
        ),
        st.lists(inside, max_size=5).map("".join),
    ),
    max_leaves=25,
)


@given(st.lists(PIECES, max_size=4).map("".join))
def test_any_narrative_is_drawn_within_the_terminal_and_loses_no_word(text: str) -> None:
    drawn = read_cda(cda(structured(section("T", f"<paragraph>début</paragraph>{text}")))).text
    assert max(map(len, drawn.split("\n"))) <= narrative.WIDTH
    assert "début" in drawn
    # Only "mot" has an o: a word may be cut at the end of a line, and headings said twice.
    assert drawn.count("o") >= re.sub("<[^>]*>", "", text).count("o")


def test_a_wide_table_costs_no_more_than_its_cells() -> None:
    """A span of a milliard is a span of what there is."""
    cell = '<td colspan="999999999" rowspan="999999999">x</td>'
    read = read_cda(cda(structured(section("T", f"<table>{f'<tr>{cell * 5}</tr>' * 200}</table>"))))
    assert read.text.count("x") == 1000
    assert len(read.text) < 20_000


def test_names_that_point_at_each_other_are_followed_once() -> None:
    """A thousand results that each name the whole text cost one reading of it."""
    text = f'<content ID="k">{"x" * 100_000}</content>'
    code = '<code><originalText><reference value="#k"/></originalText></code>'
    many = [observation(code=code)] * 1000
    read = read_cda(cda(structured(section("T", text, entry(battery("B", *many))))))
    assert {len(each.label) for each in read.observations} == {1000}


def test_a_word_without_end_is_cut_without_being_copied_each_time() -> None:
    """Cut by copies, five million letters would be a minute's work: the suite would not end."""
    read = read_cda(cda(structured(section("T", "x" * 5_000_000))))
    assert read.warnings == ("cda.text_cut",)


def test_objects_that_all_bear_one_id_are_not_each_told_of_all() -> None:
    scheme = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
    one = f'<Classification classifiedObject="a" classificationScheme="{scheme}"'
    many = f'<ExtrinsicObject id="a"/>{one} nodeRepresentation="x"/>' * 20_000
    assert len(read_metadata(metadata(many)).entries) == 1000


@given(st.data())
def test_a_package_with_a_stain(data: st.DataObject) -> None:
    whole = package(metadata=metadata(xdm_entry(WHOLE)), document=WHOLE)
    start = data.draw(st.integers(0, len(whole)))
    octets = whole[:start] + data.draw(st.binary(max_size=6)) + whole[start + 3 :]
    with suppress(Permanent):
        read = read_xdm(octets)
        assert set(read.warnings) <= catalogue("fr").keys()


def test_every_warning_has_a_sentence_in_every_language() -> None:
    areas = ("xml.", "cda.", "zip.", "xdm.", "traits.")
    said = [{key for key in catalogue(language) if key.startswith(areas)} for language in LANGUAGES]
    assert said[0] == said[1]
    assert len(said[0]) > 60
