"""The whole corpus is read, and it holds each deviation that Pli was made for."""

from __future__ import annotations

from collections import Counter

import pytest

from store.host.i18n import catalogue
from tests.unit.documents.corpus import CORPUS, read
from tests.unit.documents.corpus_model import Deviation, Sample


@pytest.mark.parametrize("sample", CORPUS, ids=lambda sample: sample.name)
def test_each_document_is_read_as_it_was_meant(sample: Sample) -> None:
    kind, found = read(sample.octets)
    assert kind is sample.format
    assert len(found.documents) == sample.documents
    assert found.files == sample.files
    assert sorted(found.warnings) == sorted(sample.warnings)
    assert set(found.warnings) <= catalogue("fr").keys()
    for document in found.documents[:1]:
        traits = document.patient
        assert (traits.birth_name or traits.used_name if traits else "") == sample.family
        degrees = tuple(each.abnormality for each in document.observations)
        assert len(degrees) == sample.results
        assert degrees[: len(sample.grave)] == sample.grave
        assert sample.text in document.text


def test_each_deviation_that_is_named_has_a_document() -> None:
    shown = Counter(each for sample in CORPUS for each in sample.shows)
    assert set(shown) == set(Deviation)


def test_the_corpus_has_sixty_documents_of_different_octets_and_names() -> None:
    assert len({sample.octets for sample in CORPUS}) >= 60
    assert len({sample.name for sample in CORPUS}) == len(CORPUS)
