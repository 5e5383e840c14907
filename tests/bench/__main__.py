"""`make bench`: octets, turns, seconds, processor and memory, Pli's beside its peers'.

No measure ever makes it fail; only Pli failing to do its work does. `make bench BENCH=delta`, or
`python -m tests.bench delta flags`, runs those named. Sizes can be changed by the environment:

PLI_BENCH_LETTERS (the clinic of no_change, delta and flags), PLI_BENCH_PASSES (no_change),
PLI_BENCH_FLAGS (flags),
PLI_BENCH_FEW, PLI_BENCH_FIRST and PLI_BENCH_OCTETS (first_sync and newest),
PLI_BENCH_NEWEST_SECONDS (newest), PLI_BENCH_DOCUMENT (flapping), PLI_BENCH_STORE (reading and
screens), PLI_BENCH_IDLE_SECONDS (screens),
PLI_BENCH_DIRECTORY and PLI_BENCH_EVERYBODY (directory), PLI_BENCH_RATE_MS, PLI_BENCH_CDA_OCTETS
and PLI_BENCH_DOCUMENT_OCTETS (documents, drop), PLI_BENCH_DOCUMENTS, PLI_BENCH_FEW_DOCUMENTS,
PLI_BENCH_TURNED, PLI_BENCH_BAD_DOCUMENTS, PLI_BENCH_BAD_TURN_MS and PLI_BENCH_BAD_LINE_OCTETS
(drop),
PLI_BENCH_TURN_MS and PLI_BENCH_LINE_OCTETS (a second; the slow line), PLI_BENCH_PATIENCE (seconds
a pass may take), PLI_BENCH_PEER_SECONDS (after which a peer's measured pass is given up).
PLI_BENCH_PROGRAMS names the programs, e.g. "Pli interimap".
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    delta,
    directory,
    documents,
    drop,
    first_sync,
    flags,
    flapping,
    newest,
    no_change,
    reading,
    screens,
)
from tests.bench.goals import print_verdicts
from tests.bench.interimap import Interimap
from tests.bench.peers import Mbsync, Offlineimap
from tests.bench.programs import Pli, Program
from tests.bench.report import note, title
from tests.bench.stage import Stage
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer
from tests.servers.dovecot_config import installed_version
from tests.servers.process import CannotRun

PROGRAMS: tuple[type[Program], ...] = (Pli, Mbsync, Interimap, Offlineimap)
ON_A_SERVER: dict[str, Callable[[Stage], None]] = {
    "no_change": no_change.bench,
    "delta": delta.bench,
    "flags": flags.bench,
    "first_sync": first_sync.bench,
    "newest": newest.bench,
    "flapping": flapping.bench,
}
ALONE: dict[str, Callable[[Path], dict[str, float]]] = {
    "reading": reading.bench,
    "screens": screens.bench,
    "directory": directory.bench,
    "documents": documents.bench,
    "drop": drop.bench,
}
BENCHES = (*ON_A_SERVER, *ALONE)


def main(names: list[str]) -> int:
    """Run the benches named, or all of them; the exit code."""
    if unknown := [name for name in names if name not in BENCHES]:
        print(f"no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    chosen = names or list(BENCHES)
    with tempfile.TemporaryDirectory(prefix="pli-bench-") as directory:
        root = Path(directory)
        # interimap runs as somebody else when we are root, and must reach its own place in it.
        root.chmod(0o711)
        figures, failed = _on_a_server([name for name in chosen if name in ON_A_SERVER], root)
        for name in ALONE.keys() & set(chosen):
            figures |= {f"{name}.{key}": value for key, value in ALONE[name](root).items()}
    print_verdicts(figures, chosen)
    return 1 if failed else 0


def _on_a_server(names: list[str], root: Path) -> tuple[dict[str, float], bool]:
    if not names:
        return {}, False
    programs = present()
    authority = Authority(root / "authority")
    with (
        DovecotServer(authority) as server,
        Stage(root, server, programs) as stage,
    ):
        note(f"server: Dovecot {'.'.join(map(str, installed_version()))}, TLS, by 127.0.0.1")
        for name in names:
            ON_A_SERVER[name](stage)
        return stage.figures, stage.pli_failed


def present() -> list[type[Program]]:
    """The programs that can be measured; says which, and what is to know about each."""
    title("Programs")
    wanted = os.environ.get("PLI_BENCH_PROGRAMS", "").split()
    found = []
    for program in PROGRAMS:
        if wanted and program.name not in wanted:
            continue
        try:
            print(f"  {program.version()}", flush=True)
        except CannotRun as missing:
            note(str(missing))
            continue
        found.append(program)
    for remark in (remark for program in found for remark in program.remarks):
        note(remark)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
