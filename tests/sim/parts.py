"""What the model server says and gives of the parts of a letter, rightly or wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from store.errors import Transient
from store.model.email import TransferEncoding
from store.model.structure import AnnouncedPart
from store.model.transfer import decode
from sync.mime.structure import scan
from sync.replica.facts import Span


class GivesParts:
    """A part of `tests.sim.server.Session`."""

    box: Any
    withholds: set[int]
    step: Callable[[], None]
    _say: Callable[[str], None]
    _did: Callable[[], None]

    lies_about_length = 0
    """What it adds to the octets of each part in BODYSTRUCTURE."""
    lies_about_encoding: TransferEncoding | None = None
    """What it says of each part there."""
    says_size = True
    """Whether it knows BINARY.SIZE."""
    ends_ranges_after = 10**9
    """Octets of a part it gives at most for one range."""
    cut_after: int | None = None
    """Octets of ranges after which the line breaks."""
    carried = 0
    """Octets of letters given as ranges."""

    def structure(self, octets: bytes) -> tuple[AnnouncedPart, ...]:
        """What BODYSTRUCTURE says, as far as one level of parts goes."""
        root = scan(octets).root
        return tuple(
            AnnouncedPart(
                number=each.number,
                media_type=each.content.media_type,
                name=each.content.name,
                transfer_encoding=self.lies_about_encoding or each.content.encoding,
                length=each.length + self.lies_about_length,
                is_body=not each.content.name,
            )
            for each in root.children or (root,)
        )

    def _cut(self, octets: bytes, give_half: Callable[[bytes], object]) -> bytes:
        """The same; where the line breaks within it, what came is given to whom it was for."""
        if self.cut_after is None or len(octets) <= self.cut_after:
            self.cut_after = None if self.cut_after is None else self.cut_after - len(octets)
            return octets
        self.carried += self.cut_after
        give_half(octets[: self.cut_after])
        raise Transient("net.lost")

    async def part_ranges(
        self,
        uid: int,
        section: str,
        spans: Sequence[Span],
        on_range: Callable[[Span, bytes, int | None], None],
        *,
        binary: bool,
        ask_size: bool = False,
        on_half: Callable[[Span, bytes, int | None], None] | None = None,
    ) -> None:
        self._say("BINARY" if binary else "PART")
        letter = self.box.letters.get(uid)
        for at, span in enumerate(spans):
            if letter is None or uid in self.withholds:
                break
            part = self._part(letter.octets, section, binary=binary)
            octets = part[span.offset : sum(span)][: self.ends_ranges_after]
            size = len(part) if ask_size and at == 0 and self.says_size else None

            def half(octets: bytes, span: Span = span, size: int | None = size) -> None:
                if on_half is not None:
                    on_half(span, octets, size)

            octets = self._cut(octets, half)
            self.carried += len(octets)
            on_range(span, octets, size)
            self.step()
        self._did()

    @staticmethod
    def _part(octets: bytes, section: str, *, binary: bool) -> bytes:
        for each in scan(octets).root.children:
            if each.number == section:
                cut = octets[each.offset : each.offset + each.length]
                return decode(cut, each.content.encoding) if binary else cut
        return b""
