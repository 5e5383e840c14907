"""What is told of mailboxes, one row of the planner's table at a time."""

from __future__ import annotations

from dataclasses import replace

from store.model.ids import AccountId, MailboxId
from store.model.mailbox import Mailbox, Role
from sync.imap import utf7
from sync.imap.answers import ListedMailbox
from sync.replica.naming import Create, Heard, Names, Rename, Subscribe, heard_names, plan_names

ID = MailboxId(5)
HELD = Mailbox(id=ID, account_id=AccountId(1), name="Labos", wire_name=b"Labos")
NEW = replace(HELD, wire_name=b"\0new", created=False, wish_name="Labos", name="Labos")


def names(*listed: str, delimiter: str = "/") -> Names:
    return Names.of(
        [
            ListedMailbox(
                wire_name=utf7.encode(name),
                name=name,
                delimiter=delimiter,
                role=Role.INBOX if name == "INBOX" else Role.NONE,
                selectable=True,
                status=None,
            )
            for name in ("INBOX", *listed)
        ],
        utf7.encode,
    )


def test_a_new_mailbox_is_made_and_then_subscribed_to() -> None:
    wished = replace(NEW, wish_subscribed=True)
    assert plan_names([wished], names()) == [Create(ID, b"Labos", "Labos"), Subscribe(ID, True)]


def test_a_new_mailbox_that_is_there_is_this_one() -> None:
    assert heard_names([NEW], names("Labos")) == [Heard(ID, b"Labos", "Labos")]


def test_another_name_is_a_rename_encoded_for_the_wire() -> None:
    wished = replace(HELD, wish_name="Été & co")
    assert heard_names([wished], names("Labos")) == []
    (op,) = plan_names([wished], names("Labos"))
    assert op == Rename(ID, b"&AMk-t&AOk- &- co", "Été & co")


def test_a_name_said_and_listed_was_given_though_another_is_wished_by_now() -> None:
    said = replace(HELD, naming=b"Un", wish_name="Deux")
    assert heard_names([said], names("Un")) == [Heard(ID, b"Un", None)]


def test_a_name_said_and_not_listed_was_not_given() -> None:
    said = replace(HELD, naming=b"Un", wish_name="Un")
    assert heard_names([said], names("Labos")) == [Heard(ID, b"Labos", None)]


def test_a_name_it_already_has_fulfils_the_wish() -> None:
    wished = replace(HELD, wish_name="Labos")
    assert heard_names([wished], names("Labos")) == [Heard(ID, b"Labos", "Labos")]


def test_a_mailbox_nobody_lists_is_told_nothing() -> None:
    gone = replace(HELD, missing_at=1, wish_name="Un", naming=b"Un")
    assert heard_names([gone], names()) == []
    assert plan_names([gone], names()) == []


def test_a_mailbox_is_made_before_those_below_it() -> None:
    below = replace(NEW, id=MailboxId(4), name="Labos/2026", wish_name="Labos/2026")
    assert [op.mailbox_id for op in plan_names([below, NEW], names())] == [ID, MailboxId(4)]


def test_a_slash_is_the_servers_delimiter_and_some_keep_all_below_the_inbox() -> None:
    assert names("Sent", delimiter=".").wire("Labos/2026") == b"Labos.2026"
    below = names("INBOX.Sent", "INBOX.Trash", delimiter=".")
    assert below.wire("Labos/2026") == b"INBOX.Labos.2026"
    assert below.wire("INBOX/Labos") == b"INBOX.Labos"
    assert names().wire("Labos") == b"Labos", "an empty account says nothing of prefixes"


def test_the_inbox_keeps_its_name() -> None:
    inbox = replace(HELD, role=Role.INBOX, wish_name="Autre")
    assert plan_names([inbox], names("Labos")) == []
