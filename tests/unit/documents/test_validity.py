"""The schemas see what is wrong, and nothing is built behind their back."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from tests.meta.sources import modules
from tests.unit.documents.invented import IN_CODES, cda, entry, package, unzipped
from tests.unit.documents.validity import lacking_in, tree, valid_cda, valid_metadata

BUILT = cda(IN_CODES).octets
METADATA = unzipped(package())["IHE_XDM/SUBSET01/METADATA.XML"]
WRONG = {
    "no custodian": (rb"<custodian>.*?</custodian>", b""),
    "no author": (rb"<author>.*?</author>", b""),
    "out of order": (rb"(<title>.*?</title>)(<effectiveTime[^>]*>)", rb"\2\1"),
    "a time that is none": (rb'(<effectiveTime value=")[^"]*', rb"\1hier"),
    "an OID that is none": (rb'(<id root=")[^"]*', rb"\1labo"),
    "an attribute of nobody": (rb"<recordTarget>", b'<recordTarget moi="1">'),
    "an element of nobody": (rb"</component></ClinicalDocument>", b"</component><x/></Clinica"
                             b"lDocument>"),
    "a number that is none": (rb'(xsi:type="PQ" value=")[^"]*', rb"\1beaucoup"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_cda_that_is_wrong_is_seen(case: str) -> None:
    pattern, instead = WRONG[case]
    wrong, count = re.subn(pattern, instead, BUILT, count=1, flags=re.DOTALL)
    assert count == 1
    with pytest.raises(etree.DocumentInvalid):
        valid_cda(wrong)


UNSAID = {
    "hash": (rb'<rim:Slot name="hash">.*?</rim:Slot>', b""),
    "serviceStartTime": (
        rb'<rim:Slot name="serviceStartTime">.*?</rim:Slot>',
        b'<rim:Slot name="serviceStartTime"><rim:ValueList><rim:Value/></rim:ValueList></rim:Slot>',
    ),
    "classCode": (rb"<rim:Classification [^>]*41a5887f-.*?</rim:Classification>", b""),
    "contentTypeCode": (rb"<rim:Classification [^>]*aa543740-.*?</rim:Classification>", b""),
    "sourceId": (rb"<rim:ExternalIdentifier [^>]*554ac39e-.*?</rim:ExternalIdentifier>", b""),
    "lid": (rb' lid="[^"]*"', b""),
    "title": (rb'<rim:Name><rim:LocalizedString [^>]*value="Compte rendu.*?</rim:Name>', b""),
}


@pytest.mark.parametrize("name", UNSAID)
def test_what_metadata_must_say_is_seen_to_be_unsaid(name: str) -> None:
    pattern, instead = UNSAID[name]
    wrong, count = re.subn(pattern, instead, METADATA, count=1, flags=re.DOTALL)
    assert count == 1
    assert lacking_in(tree(wrong)) == [name]


def test_metadata_that_its_schema_refuses_is_seen() -> None:
    with pytest.raises(etree.DocumentInvalid):
        valid_metadata(METADATA.replace(b"<rim:Name>", b"<rim:Nom>").replace(b"m:Name>", b"m:Nom>"))


def test_a_package_that_is_wrong_turns_any_test_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door of `conftest.py` stands in the way of every builder of packages."""
    monkeypatch.setattr("sync.documents.xdm_metadata.utc", lambda at: "")
    with pytest.raises(etree.DocumentInvalid, match="minLength"):
        package(entry())


def test_no_test_here_builds_a_cda_by_another_door() -> None:
    doors = {
        path.name
        for path in modules("tests/unit/documents")
        if re.search(r"import .*\bbuild_cda\b", path.read_text("utf-8"))
    }
    assert doors <= {"invented.py", "test_validity.py"}
