"""A recipient's fate is a sum: what order the reports came in is nothing to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.model.receipt import Fate, Outcome, ReceiptKind, Report, fate_of


def report(outcome: Outcome, is_believed: bool = True) -> Report:
    return Report(email="a@x.test", kind=ReceiptKind.DSN, outcome=outcome, is_believed=is_believed)


reports = st.lists(st.builds(report, st.sampled_from(Outcome), st.booleans()), max_size=8)
GOOD = (Fate.FILED, Fate.DISPLAYED, Fate.ACKNOWLEDGED)


@pytest.mark.parametrize(
    ("outcomes", "fate"),
    [
        ([], Fate.NONE),
        ([Outcome.UNKNOWN], Fate.NONE),
        ([Outcome.DELAYED, Outcome.DELIVERED], Fate.DELIVERED),
        ([Outcome.DELIVERED, Outcome.FAILED], Fate.FAILED),
        ([Outcome.FAILED, Outcome.DISPLAYED], Fate.DISPLAYED),
        ([Outcome.DELIVERED, Outcome.REFUSED, Outcome.DISPLAYED], Fate.UNFILED),
        ([Outcome.REFUSED, Outcome.PROCESSED], Fate.FILED),
        ([Outcome.REFUSED, Outcome.ANSWERED], Fate.ACKNOWLEDGED),
        ([Outcome.PROCESSED, Outcome.DISPLAYED], Fate.DISPLAYED),
    ],
)
def test_what_reports_come_to(outcomes: list[Outcome], fate: Fate) -> None:
    assert fate_of([report(each) for each in outcomes]) is fate


@given(reports, st.randoms())
def test_order_and_repeats_are_nothing(said: list[Report], chance: object) -> None:
    mixed = [*said, *said]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert fate_of(mixed) is fate_of(said)


@given(reports)
def test_what_is_not_believed_changes_nothing(said: list[Report]) -> None:
    assert fate_of(said) is fate_of([each for each in said if each.is_believed])


@given(reports)
def test_no_trouble_is_hidden_by_less_than_the_readers_word(said: list[Report]) -> None:
    told = {each.outcome for each in said if each.is_believed}
    if told & {Outcome.FAILED, Outcome.REFUSED}:
        fate = fate_of(said)
        assert fate.is_trouble or fate in GOOD
