"""Rules that would meet are refused, whatever their paths say."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from store.errors import Usage
from sync.drop.apart import Wanted, check_apart, is_within


def rule(name: str, folder: Path, results: Path | None = None, *, whole: bool = False) -> Wanted:
    return Wanted(
        name=name,
        folder=str(folder),
        results=str(results) if results else "",
        takes_subfolders=whole,
        line=7,
    )


@pytest.fixture
def srv(tmp_path: Path) -> Path:
    """Two folders, and a link to the one in the other's name."""
    for name in ("cobas/sent/x", "autre", "retour"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lien").symlink_to("cobas")
    (tmp_path / "loin").symlink_to("cobas/sent")
    return tmp_path


def test_rules_apart_are_followed(srv: Path) -> None:
    results = srv / "retour"
    check_apart(
        [
            rule("a", srv / "cobas", results),
            rule("b", srv / "autre", results),
            rule("c", srv / "cobas" / "pas-encore"),
        ]
    )
    check_apart([rule("a", srv / "cobas"), rule("d", srv)])


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (lambda srv: rule("b", srv / "lien"), "drop.rules_taken"),
        (lambda srv: rule("b", srv / "autre" / ".." / "cobas"), "drop.rules_taken"),
        (lambda srv: rule("b", srv / "lien" / "sent"), "drop.rules_ours"),
        (lambda srv: rule("b", srv / "loin"), "drop.rules_ours"),
        (lambda srv: rule("b", srv / "loin" / "pas-encore"), "drop.rules_ours"),
        (lambda srv: rule("b", srv, whole=True), "drop.rules_nested"),
        (lambda srv: rule("b", srv / "autre", srv / "lien"), "drop.rules_inside"),
        (lambda srv: rule("b", srv / "autre", srv / "loin" / "x"), "drop.rules_inside"),
        (lambda srv: rule("b", srv / "autre", srv / "autre" / "retour"), "drop.rules_inside"),
    ],
)
def test_rules_that_meet_are_refused(srv: Path, other: object, code: str) -> None:
    with pytest.raises(Usage) as met:
        check_apart([rule("a", srv / "cobas"), other(srv)])  # type: ignore[operator]
    assert met.value.code == code


def test_two_rules_for_a_folder_that_is_not_there_yet_meet_too(srv: Path) -> None:
    with pytest.raises(Usage, match="rules_taken"):
        check_apart([rule("a", srv / "neuf"), replace(rule("b", srv / "neuf"), name="b")])


def test_an_open_directory_is_known_by_all_that_is_above_it(srv: Path) -> None:
    facts = (srv / "cobas").stat()
    for path, within in (("cobas/sent/x", True), ("lien", True), ("retour", False)):
        directory = os.open(srv / path, os.O_RDONLY)
        assert is_within(directory, [(facts.st_dev, facts.st_ino)]) is within
        os.close(directory)
