"""What one look, or one run over a folder, came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from store.model.drop import ItemState
from sync.drop.plan import Wait
from sync.drop.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class DropReport:
    """Numbers of documents."""

    queued: int = 0
    """In the outbox when the report was made, whenever they were taken."""
    waiting: int = 0
    """Still in the folder when the report was made."""
    sent: int = 0
    held: int = 0
    failed: int = 0
    """Put away since the report was begun, like `sent` and `held`."""

    def then(self, later: DropReport) -> DropReport:
        """This report and one of what came after it, as one."""
        return DropReport(
            queued=later.queued,
            waiting=later.waiting,
            sent=self.sent + later.sent,
            held=self.held + later.held,
            failed=self.failed + later.failed,
        )

    def facts(self) -> dict[str, int]:
        """The holes of the sentence that tells it."""
        return asdict(self)


@dataclass(slots=True)
class Tally:
    """A look, while it goes on."""

    sent: int = 0
    held: int = 0
    failed: int = 0
    waiting: int = 0
    taken: int = 0
    again_in: float | None = None
    """Seconds until something that waits is worth another look; None when nothing waits."""
    settling: bool = False
    """Something may be finished at `again_in`, by time alone."""
    more: bool = False
    """Documents are ready and were left for the next look."""
    remark: Reason | None = None

    def put(self, state: ItemState) -> None:
        """One more document that ends in `state`."""
        self.sent += state is ItemState.SENT
        self.held += state is ItemState.HELD
        self.failed += state is ItemState.FAILED

    def wait(self, decision: Wait) -> None:
        """One more document that waits."""
        self.waiting += 1
        self.settling = self.settling or decision.reason is Reason.SETTLING
        if self.again_in is None or decision.again_in < self.again_in:
            self.again_in = decision.again_in
        if decision.remark:
            self.remark = decision.reason

    def report(self, queued: int) -> DropReport:
        """The numbers so far."""
        return DropReport(
            queued=queued,
            waiting=self.waiting,
            sent=self.sent,
            held=self.held,
            failed=self.failed,
        )
