"""`make bench`: octets, turns and times, beside mbsync where it is installed.

Prints measures and ratios; no time ever makes it fail. Sizes can be changed by the environment:
PLI_BENCH_LETTERS (nothing changed), PLI_BENCH_FIRST and PLI_BENCH_OCTETS (first sync),
PLI_BENCH_STORE (reading). `python -m tests.bench reading` runs one of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench import first_sync, no_change, reading
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer

ON_A_SERVER = {"no_change": no_change.bench, "first_sync": first_sync.bench}


def main(names: list[str]) -> None:
    """Run the benches named, or all of them."""
    chosen = names or [*ON_A_SERVER, "reading"]
    with tempfile.TemporaryDirectory(prefix="pli-bench-") as directory:
        root = Path(directory)
        with DovecotServer(Authority(root / "authority")) as server:
            for name in [name for name in chosen if name in ON_A_SERVER]:
                (root / name).mkdir()
                ON_A_SERVER[name](server, root / name)
        if "reading" in chosen:
            reading.bench(root)


if __name__ == "__main__":
    main(sys.argv[1:])
