"""A disk of which some has been written for certain and some perhaps, and what a power cut leaves.

What a file system promises, and no more: after fsync(2) of a file, what was written to it is there,
and its name. Of what came later each write may be there, or not, or some of its sectors, in any
order; a file may be as long as it was or as it had become; a name made or removed since the last
fsync of its directory may be there or not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.power.recording import Act

SECTOR_OCTETS = 512
Image = dict[str, bytes]


@dataclass(slots=True)
class File:
    """What is certain, and what was done since."""

    certain: bytearray = field(default_factory=bytearray)
    pending: list[Act] = field(default_factory=list)
    named: bool = True
    """Its name is certain, if it is `there`."""
    there: bool = True


class Disk:
    """The files of a store, act after act."""

    def __init__(self, image: Image) -> None:
        self.files = {path: File(bytearray(octets)) for path, octets in image.items()}

    def do(self, act: Act) -> None:
        """One more act of the process."""
        if act.kind == "sync":
            self._sync(act.path)
        elif act.kind == "unlink":
            if act.path in self.files:
                self.files[act.path].there, self.files[act.path].named = False, False
        elif act.kind == "create":
            file = self.files.get(act.path)
            if file is None or not file.there:
                self.files[act.path] = File(named=False)
        elif act.kind in ("write", "truncate"):
            self.files[act.path].pending.append(act)

    def _sync(self, path: str) -> None:
        if path in self.files:
            file = self.files[path]
            for act in file.pending:
                _apply(file.certain, act)
            file.pending, file.named = [], True
            return
        for each in self.files.values():
            each.named = True
        self.files = {path: each for path, each in self.files.items() if each.there}

    @property
    def is_settled(self) -> bool:
        """Whether a power cut has but one end."""
        return all(file.named and not file.pending for file in self.files.values())

    def killed(self) -> Image:
        """What lies there when the process dies: all that it did."""
        return {path: _with(file, file.pending) for path, file in self.files.items() if file.there}

    def cut(self, chance: random.Random) -> Image:
        """What may lie there after a power cut."""
        image = {}
        for path, file in self.files.items():
            there = file.there if file.named else chance.random() < 0.5
            if there:
                image[path] = _with(file, _survivors(file.pending, chance))
        return image


def _survivors(pending: list[Act], chance: random.Random) -> list[Act]:
    way = chance.choice(("none", "all", "first", "some", "torn", "torn"))
    if way == "first":
        return pending[: chance.randint(0, len(pending))]
    if way == "some":
        return [act for act in pending if chance.random() < 0.5]
    if way == "torn":
        return [piece for act in pending for piece in _torn(act, chance)]
    return pending if way == "all" else []


def _torn(act: Act, chance: random.Random) -> list[Act]:
    if act.kind != "write":
        return [act] if chance.random() < 0.5 else []
    return [
        Act("write", act.path, act.at + start, act.octets[start : start + SECTOR_OCTETS])
        for start in range(0, len(act.octets), SECTOR_OCTETS)
        if chance.random() < 0.7
    ]


def _with(file: File, acts: list[Act]) -> bytes:
    octets = bytearray(file.certain)
    for act in acts:
        _apply(octets, act)
    return bytes(octets)


def _apply(octets: bytearray, act: Act) -> None:
    if act.kind == "truncate":
        del octets[act.at :]
        octets.extend(bytes(act.at - len(octets)))
        return
    octets.extend(bytes(max(0, act.at - len(octets))))
    octets[act.at : act.at + len(act.octets)] = act.octets
