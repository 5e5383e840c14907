"""Lists that are no plain mailbox: which letters, in which order, at what cost."""

from __future__ import annotations

import re

import pytest

from store.db.emails import page_of_emails, position_of
from store.db.labels import label_named, labels, labels_of
from store.db.mailboxes import mailbox
from store.db.migrate import NAMES
from store.db.open import Connection, write
from store.db.placements import change_keywords, delete, newest
from store.db.saved_views import forget_view, save_view, saved_views
from store.db.snoozing import put_off_until, snooze, waiting, wake
from store.db.views import VIEWS, listed, rows_of
from store.errors import Usage
from store.model.email import SEEN, SNOOZED
from store.model.listing import Filter, Order, Shelf, Sort, View
from tests.tui.practice import NOW, Practice, letter, practice


@pytest.fixture
def made(db: Connection) -> Practice:
    """Six letters in an inbox, the last three read."""
    made = practice(db)
    made.deliver(*(letter(f"lettre {n}") for n in range(6)))
    change_keywords(db, newest(db, made.inbox)[:3], add=frozenset({SEEN}))
    return made


def counts(made: Practice) -> tuple[int, int]:
    """Total and unread of the inbox, as the triggers keep them."""
    found = mailbox(made.db, made.inbox)
    return found.total, found.unread


def test_every_view_has_its_row() -> None:
    assert set(VIEWS) == set(View)


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("filter_", Filter)
def test_every_view_can_be_read_in_every_order(
    made: Practice, view: View, sort: Sort, filter_: Filter
) -> None:
    order = Order(sort=sort, filter=filter_, threads=True)
    found = listed(made.db, Shelf(view=view), order)
    assert len({each.placement_id for each in found}) == len(found)


def test_a_list_by_date_is_the_page_of_the_mailbox(made: Practice) -> None:
    found = [each.placement_id for each in listed(made.db, Shelf(mailbox_id=made.inbox), Order())]
    assert found == [row.placement_id for row in page_of_emails(made.db, made.inbox)]
    assert [row.placement_id for row in rows_of(made.db, found[2:4])] == found[2:4]


def test_what_is_put_off_is_in_no_list_and_no_count(made: Practice) -> None:
    ids = newest(made.db, made.inbox)
    assert snooze(made.db, [ids[0], ids[5]], NOW + 60) == 2
    assert counts(made) == (4, 2)
    assert newest(made.db, made.inbox) == ids[1:5]
    assert [row.placement_id for row in page_of_emails(made.db, made.inbox)] == ids[1:5]
    assert position_of(made.db, made.inbox, (0, 0)) == 4
    put_off = [each.placement_id for each in listed(made.db, Shelf(view=View.SNOOZED), Order())]
    assert put_off == [ids[0], ids[5]]
    assert waiting(made.db) == (2, NOW + 60)
    assert put_off_until(made.db, ids) == {ids[0]: NOW + 60, ids[5]: NOW + 60}


def test_what_comes_back_is_on_top_and_counted_and_the_server_is_told(made: Practice) -> None:
    ids = newest(made.db, made.inbox)
    snooze(made.db, [ids[5]], NOW + 60)
    packed = made.db.execute("SELECT keywords FROM placement WHERE id = ?", (ids[5],)).fetchone()
    assert packed[0] == SNOOZED
    assert wake(made.db, NOW + 59) == 0
    assert wake(made.db, NOW + 60) == 1
    assert newest(made.db, made.inbox) == [ids[5], *ids[:5]]
    assert counts(made) == (6, 3)
    assert page_of_emails(made.db, made.inbox)[0].came_at < NOW
    assert waiting(made.db) == (0, None)
    packed = made.db.execute("SELECT keywords FROM placement WHERE id = ?", (ids[5],)).fetchone()
    assert packed[0] == ""


def test_what_is_deleted_while_put_off_never_comes_back(made: Practice) -> None:
    ids = newest(made.db, made.inbox)
    snooze(made.db, ids[:1], NOW + 60)
    delete(made.db, ids[:1])
    wake(made.db, NOW + 60)
    assert counts(made) == (5, 3)
    assert newest(made.db, made.inbox) == ids[1:]


def test_a_server_that_expunges_what_is_put_off_leaves_the_counts_right(made: Practice) -> None:
    ids = newest(made.db, made.inbox)
    snooze(made.db, ids[:1], NOW + 60)
    with write(made.db):
        made.db.execute("DELETE FROM placement WHERE id = ?", (ids[0],))
    assert counts(made) == (5, 3)


def test_pages_and_counts_are_found_by_the_index_of_the_list(made: Practice) -> None:
    plan = made.db.execute(
        "EXPLAIN QUERY PLAN SELECT count(*) FROM placement WHERE shown_mailbox_id = ?"
        " AND deleted = 0 AND snoozed_until IS NULL AND (received_at, id) > (?, ?)",
        (made.inbox, 0, 0),
    ).fetchall()
    assert "USING INDEX placement_list" in plan[0][3]
    plan = made.db.execute(
        "EXPLAIN QUERY PLAN SELECT p.id FROM mailbox AS m CROSS JOIN placement AS p"
        f" ON p.shown_mailbox_id = m.id WHERE {VIEWS[View.UNREAD]}"
    ).fetchall()
    assert any("INDEX placement_list" in row[3] for row in plan)


def test_a_label_is_found_again_by_its_name_whatever_its_accents(db: Connection) -> None:
    assert label_named(db, "  À  rappeler ") == "a-rappeler"
    assert label_named(db, "a RAPPELER") == "a-rappeler"
    assert labels(db) == {"a-rappeler": "À rappeler"}
    with pytest.raises(Usage, match=r"label\.no_name"):
        label_named(db, "… !")


def test_a_label_is_never_what_clients_act_upon(db: Connection) -> None:
    assert label_named(db, "Junk") == "label-junk"
    assert labels_of("label-junk") == ["label-junk"]


def test_what_clients_set_by_themselves_is_no_label() -> None:
    packed = "$label1 $mdnsent $seen $snoozed a-rappeler nonjunk"
    assert labels_of(packed) == ["a-rappeler", "$label1"]


def test_a_kept_search_is_replaced_by_its_name_and_forgotten(db: Connection) -> None:
    save_view(db, "INR", "inr")
    save_view(db, "INR", "inr avk")
    assert [(view.name, view.query) for view in saved_views(db)] == [("INR", "inr avk")]
    assert forget_view(db, "INR")
    assert not forget_view(db, "INR")
    for name, query, code in (("", "x", "view.no_name"), ("x", " ", "view.no_query")):
        with pytest.raises(Usage, match=re.escape(code)):
            save_view(db, name, query)


def test_this_schema_is_migrated_to() -> None:
    assert "0023_reading" in NAMES
