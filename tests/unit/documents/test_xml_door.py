"""XML from anybody: no document type, no entity, nothing fetched, nothing without bounds."""

from __future__ import annotations

import codecs

import pytest

from store.errors import Permanent
from sync.documents import xml
from sync.documents.xml import read_xml

HEAD = '<?xml version="1.0" encoding="{}"?><a>é€</a>'


@pytest.mark.parametrize(
    "octets",
    [
        HEAD.format("UTF-8").encode(),
        codecs.BOM_UTF8 + HEAD.format("utf-8").encode(),
        codecs.BOM_UTF8 + HEAD.format("iso-8859-1").encode(),
        "<a>é€</a>".encode(),
        b"\r\n  " + HEAD.format("UTF-8").encode(),
        HEAD.format("windows-1252").encode("cp1252"),
        HEAD.format("ISO-8859-1").encode("cp1252"),
        HEAD.format("ISO-8859-15").encode("iso-8859-15"),
        codecs.BOM_UTF16_LE + HEAD.format("UTF-16").encode("utf-16-le"),
        codecs.BOM_UTF16_BE + HEAD.format("UTF-16").encode("utf-16-be"),
        HEAD.format("UTF-16").encode("utf-16-le"),
        HEAD.format("UTF-16").encode("utf-16-be"),
        HEAD.format("UTF-16").encode(),
        HEAD.format("UTF-16").replace("\r", "").encode("utf-8"),
    ],
)
def test_marks_and_declarations_of_encodings(octets: bytes) -> None:
    tree = read_xml(octets)
    assert (tree.root.text, tree.warnings) == ("é€", ())


def test_octets_that_are_not_as_declared_are_read_and_told() -> None:
    tree = read_xml(HEAD.format("UTF-8").encode("cp1252"))
    assert (tree.root.text, tree.warnings) == ("é€", ("xml.wrong_encoding",))


BOMB = '<!DOCTYPE a [<!ENTITY l "lol">{}]><a>&l9;</a>'.format(
    "".join(f'<!ENTITY l{n} "{f"&l{n - 1 or str()};" * 10}">' for n in range(1, 10))
)
REFUSED = {
    "xml.doctype": [
        BOMB,
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<?xml version="1.0"?><!-- x --><!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        "<!DOCTYPE html><html/>",
        '<?pi?>\n<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><a/>',
    ],
    "xml.malformed": [
        "",
        "bonjour",
        "<a>",
        "<a><b></a></b>",
        "<a>&inconnu;</a>",
        "<a>\x01</a>",
        "<a b='1' b='2'/>",
        "<a/><!DOCTYPE a>",
        "<!-- sans fin",
        "<?sans fin",
        "<a>" * 50_000 + "</a>" * 50_000,  # libxml2 itself stops first
    ],
    "xml.encoding": [
        '<?xml version="1.0" encoding="UTF-7"?><a/>',
        '<?xml version="1.0" encoding="IBM037"?><a/>',
    ],
    "xml.too_deep": ["<a>" * 300 + "</a>" * 300],
    "xml.too_full": ["<a/>" * 1_000_001, "<a " + "b='' " * 1_000_001 + "/>"],
    "xml.too_large": ["<a>" + " " * xml.MOST_OCTETS + "</a>"],
}


CASES = [(code, text) for code, texts in REFUSED.items() for text in texts]


@pytest.mark.parametrize(
    ("code", "text"), CASES, ids=[f"{c}-{n}" for n, (c, _) in enumerate(CASES)]
)
def test_what_is_refused(code: str, text: str) -> None:
    with pytest.raises(Permanent) as refused:
        read_xml(text.encode())
    assert refused.value.code == code


def test_utf_16_that_breaks_off_is_malformed() -> None:
    with pytest.raises(Permanent, match=r"xml\.malformed"):
        read_xml(codecs.BOM_UTF16_LE + b"<")


def test_as_deep_as_a_document_may_be() -> None:
    assert len(read_xml(b"<a>" * 200 + b"</a>" * 200).root) == 1
    with pytest.raises(Permanent, match=r"xml\.too_deep"):
        read_xml(b"<a>" * 201 + b"</a>" * 201)


def test_a_text_longer_than_libxml2_allows_by_itself_is_read() -> None:
    assert len(read_xml(b"<a>" + b"A" * 12_000_000 + b"</a>").root.text) == 12_000_000
