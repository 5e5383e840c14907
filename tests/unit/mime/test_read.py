"""What a letter says is read as its sender meant it."""

from __future__ import annotations

import base64
import quopri

import pytest

from store.model.email import EmailAddress, TransferEncoding
from sync.mime.read import DERIVED_VERSION, derive
from tests.unit.mime.letters import attachment, letter, multipart, named, octets_of, part

UTF8, LATIN = "text/plain; charset=utf-8", "text/plain; charset=iso-8859-1"


def test_the_version_is_known() -> None:
    assert DERIVED_VERSION == 6


def test_the_header_of_a_plain_letter_is_read() -> None:
    found = derive(
        letter(
            "Date: Mon, 02 Nov 2026 08:00:00 +0100",
            "Message-ID: <un@cabinet.example>",
            "Cc: =?utf-8?q?Zo=C3=A9?= <zoe@labo.example>",
            "Reply-To: reponses@cabinet.example",
            body="Bonjour,\r\nmerci.\r\n",
        )
    )
    assert found.sender == EmailAddress(name="Dr Alice", email="alice@cabinet.example")
    assert found.to == (EmailAddress(email="bob@labo.example"),)
    assert found.cc == (EmailAddress(name="Zoé", email="zoe@labo.example"),)
    assert found.reply_to == (EmailAddress(email="reponses@cabinet.example"),)
    assert (found.subject, found.message_id) == ("essai", "un@cabinet.example")
    assert found.sent_at == 1793602800
    assert found.body == "Bonjour,\nmerci."
    assert found.preview == "Bonjour, merci."
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"dosage 5 * 3 mg", "dosage 5 * 3 mg"),
        (b"smile :( sad", "smile :( sad"),
        (b"[/nope] [", "[/nope] ["),
        ("Résultats".encode(), "Résultats"),
        ("Résultats".encode("cp1252"), "Résultats"),
        (b"=?utf-8?q?R=C3=A9sultats?=", "Résultats"),
        (b"=?iso-8859-1?q?R=E9sultats?=", "Résultats"),
        (b"=?UTF-8?B?UsOpc3VsdGF0cw==?=", "Résultats"),
        (b"=?utf-8?b?UsOpc3VsdGF0cw?=", "Résultats"),
        (b"=?utf-8*fr?q?caf=C3=A9?=", "café"),
        (b"=?utf-8?q?deux?=\r\n =?utf-8?q?_mots?=", "deux mots"),
        (b"=?utf-8?q?R=C3?= =?utf-8?q?=A9sultats?=", "Résultats"),
        (b"=?utf-8?q?un?= et =?iso-8859-1?q?d=E9?=", "un et dé"),
        (b"=?inconnu?q?R=C3=A9sultats?=", "Résultats"),
        (b"=?utf-8?x?rien?=", "=?utf-8?x?rien?="),
        (b"long\r\n\tdeux", "long\tdeux"),
        (b"=?utf-8?q?a=0D=0ABcc:_x=00y?=", "a Bcc: xy"),
        (b"=?windows-1252?q?=8Cuvre_=80?=", "Œuvre €"),
    ],
)
def test_a_subject_is_read(written: bytes, read: str) -> None:
    raw = b"Subject: " + written + b"\r\n\r\n"
    assert derive(raw).subject == read


@pytest.mark.parametrize(
    ("charset", "octets", "read"),
    [
        ("utf-8", "œuvre é".encode(), "œuvre é"),
        ("iso-8859-1", "prélèvement".encode("latin-1"), "prélèvement"),
        ("iso-8859-1", "l’œuvre".encode("cp1252"), "l’œuvre"),
        ("ISO-8859-15", "5 €".encode("iso8859-15"), "5 €"),
        ("us-ascii", "é".encode(), "é"),
        ("us-ascii", "é".encode("latin-1"), "é"),
        ("idna", "é".encode(), "é"),
        ("utf-7", b"+2AA-", "+2AA-"),
        ("utf-8", b"a\xffb", "a\ufffdb"),
        ("utf-8", b"a\x00b", "ab"),
        ("utf-16-le", "Zoé".encode("utf-16-le"), "Zoé"),
        # Declared as one charset, sent in another.
        ("iso-8859-1", "créatinine élevée".encode(), "créatinine élevée"),
        ("windows-1252", "’é".encode(), "’é"),
        ("utf-8", "l’œdème à 38°".encode("cp1252"), "l’œdème à 38°"),
        ("utf-8", "é puis é".encode() + b"\xe9", "é puis é\ufffd"),
        ("utf-16", b"resultat", "resultat"),
        ("utf-16", "l'œdème ".encode(), "l'œdème"),
        ("utf-16", "Zoé".encode("utf-16"), "Zoé"),
    ],
)
def test_a_body_is_read_in_its_charset(charset: str, octets: bytes, read: str) -> None:
    assert derive(letter(f"Content-Type: text/plain; charset={charset}", body=octets)).body == read


def test_a_body_without_a_charset_is_utf_8_else_windows() -> None:
    assert derive(letter(body="é")).body == derive(letter(body="é".encode("cp1252"))).body == "é"


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("base64", base64.encodebytes), ("Quoted-Printable", quopri.encodestring)],
)
def test_an_encoded_body_is_decoded(encoding: str, encode: object) -> None:
    assert callable(encode)
    fields = f"Content-Type: {UTF8}", f"Content-Transfer-Encoding: {encoding}"
    found = derive(letter(*fields, body=encode("Zoé = 5 * 3\n".encode())))
    assert found.body == "Zoé = 5 * 3"
    assert found.parts[0].size == len("Zoé = 5 * 3\n".encode())


def test_recipients_in_several_fields_are_all_read() -> None:
    found = derive(letter("To: zoe@labo.example", "To: luc@labo.example"))
    assert [each.email.partition("@")[0] for each in found.to] == ["bob", "zoe", "luc"]


def test_lines_that_end_in_lf_alone_are_read() -> None:
    raw = letter("Message-ID: <un@x.example>", body="un\r\n\r\ndeux\r\n", line_break=b"\n")
    found = derive(raw)
    assert (found.message_id, found.body) == ("un@x.example", "un\n\ndeux")


def test_the_mbox_line_is_no_field() -> None:
    found = derive(b"From alice Mon Nov  2 08:00:00 2026\n" + letter(body="oui"))
    assert (found.subject, found.body, found.warnings) == ("essai", "oui", ())


def test_plain_text_is_preferred_to_html() -> None:
    body = multipart(
        "b",
        part(f"Content-Type: {UTF8}", body="texte"),
        part("Content-Type: text/html", body="<b>html</b>"),
    )
    found = derive(letter("Content-Type: multipart/alternative; boundary=b", body=body))
    assert (found.body, found.body_from_html) == ("texte", False)
    assert [each.is_body for each in found.parts] == [True, True]


def test_plain_text_is_preferred_wherever_it_stands() -> None:
    html, plain = part("Content-Type: text/html", body="<b>html</b>"), part(body="texte")
    body = multipart("b", html, plain, html)
    found = derive(letter("Content-Type: multipart/alternative; boundary=b", body=body))
    assert (found.body, found.body_from_html) == ("texte", False)


@pytest.mark.parametrize(
    ("plain", "html", "read"),
    [
        ("Ce message est en HTML.", "<p>" + "Potassium 5,9 mmol/L, à contrôler. " * 8, "Potassium"),
        ("Dose : 10 mg 5 mg", "Dose : <s>10 mg</s> 5 mg", "Dose : ~~10 mg~~ 5 mg"),
        ("Plaquettes 250 109/L", "Plaquettes 250 10<sup>9</sup>/L", "Plaquettes 250 10⁹/L"),
        (
            "Bien reçu, merci.",
            "<style>p {}</style><p>Bien reçu, <b>merci</b>.",
            "Bien reçu, merci.",
        ),
        ("Bonjour,\n  mot\n" * 40, "<p>" + "autre " * 900, "Bonjour,\n  mot"),
    ],
)
def test_html_is_read_when_the_plain_text_says_less(plain: str, html: str, read: str) -> None:
    made = multipart(
        "b",
        part(f"Content-Type: {UTF8}", body=plain),
        part("Content-Type: text/html; charset=utf-8", body=html),
    )
    body = derive(letter("Content-Type: multipart/alternative; boundary=b", body=made)).body
    assert body.startswith(read)


def test_what_only_the_form_that_is_not_shown_hides_is_not_told() -> None:
    made = multipart(
        "b",
        part(f"Content-Type: {UTF8}", body="Bien reçu"),
        part("Content-Type: text/html", body="Bien reçu <i hidden>autre chose</i>"),
    )
    found = derive(letter("Content-Type: multipart/alternative; boundary=b", body=made))
    assert (found.body, found.warnings) == ("Bien reçu", ())


def test_html_is_read_when_the_plain_text_says_nothing() -> None:
    body = multipart("b", part(body=" \r\n"), part("Content-Type: text/html", body="<b>html</b>"))
    found = derive(letter("Content-Type: multipart/alternative; boundary=b", body=body))
    assert (found.body, found.body_from_html) == ("html", True)


def test_a_logo_longer_than_a_letter_hides_no_text() -> None:
    logo = f'<img src="data:image/png;base64,{"iVBORw0K" * 80_000}">'
    raw = letter("Content-Type: text/html", body=f"{logo}<p>positif</p>")
    assert (derive(raw).body, derive(raw).warnings) == ("positif", ())


def test_what_a_letter_hides_or_strikes_out_is_told() -> None:
    markup = "<i hidden>secret</i> <s>10 mg</s> 5 mg"
    raw = letter("Content-Type: text/html", body=markup)
    assert derive(raw).warnings == ("mime.hidden_words", "mime.struck_words")


def test_texts_around_a_document_are_both_shown() -> None:
    pdf = part("Content-Type: application/pdf; name=r.pdf", body="x")
    body = multipart("b", part(body="avant"), pdf, part(body="après"))
    assert (
        derive(letter("Content-Type: multipart/mixed; boundary=b", body=body)).body
        == "avant\n\naprès"
    )


def test_a_text_file_is_an_attachment() -> None:
    file = part("Content-Type: text/plain", "Content-Disposition: attachment", body="fichier")
    raw = letter(
        "Content-Type: multipart/mixed; boundary=b", body=multipart("b", part(body="lettre"), file)
    )
    found = derive(raw)
    assert found.body == "lettre"
    assert octets_of(raw, attachment(found)) == b"fichier"


def test_a_text_with_a_file_name_is_an_attachment() -> None:
    file = part("Content-Type: text/plain; name=notes.txt", body="fichier")
    body = multipart("b", part(body="lettre"), file)
    found = derive(letter("Content-Type: multipart/mixed; boundary=b", body=body))
    assert (found.body, attachment(found).name) == ("lettre", "notes.txt")


def test_a_named_text_is_shown_when_there_is_no_other() -> None:
    raw = letter("Content-Type: text/plain; name=lettre.txt", body="bonjour")
    assert derive(raw).body == "bonjour"


def test_more_recipients_than_are_read_are_told_of() -> None:
    def told(people: int) -> bool:
        to = b", ".join(b"a%d@x.example" % n for n in range(people))
        return "mime.header_cut" in derive(b"To: " + to + b"\n\n").warnings

    assert (told(999), told(1001)) == (False, True)


def test_an_attached_letter_without_a_name_is_called_by_its_subject() -> None:
    def name(*head: str, subject: str = "=?utf-8?q?R=C3=A9sultat?=") -> str:
        inner = f"Subject: {subject}\r\n\r\nx"
        whole = part("Content-Type: message/rfc822", *head, body=inner)
        body = multipart("b", part(body="lettre"), whole)
        return derive(letter("Content-Type: multipart/mixed; boundary=b", body=body)).parts[1].name

    assert name() == "Résultat.eml"
    assert name(subject="") == ""
    assert name("Content-Disposition: attachment; filename=a.eml") == "a.eml"
    # What only looks like a result, or a seal, is neither.
    assert name(subject="resultat.hpr") == "resultat.hpr.eml"


def test_the_text_of_an_attached_letter_is_not_ours() -> None:
    inner = letter(
        "Content-Type: multipart/mixed; boundary=i",
        body=multipart(
            "i", part(body="autre"), part("Content-Type: application/pdf; name=r.pdf", body="%PDF")
        ),
    )
    whole = part("Content-Type: message/rfc822", body=inner.decode())
    raw = letter(
        "Content-Type: multipart/mixed; boundary=b", body=multipart("b", part(body="lettre"), whole)
    )
    found = derive(raw)
    assert found.body == "lettre"
    assert [each.number for each in found.parts] == ["1", "2", "2.1", "2.2"]
    assert octets_of(raw, found.parts[1]) == inner
    assert octets_of(raw, found.parts[3]) == b"%PDF"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="résultats.pdf"', "résultats.pdf"),
        ("attachment; filename=mon bilan.pdf", "mon bilan.pdf"),
        ('attachment; filename="a;b.pdf"', "a;b.pdf"),
        (r'attachment; filename="a\"b.pdf"', 'a"b.pdf'),
        (r'attachment; filename="C:\temp\b.pdf"', r"C:\temp\b.pdf"),
        ("attachment; FILENAME*=utf-8''r%C3%A9sultats.pdf", "résultats.pdf"),
        ("attachment; filename*=iso-8859-1'fr'r%E9sultats.pdf", "résultats.pdf"),
        ("attachment; filename=x.pdf; filename*=utf-8''%C3%A9.pdf", "é.pdf"),
        ("attachment; filename*0*=utf-8''r%C3%A9; filename*1=sultats.pdf", "résultats.pdf"),
        ('attachment; filename="=?utf-8?q?r=C3=A9sultats=2Epdf?="', "résultats.pdf"),
        ("attachment;\r\n filename=\r\n a.pdf", "a.pdf"),
        ('inline; filename="a.pdf";', "a.pdf"),
        ("attachment; filename=a.pdf (bilan)", "a.pdf"),
    ],
)
def test_a_file_name_is_read(disposition: str, name: str) -> None:
    found = named(disposition)
    assert attachment(found).name == name
    assert found.warnings == ()


def test_the_name_of_the_type_serves_when_there_is_no_file_name() -> None:
    found = attachment(derive(letter("Content-Type: application/pdf; name=a.pdf")))
    assert (found.name, found.disposition, found.number) == ("a.pdf", "", "1")


def test_an_attachment_is_located_not_decoded() -> None:
    pdf = bytes(range(256)) * 40
    encoded = base64.encodebytes(pdf).replace(b"\n", b"\r\n").decode()
    file = part(
        "Content-Type: application/pdf; name=r.pdf",
        "Content-Transfer-Encoding: base64",
        body=encoded,
    )
    raw = letter(
        "Content-Type: multipart/mixed; boundary=b", body=multipart("b", part(body="x"), file)
    )
    found = attachment(derive(raw))
    assert octets_of(raw, found) == pdf
    assert (found.size, found.transfer_encoding) == (len(pdf), TransferEncoding.BASE64)


def test_references_come_before_what_is_answered() -> None:
    fields = (
        "References: <a@x.example>\r\n <b@x.example> <a@x.example>",
        "In-Reply-To: <c@x.example>",
    )
    assert derive(letter(*fields)).references == ("a@x.example", "b@x.example", "c@x.example")


def test_of_too_many_references_the_first_and_the_newest_stay() -> None:
    names = " ".join(f"<{n}@x.example>" for n in range(500))
    found = derive(letter(f"References: {names}")).references
    assert (len(found), found[0], found[-1]) == (100, "0@x.example", "499@x.example")


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Mon, 02 Nov 2026 08:00:00 +0100", 1793602800),
        ("2 Nov 2026 07:00 GMT", 1793602800),
        ("Mon, 02 Nov 2026 08:00:00 +0100 (CET)", 1793602800),
        ("hier", None),
        ("", None),
        ("Mon, 99 Nov 2026 99:00:00 +9999", None),
        ("Mon, 02 Nov 999999999999 08:00:00 +0100", None),
        ("Mon, 02 Nov 1950 08:00:00 +0100", None),
    ],
)
def test_a_date_is_read_or_left(written: str, at: int | None) -> None:
    assert derive(letter(f"Date: {written}")).sent_at == at
