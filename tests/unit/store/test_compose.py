"""Beginning a letter: what a person types is understood or refused; an answer goes home."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.compose import (
    forward_draft,
    is_address,
    new_body,
    parse_addresses,
    reply_draft,
    resigned,
)
from store.errors import Usage
from store.model.draft import Attachment
from store.model.email import Email, EmailAddress
from store.model.ids import BlobId, EmailId
from store.model.sender_identity import Quote, SenderIdentity

ME = EmailAddress(name="Dr Alice", email="alice@cabinet.example")
BOB = EmailAddress(name="Bob", email="bob@labo.example")
ZOE = EmailAddress(name="Zoé", email="zoe@clinique.example")


def received(
    *,
    sender: EmailAddress = BOB,
    to: tuple[EmailAddress, ...] = (ME,),
    cc: tuple[EmailAddress, ...] = (),
    reply_to: tuple[EmailAddress, ...] = (),
    subject: str = "Bilan",
    body: str = "Bonjour,\nvoici.",
    message_id: str = "deux@labo.example",
    references: tuple[str, ...] = ("un@cabinet.example",),
) -> Email:
    return Email(
        id=EmailId(1),
        held=0,
        is_whole=True,
        message_id=message_id,
        subject=subject,
        sender=sender,
        to=to,
        cc=cc,
        reply_to=reply_to,
        references=references,
        sent_at=None,
        received_at=0,
        size=0,
        body=body,
        body_from_html=False,
        parts=(),
        warnings=(),
    )


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("", []),
        (" , ; ", []),
        ("bob@y.example", [("", "bob@y.example")]),
        ("Dr Zoé <z@x.example>, b@y.example", [("Dr Zoé", "z@x.example"), ("", "b@y.example")]),
        ('"L, Zoé" <z@x.example>; b@y.example;', [("L, Zoé", "z@x.example"), ("", "b@y.example")]),
        (r'"a \"b\"" <z@x.example>', [('a "b"', "z@x.example")]),
        ("O'Neil (labo)  <o'neil+bio@x.example>", [("O'Neil (labo)", "o'neil+bio@x.example")]),
        ("z@hôpital.example", [("", "z@xn--hpital-ixa.example")]),
        ("root@localhost", [("", "root@localhost")]),
    ],
)  # fmt: skip
def test_what_a_person_types_is_understood(typed: str, understood: list[tuple[str, str]]) -> None:
    assert [(a.name, a.email) for a in parse_addresses(typed)] == understood


@pytest.mark.parametrize(
    "typed",
    [
        *("zoe", "@", "<>", "zoe@", "@x.example", "a@b@x.example", "a@x..example", ".a@x.example"),
        *("a..b@x.example", "a@-x.example", "a@x.example.", "zoé@x.example", "a b@x.example"),
        *("<a@x.example", "a@x.example>", '"Zoé <a@x.example>', "<a@x.example> b"),
        '"a" b <a@x.example>',
        *("a@x.example b@y.example", "a@x.example\nb@y.example", "a@x.example\r\nBcc: b@y.example"),
        *("Zoé\x1b[2J <a@x.example>", "Zoé\u202e <a@x.example>", "a\0@x.example", "a@[192.0.2.1]"),
        *("a@" + "b" * 64 + ".example", "a" * 65 + "@x.example", "a@é" + "b" * 300, "a@\u3002"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Usage) as refused:
        parse_addresses(typed)
    assert refused.value.code == "send.bad_address"
    assert str(refused.value.params["address"]).isprintable() or "\n" in typed


def test_one_wrong_address_refuses_all_and_is_named() -> None:
    with pytest.raises(Usage) as refused:
        parse_addresses("bob@y.example, zoe, luc@y.example")
    assert refused.value.params == {"address": "zoe"}


def test_an_address_that_is_not_closed_is_named_whole() -> None:
    with pytest.raises(Usage) as refused:
        parse_addresses("bob@y.example, <zoe@x.example")
    assert refused.value.params == {"address": "<zoe@x.example"}


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_only_addresses(typed: str) -> None:
    try:
        found = parse_addresses(typed)
    except Usage:
        return
    assert all(is_address(each.email) and each.name.isprintable() for each in found)


@pytest.mark.parametrize(
    "piece", ['"', "<", "<a", '"a', "a@", "a ", '"\\', "é", "a.", "a,", "a@b-"]
)
def test_a_pasted_megabyte_is_refused_at_once(piece: str) -> None:
    begun = time.process_time()
    with pytest.raises(Usage):
        parse_addresses(piece * (200_000 // len(piece)))
    assert time.process_time() - begun < 5


def reply(email: Email, *, all: bool = False) -> tuple[list[str], list[str]]:
    draft = reply_draft(email, sender=ME, all=all, attribution="Le 2, Bob a écrit :")
    return [a.email for a in draft.to], [a.email for a in draft.cc]


def test_an_answer_goes_to_the_sender() -> None:
    assert reply(received()) == (["bob@labo.example"], [])


def test_an_answer_goes_where_the_sender_asked() -> None:
    assert reply(received(reply_to=(ZOE,))) == (["zoe@clinique.example"], [])


def test_an_answer_to_all_forgets_nobody_and_leaves_us_out() -> None:
    mine = EmailAddress(email="ALICE@cabinet.example")
    everyone = received(to=(mine, ZOE), cc=(BOB, EmailAddress(email="luc@x.example")))
    assert reply(everyone, all=True) == (
        ["bob@labo.example"],
        ["zoe@clinique.example", "luc@x.example"],
    )


def test_answering_our_own_letter_goes_on_speaking_to_its_recipients() -> None:
    assert reply(received(sender=ME, to=(BOB, ZOE)), all=True) == (
        ["bob@labo.example", "zoe@clinique.example"],
        [],
    )


def test_an_address_that_cannot_be_written_to_is_left_out() -> None:
    assert reply(received(sender=EmailAddress(name="moi", email=""))) == ([], [])
    assert reply(received(cc=(EmailAddress(email="x\r\n@y.example"),)), all=True)[1] == []


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("Bilan", "Re: Bilan"),
        ("Re: Bilan", "Re: Bilan"),
        ("RE : Re: RÉF: Bilan", "Re: Bilan"),
        ("re[2]: Bilan", "Re: Bilan"),
        ("Fwd: Bilan", "Re: Fwd: Bilan"),
        ("Rendez-vous : mardi", "Re: Rendez-vous : mardi"),
        ("", "Re:"),
        ("a\x1b]52;c;x\x07\r\nBcc: b\u202ec", "Re: a]52;c;x Bcc: bc"),
    ],
)
def test_the_subject_says_once_that_it_is_an_answer(subject: str, answered: str) -> None:
    draft = reply_draft(received(subject=subject), sender=ME, all=False, attribution="")
    assert draft.subject.strip() == answered


def test_the_text_is_quoted_below_who_wrote_it() -> None:
    body = "Bonjour,\n\n> ancien\nvoici\x1b[2J\n\n"
    draft = reply_draft(
        received(body=body), sender=ME, all=False, attribution="Le 2,\nBob a écrit :"
    )
    assert draft.body == "\n\nLe 2, Bob a écrit :\n> Bonjour,\n>\n>> ancien\n> voici[2J\n"


def test_an_endless_text_is_quoted_to_a_point() -> None:
    draft = reply_draft(received(body="mot\n" * 1_000_000), sender=ME, all=False, attribution="")
    assert draft.body.endswith("> […]\n")
    assert len(draft.body) < 200_000


def test_an_answer_continues_the_thread() -> None:
    draft = reply_draft(received(), sender=ME, all=False, attribution="")
    assert draft.in_reply_to == "deux@labo.example"
    assert draft.references == ("un@cabinet.example", "deux@labo.example")


def test_a_long_thread_keeps_its_first_and_its_newest() -> None:
    names = tuple(f"{n}@x.example" for n in range(60))
    found = reply_draft(received(references=names), sender=ME, all=False, attribution="").references
    assert (len(found), found[0], found[-1]) == (20, "0@x.example", "deux@labo.example")


def test_a_message_id_that_no_header_can_hold_is_left_out() -> None:
    strange = received(message_id="é@x", references=("a>b", "x" * 400, "bon@x.example"))
    draft = reply_draft(strange, sender=ME, all=False, attribution="")
    assert (draft.in_reply_to, draft.references) == ("", ("bon@x.example",))


def test_a_forward_carries_the_text_and_what_the_person_keeps() -> None:
    kept = Attachment(name="r.pdf", media_type="application/pdf", blob_id=BlobId(bytes(32)), size=1)
    draft = forward_draft(
        received(subject="TR: Bilan"),
        sender=ME,
        introduction="De : Bob\nLe : 2",
        attachments=[kept],
    )
    assert (draft.to, draft.subject, draft.attachments) == ((), "Fwd: Bilan", (kept,))
    assert draft.body == "\n\nDe : Bob\nLe : 2\n\nBonjour,\nvoici.\n"
    assert draft.in_reply_to == ""


def repeated(body: str, **how: object) -> str:
    """The text of an answer to `body`."""
    who = SenderIdentity(**how)  # type: ignore[arg-type]
    return reply_draft(
        received(body=body), sender=ME, all=False, attribution="B :", identity=who
    ).body


def test_the_signature_stands_where_the_answer_ends() -> None:
    assert repeated("oui", signature="Dr A") == "\n\nDr A\n\nB :\n> oui\n"
    assert repeated("oui", signature="Dr A", quote=Quote.ABOVE) == "B :\n> oui\n\n\n\n-- \nDr A\n"
    assert repeated("oui", quote=Quote.NONE) == ""


def test_what_is_repeated_is_trimmed_of_its_signature_and_of_old_quotes() -> None:
    body = "oui\n> a\n>> b\n>>> c\n> >> d\n> e\n-- \nLabo\n12 rue\n"
    assert repeated(body) == "\n\nB :\n> oui\n>> a\n>>> b\n>>> […]\n>> e\n"
    long = "-- \n" + "résultat\n" * 40
    assert repeated(long).count("résultat") == 40
    assert "fin" in repeated("tableau\n--\nfin\n")


def test_another_identity_signs_in_the_place_of_the_first() -> None:
    a, b = SenderIdentity(signature="Dr A"), SenderIdentity(signature="Dr B")
    assert resigned(f"Bonjour{new_body(a)}", a, b) == f"Bonjour{new_body(b)}"
    assert resigned("changée à la main", a, b) == "changée à la main"
    assert resigned("", SenderIdentity(), b) == new_body(b)
    assert resigned("texte", SenderIdentity(), b) == "texte"
