"""What a process did to the files of its store, in order, as strace(1) tells it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.meta.sources import ROOT
from tests.servers.process import program

CALLS = (
    *("open", "openat", "creat", "close", "write", "pwrite64", "writev", "pwritev", "ftruncate"),
    *("fsync", "fdatasync", "sync", "syncfs", "unlink", "unlinkat", "rename", "renameat"),
    *("renameat2", "link", "linkat", "truncate", "fallocate", "copy_file_range", "sendfile"),
)
LINE = re.compile(rb"(\d+) +(\w+)\((.*)\) += (-?\d+)", re.DOTALL)
STRING = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
SPLIT = re.compile(rb"(\d+) +(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(rb"(\d+) +<\.\.\. \w+ resumed>(.*)$")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done to one file, named by its path."""

    kind: str
    """'create', 'write', 'truncate', 'sync' (of a file, or of a directory), 'unlink', 'mark'."""
    path: str
    at: int = 0
    octets: bytes = b""


def record(home: Path, folder: Path, marks: Path) -> list[Act]:
    """Run the scenario; what it did to the files in `home`, and its marks."""
    log = marks.with_suffix(".strace")
    strace = [program("strace"), "-f", "-y", "-xx", "-s", "1000000", "-o", str(log)]
    command = [sys.executable, "-m", "tests.power.scenario", str(home), str(folder), str(marks)]
    subprocess.run(
        [*strace, "-e", f"trace={','.join(CALLS)}", *command], cwd=ROOT, check=True, timeout=300
    )
    return list(acts(log.read_bytes().splitlines(), str(home), str(marks)))


def acts(lines: list[bytes], home: str, marks: str) -> Iterator[Act]:
    """What is of interest here, in the order in which it ended."""
    begun: dict[bytes, bytes] = {}
    for line in lines:
        if found := SPLIT.match(line):
            begun[found[1]] = found[2]
            continue
        if found := RESUMED.match(line):
            line = found[1] + b" " + begun.pop(found[1]) + found[2]
        if (call := LINE.match(line)) and int(call[4]) >= 0:
            yield from _act(call[2].decode(), call[3], int(call[4]), home, marks)


def _act(name: str, arguments: bytes, result: int, home: str, marks: str) -> Iterator[Act]:
    strings = [bytes.fromhex(s[1].replace(b"\\x", b"").decode()) for s in _strings(arguments)]
    described = re.match(rb"\d+<((?:\\x[0-9a-f]{2})*)>", arguments)
    path = bytes.fromhex(described[1].replace(b"\\x", b"").decode()).decode() if described else ""
    if name in ("open", "openat", "creat", "unlink", "unlinkat") and strings:
        path = strings[0].decode("utf-8", "surrogateescape")
    if path == marks and name == "write":
        yield Act("mark", "", octets=strings[0])
    if path != home and not path.startswith(f"{home}/mail.db"):
        return
    if path.endswith("-shm"):
        return  # never read after a crash: it is made again from the log
    if name in ("fsync", "fdatasync"):
        yield Act("sync", path)
    elif name == "pwrite64":
        assert len(strings[0]) == result, "half a write: this recorder does not know of it"
        yield Act("write", path, int(arguments.rpartition(b",")[2]), strings[0])
    elif name == "ftruncate":
        yield Act("truncate", path, int(arguments.rpartition(b",")[2]))
    elif name in ("unlink", "unlinkat"):
        yield Act("unlink", path)
    elif name in ("open", "openat"):
        if b"O_CREAT" in arguments:
            yield Act("create", path)
    elif name != "close":
        raise AssertionError(f"{name} of {path}: this recorder does not know of it")


def _strings(arguments: bytes) -> Iterator[re.Match[bytes]]:
    for found in STRING.finditer(arguments):
        assert not found[2], "cut short by strace"
        yield found
