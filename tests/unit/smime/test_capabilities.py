"""The choice of algorithms: the weakest reader decides, and nothing old is made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.smime import oids
from sync.smime.capabilities import OURS, STRENGTH, Policy, choose

GCM, GCM_128, CBC, CBC_128 = STRENGTH
OUTLOOK = (CBC, oids.TRIPLE_DES_CBC, oids.RC2_CBC)


def test_two_programs_like_ours_use_the_best() -> None:
    assert choose([OURS, OURS]).cipher == GCM


def test_a_reader_of_whom_nothing_is_known_gets_what_everyone_opens() -> None:
    assert choose([None]).cipher == CBC
    assert choose([None], Policy(unknown=GCM)).cipher == GCM


def test_the_weakest_reader_decides() -> None:
    assert choose([OURS, OUTLOOK]).cipher == CBC
    assert choose([OURS, (CBC_128,)]).cipher == CBC_128
    assert choose([(GCM,), (GCM_128,)]).cipher == GCM_128


def test_nothing_older_than_aes_is_ever_made() -> None:
    assert choose([(oids.TRIPLE_DES_CBC, oids.RC2_CBC)]).cipher == CBC_128
    assert choose([()]).cipher == CBC_128


def test_pkcs1_v15_needs_a_reader_who_cannot_do_otherwise_and_a_policy_that_allows_it() -> None:
    old = Policy(rsa_v15=True)
    assert choose([OUTLOOK, OURS, None]).oaep == (True, True, True)
    assert choose([OUTLOOK, OURS, None], old).oaep == (False, True, True)


SAID = st.none() | st.lists(st.sampled_from([*OURS, oids.TRIPLE_DES_CBC, "1.2.3"])).map(tuple)


@given(st.lists(SAID, min_size=1, max_size=6))
def test_every_reader_who_said_so_can_read_what_is_chosen(readers) -> None:
    chosen = choose(readers)
    assert chosen.cipher in STRENGTH
    assert len(chosen.oaep) == len(readers)
    for said in readers:
        strong = {GCM, GCM_128} & set(said or ())
        assert not chosen.authenticated or strong
    with_another = choose([*readers, (CBC_128,)]).cipher
    assert STRENGTH.index(with_another) >= STRENGTH.index(chosen.cipher)


@given(st.lists(SAID, min_size=1, max_size=6), st.randoms())
def test_the_order_of_the_readers_changes_nothing(readers, random) -> None:
    shuffled = list(readers)
    random.shuffle(shuffled)
    assert choose(shuffled).cipher == choose(readers).cipher
