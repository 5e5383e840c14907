"""A connection that letters leave by, known to the flight recorder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from store.model.account import Account
from store.model.link import Step
from sync.link.recorder import Recorder
from sync.submit.envelope import Letter
from sync.submit.kept import Keeper
from sync.submit.plan import Transmission
from sync.submit.smtp import Submitter
from sync.trust.server import Trust


class RecordedSubmitter:
    """`Submitter`, each of whose letters is a step; `sync.submit.outbox.Line`."""

    def __init__(
        self,
        recorder: Recorder,
        account: Account,
        password: str,
        trust: Trust = None,
        keeper: Keeper | None = None,
        heard: Callable[[int | None], None] = lambda _: None,
    ) -> None:
        self._recorder, self._keeper, self._trust = recorder, keeper, trust
        self._line = Submitter(account, password, trust=trust)
        self._heard = heard
        """Is told how large a letter may be."""

    async def __aenter__(self) -> RecordedSubmitter:
        """The connection that was kept; else connect, encrypt, log in, and raise as `Submitter`
        does."""
        kept = None if self._keeper is None else await self._keeper.take(self._trust)
        if kept is not None:
            self._line = kept
            self._line.count_anew()
            return self
        with self._recorder.step(Step.SUBMIT_CONNECT, self._line.traffic):
            await self._line.__aenter__()
        self._heard(self._line.offer.largest)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Keep it where somebody does, else say goodbye."""
        kept = kind is None and self._keeper is not None and self._keeper.keep(self._line)
        if not kept:
            await self._line.leave()

    @property
    def usable(self) -> bool:
        """True while another letter may be sent over this connection."""
        return self._line.usable

    @property
    def octets_gone(self) -> int:
        """See `Submitter.octets_gone`."""
        return self._line.octets_gone

    async def transmit(
        self, letter: Letter, about_to_dot: Callable[[tuple[str, ...]], Awaitable[None]]
    ) -> Transmission:
        """One mail transaction; see `Submitter.transmit`."""
        with self._recorder.step(Step.SUBMIT, self._line.traffic) as ended:
            said = await self._line.transmit(letter, about_to_dot)
            ended(said.broken)
        return said
