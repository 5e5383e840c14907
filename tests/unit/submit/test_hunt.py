"""How long evidence is looked for, and what follows when there is none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.model.ids import SubmissionId
from store.model.submission import Doubt
from sync.submit.hunt import GAPS_SECONDS, HOURLY_SECONDS, after_look, first_look_at, is_due

NOW = 1_700_000_000


def doubt(**facts: object) -> Doubt:
    usual: dict[str, object] = {
        "id": SubmissionId(1),
        "source": "drop",
        "looks": 0,
        "next_look_at": NOW,
        "repeats": 0,
        "proof_asked": True,
    }
    return Doubt(**{**usual, **facts})  # type: ignore[arg-type]


def looks_of(first: Doubt) -> tuple[list[int], bool]:
    """Minutes after the doubt began at which it was looked for, until the first repeat or a day."""
    began, now, made = NOW, first_look_at(NOW), first
    minutes: list[int] = []
    while now < began + 86_400:
        minutes.append((now - began) // 60)
        found = after_look(made, now, saw_everything=True)
        if found.repeats:
            return minutes, True
        made, now = made._replace(looks=made.looks + 1), found.next_look_at
    return minutes, False


def test_a_document_leaves_again_after_half_an_hour_of_looks() -> None:
    assert looks_of(doubt()) == ([1, 5, 15, 30], True)


def test_a_persons_letter_is_looked_for_every_hour_and_never_leaves_again() -> None:
    minutes, repeated = looks_of(doubt(source="person"))
    assert minutes[:6] == [1, 5, 15, 30, 90, 150]
    assert not repeated


def test_silence_that_means_nothing_repeats_nothing() -> None:
    assert not looks_of(doubt(proof_asked=False))[1]
    assert not looks_of(doubt(repeats=1))[1]
    last = doubt(looks=len(GAPS_SECONDS) - 1)
    assert not after_look(last, NOW, saw_everything=False).repeats


def test_what_could_not_be_looked_at_in_full_is_looked_for_again_and_then_repeated() -> None:
    late = doubt(looks=len(GAPS_SECONDS) + 3)
    assert after_look(late, NOW, saw_everything=True).repeats


@given(
    st.integers(0, 50),
    st.booleans(),
    st.sampled_from(["drop", "person"]),
    st.integers(0, 3),
    st.booleans(),
)
def test_nothing_is_planned_days_ahead_and_nothing_is_given_up(
    looks: int, proof: bool, source: str, repeats: int, everything: bool
) -> None:
    one = doubt(looks=looks, proof_asked=proof, source=source, repeats=repeats)
    found = after_look(one, NOW, saw_everything=everything)
    assert NOW < found.next_look_at <= NOW + HOURLY_SECONDS
    assert not found.repeats or (source == "drop" and not repeats and proof and everything)


def test_a_clock_that_was_set_back_puts_no_look_off() -> None:
    assert is_due(doubt(next_look_at=NOW + 10 * HOURLY_SECONDS), NOW)
    assert not is_due(doubt(next_look_at=NOW + 1), NOW)
