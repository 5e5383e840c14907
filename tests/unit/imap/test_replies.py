"""What a NO means, and what untagged responses tell."""

from __future__ import annotations

import pytest

from store.errors import MailError, NeedsUser, Permanent, Transient
from store.host.i18n import catalogue
from sync import tls
from sync.imap import reading
from sync.imap.replies import REFUSALS, Untagged, login_refusal, read_status, refusal
from sync.imap.uidset import UidSet
from tests.refusals import refused


def response(text: bytes, *more: bytes, name: bytes = b"FETCH") -> Untagged:
    return Untagged(name, 1, [text, *more])


@pytest.mark.parametrize(
    ("line", "kind", "code"),
    [
        (b"NO [OVERQUOTA] plein", NeedsUser, "imap.over_quota"),
        (b"NO [TRYCREATE] absent", Permanent, "imap.no_mailbox"),
        (b"no [nonexistent]", Permanent, "imap.no_mailbox"),
        (b"NO [UNAVAILABLE] plus tard", Transient, "imap.busy"),
        (b"NO [SOMETHING ELSE] non", Permanent, "imap.refused"),
        (b"NO non", Permanent, "imap.refused"),
        (b"NO", Permanent, "imap.refused"),
        (b"BAD [OVERQUOTA]", Permanent, "imap.not_understood"),
    ],
)
def test_a_no_is_understood(line: bytes, kind: type[MailError], code: str) -> None:
    with refused(kind, code):
        raise refusal(read_status(line), "imap.exemple.test")


@pytest.mark.parametrize(
    ("line", "kind", "code"),
    [
        (b"NO [AUTHENTICATIONFAILED] non", NeedsUser, "imap.login_refused"),
        (b"NO non", NeedsUser, "imap.login_refused"),
        (b"NO [LIMIT] trop", Transient, "imap.busy"),
        (b"NO [INUSE]", Transient, "imap.busy"),
        (b"NO [EXPIRED] vieux", NeedsUser, "imap.ask_operator"),
    ],
)
def test_a_refused_login_is_understood(line: bytes, kind: type[MailError], code: str) -> None:
    with refused(kind, code):
        raise login_refusal(read_status(line), "imap.exemple.test")


def test_the_server_s_words_are_only_in_what_it_said() -> None:
    error = refusal(read_status(b"NO [X] \x1b]52;c;Zm9v\x07 Mme Dupont"), "h")
    assert "Dupont" in str(error.params["said"])
    assert "Dupont" not in error.code


def test_every_code_of_a_table_has_a_sentence() -> None:
    codes = {code for _, code in REFUSALS.values()} | set(tls.CERTIFICATE.values())
    assert codes <= catalogue("fr").keys()


@pytest.mark.parametrize("line", [b"", b"OUI", b"OKAY", b"12", b"PRE"])
def test_what_is_no_status_is_refused(line: bytes) -> None:
    with refused(Transient, "imap.protocol"):
        read_status(line)


def test_one_email_of_a_listing() -> None:
    items = reading.fetch_items(
        response(b"(FLAGS (\\Seen $Forwarded) UID 7 MODSEQ (12) RFC822.SIZE 3)")
    )
    email = reading.listed_email(items)
    assert email is not None
    assert (email.uid, email.modseq, email.size) == (7, 12, 3)
    assert email.keywords == {"$seen", "$forwarded"}


def test_news_without_uid_is_no_listing() -> None:
    assert reading.listed_email(reading.fetch_items(response(b"(FLAGS ())"))) is None


def test_one_whole_email() -> None:
    items = reading.fetch_items(
        response(
            b'(UID 7 INTERNALDATE " 1-Feb-2026 00:00:00 +0100" BODY[] ', b"oc)tets", b" FLAGS ())"
        )
    )
    email = reading.fetched_email(items)
    assert email is not None
    assert (email.uid, email.received_at, email.octets) == (7, 1_769_900_400, b"oc)tets")


def test_an_email_that_is_gone_has_no_octets() -> None:
    items = reading.fetch_items(response(b"(UID 7 BODY[] NIL)"))
    assert reading.fetched_email(items) is None


@pytest.mark.parametrize(
    "text",
    [
        b"(UID 7 BODY[] x FLAGS ())",
        b'(BODY[] x FLAGS () INTERNALDATE "x")',
        b'(UID 0 BODY[] x FLAGS () INTERNALDATE "x")',
        b'(UID 7 BODY[] x FLAGS () INTERNALDATE "x" MODSEQ 3)',
    ],
)
def test_a_letter_half_told_is_refused(text: bytes) -> None:
    with refused(Transient, "imap.protocol"):
        reading.fetched_email(reading.fetch_items(response(text)))


@pytest.mark.parametrize("text", [b"", b"x", b"(UID)", b"((UID) 3)", b"(UID 1) (UID 2)"])
def test_what_is_no_fetch_is_refused(text: bytes) -> None:
    with refused(Transient, "imap.protocol"):
        reading.fetch_items(response(text))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b'(\\HasNoChildren \\Sent) "/" Sent', ([b"\\HasNoChildren", b"\\Sent"], "/", b"Sent")),
        (b'() NIL "a \\" b" ("CHILDINFO" ())', ([], "", b'a " b')),
        (b'() "\\\\" INBOX', ([], "\\", b"INBOX")),
    ],
)
def test_one_line_of_a_list(text: bytes, wanted: object) -> None:
    assert reading.list_response(response(text, name=b"LIST")) == wanted


def test_a_status_without_mod_sequences_has_none() -> None:
    numbers = b"(MESSAGES 3 UIDNEXT 9 UIDVALIDITY 2 HIGHESTMODSEQ 0)"
    name, status = reading.status_response(response(b'"a b" ' + numbers, name=b"STATUS"))
    assert name == b"a b"
    assert status is not None
    assert (status.messages, status.uidnext, status.uidvalidity) == (3, 9, 2)
    assert status.highestmodseq is None


def test_a_status_half_told_is_none() -> None:
    told = reading.status_response(response(b"INBOX (MESSAGES 3)", name=b"STATUS"))
    assert told == (b"INBOX", None)


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        (b"SEARCH", b"", b""),
        (b"SEARCH", b"2 1 7 (MODSEQ 917)", b"1:2,7"),
        (b"ESEARCH", b'(TAG "A1") UID', b""),
        (b"ESEARCH", b'(TAG "A1") UID MODSEQ 3 ALL 1:3,9', b"1:3,9"),
    ],
)
def test_what_was_found(name: bytes, text: bytes, wanted: bytes) -> None:
    assert bytes(reading.searched(response(text, name=name))) == wanted


@pytest.mark.parametrize(
    "text", [b'(TAG "A") ALL 1', b'(TAG "A") UID ALL', b"UID ALL 1:4294967295", b"UID ALL (1)"]
)
def test_what_was_not_found_so_is_refused(text: bytes) -> None:
    with refused(Transient, "imap.protocol"):
        reading.searched(response(text, name=b"ESEARCH"))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"OK [COPYUID 3 1:2,9 5:6,4] fait", {1: 5, 2: 6, 9: 4}),
        (b"OK [COPYUID 3 1:2 5] fait", None),
        (b"OK [COPYUID 3 1:4294967295 1:4294967295] fait", None),
        (b"OK fait", None),
    ],
)
def test_where_copies_went(line: bytes, wanted: dict[int, int] | None) -> None:
    assert reading.copied(read_status(line), most=3) == wanted


def test_where_an_append_went() -> None:
    told = reading.appended(read_status(b"OK [APPENDUID 38505 3955] fait"))
    assert told is not None
    assert (told.uidvalidity, told.uid) == (38505, 3955)
    assert reading.appended(read_status(b"OK fait")) is None


def test_a_set_of_two_million_is_still_a_mailbox() -> None:
    told = reading.searched(response(b"UID ALL 1:2000000", name=b"ESEARCH"))
    assert told == UidSet(((1, 2_000_000),))


WHO = b'UID 7 FLAGS (\\Seen) INTERNALDATE " 1-Feb-2026 00:00:00 +0100" RFC822.SIZE 9 '


@pytest.mark.parametrize(
    "section",
    [
        b"BODY[HEADER.FIELDS (MESSAGE-ID)]",
        b'BODY[HEADER.FIELDS ("Message-ID")]',
        b"body[header.fields (message-id)]",
    ],
)
def test_who_a_letter_is_however_the_server_writes_the_question_back(section: bytes) -> None:
    header = b"Message-Id:\r\n <a@b.example>\r\n\r\n"
    who = reading.identity(reading.fetch_items(response(b"(" + WHO + section + b" ", header, b")")))
    assert who is not None
    assert (who.uid, who.size, who.message_id) == (7, 9, "a@b.example")
    assert who.keywords == {"$seen"}


def test_a_letter_without_a_message_id_has_none() -> None:
    text = b"(" + WHO + b'BODY[HEADER.FIELDS (MESSAGE-ID)] "")'
    who = reading.identity(reading.fetch_items(response(text)))
    assert who is not None
    assert who.message_id == ""


def test_news_of_a_letter_is_not_who_it_is() -> None:
    assert reading.identity(reading.fetch_items(response(b"(UID 7 FLAGS ())"))) is None


def test_half_of_who_a_letter_is_is_refused() -> None:
    text = b'(UID 7 FLAGS () BODY[HEADER.FIELDS (MESSAGE-ID)] "")'
    with refused(Transient, "imap.protocol"):
        reading.identity(reading.fetch_items(response(text)))
