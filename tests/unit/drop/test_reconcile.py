"""The page of a day: every document is counted, and once."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from store.model.drop import DropItem, ItemState
from store.model.ids import BlobId, DropItemId, DropRuleId
from sync.drop.reconcile import Column, bounds, day_before, page
from sync.drop.telling import page_words

items = st.builds(
    lambda n, state, files, reason: DropItem(
        id=DropItemId(n),
        rule_id=DropRuleId(1),
        name=b"r\xe9sultat.pdf",
        digest=BlobId(b""),
        size=1,
        state=state,
        claim=f"m-{n}",
        reason=reason if state in (ItemState.HELD, ItemState.FAILED) else "",
        submission_id=None,
        seen_at=0,
        updated_at=0,
        files=files,
    ),
    st.integers(1, 10**6),
    st.sampled_from(ItemState),
    st.integers(1, 5),
    st.sampled_from(["drop.no_way", "drop.same_content", "drop.not_pdf"]),
)


@given(st.lists(items, max_size=60), st.sets(st.integers(1, 10**6)))
def test_what_came_in_is_all_accounted_for(ledger: list[DropItem], lost: set[int]) -> None:
    lost |= {item.id for item in ledger[::3]}
    told = page("cobas", "2026-11-26", ledger, {DropItemId(n) for n in lost})
    assert not any(item.id in lost for item in ledger if item not in told.still)
    assert told.came == len(ledger)
    assert told.came == told.accepted + told.counts[Column.HELD] + told.counts[Column.FAILED]
    assert told.accepted == told.counts[Column.DELIVERED] + told.counts[Column.OPEN]
    assert told.files == sum(item.files for item in ledger)
    assert len(told.still) == told.came - told.counts[Column.DELIVERED]
    assert len(page_words(told).splitlines()) == 5 + len(told.still)


@given(st.lists(items, max_size=30), st.data())
def test_a_day_cut_in_two_adds_up(ledger: list[DropItem], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(ledger)))
    whole = page("r", "d", ledger)
    parts = [page("r", "d", ledger[:cut]), page("r", "d", ledger[cut:])]
    assert whole.facts() == {
        name: sum(part.facts()[name] for part in parts) for name in whole.facts()
    }


def test_a_day_is_that_of_the_wall_clock() -> None:
    paris = ZoneInfo("Europe/Paris")
    begin, end = bounds("2026-10-25", paris)
    assert end - begin == 25 * 3600
    assert datetime.fromtimestamp(begin, paris).isoformat() == "2026-10-25T00:00:00+02:00"
    assert day_before("2026-03-01") == "2026-02-28"
