"""What the demo world showed: roots alone are names, and a copy in Sent calls nobody off."""

from __future__ import annotations

import pytest

from store.db.alerts import open_alerts
from store.db.documents import documents_of_email
from store.db.open import Connection
from store.model.health import Superseding
from store.model.mailbox import Role
from tests.tui.practice import Practice
from tests.unit.documents.test_duty import _now, ids, potassium, read, someone, version, xdm

__all__ = ["_now", "someone"]


def named_by_root(number: int, **more: str) -> bytes:
    """A version whose numbers are roots alone: a whole name in HL7."""
    parts = {"id": f'<id root="2.25.10{number}"/>', "setId": "", **more}
    return xdm(potassium("6.9" if number == 1 else "4.2", "N", **version(number, **parts)))


PARENT = '<relatedDocument typeCode="RPLC"><parentDocument>{}</parentDocument></relatedDocument>'
BY_ROOT = {
    Superseding.REPLACED: (
        named_by_root(1),
        named_by_root(2, relatedDocument=PARENT.format('<id root="2.25.101"/>')),
    ),
    Superseding.VERSION: (
        named_by_root(1, setId='<setId root="2.25.100"/>'),
        named_by_root(2, setId='<setId root="2.25.100"/>'),
    ),
}


@pytest.mark.parametrize("how", BY_ROOT)
def test_a_number_without_an_extension_is_a_whole_name(
    db: Connection, someone: Practice, how: Superseding
) -> None:
    someone.deliver(*BY_ROOT[how])
    read(db)
    (old,), (new,) = (documents_of_email(db, each) for each in ids(db))
    assert (old.superseded_how, old.superseded_by) == (how, new.id)


def test_a_copy_in_sent_keeps_nobody_from_being_called_for_what_they_receive(
    db: Connection, someone: Practice
) -> None:
    result = xdm(potassium("6.9", "HH"))
    sent = someone.mailbox(Role.SENT)
    someone.deliver(result, mailbox=sent, keywords=frozenset({"$seen"}))
    read(db)
    someone.deliver(result.replace(b"Subject: ", b"Subject: Fwd: ", 1))
    read(db)
    (alert,) = open_alerts(db)
    assert alert.document.email_id == ids(db)[1]
