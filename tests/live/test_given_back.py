"""A person with sudo runs these tests as root: what root left in their folder is theirs again."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

AS_ROOT = Path(__file__).parents[2] / ".ci" / "as-root"
PERSON = 12345
LEAVES_A_CACHE = 'mkdir cache && touch cache/one && ln -s /etc/passwd cache/link && "$@"'


def run(folder: Path, *then: str) -> subprocess.Popen[bytes]:
    """Start, as sudo would, a command that leaves a cache and goes on with `then`."""
    identity = {"SUDO_UID": str(PERSON), "SUDO_GID": str(PERSON)}
    return subprocess.Popen(
        [AS_ROOT, "sh", "-c", LEAVES_A_CACHE, "sh", *then],
        cwd=folder,
        env={**os.environ, **identity},
        stdout=subprocess.PIPE,
        start_new_session=True,
        # What began these tests in the background may have made them deaf to Ctrl+C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in folder.rglob("*")}


@pytest.mark.parametrize("status", [0, 3])
def test_what_root_left_is_the_person_s_and_the_outcome_is_told(
    tmp_path: Path, status: int
) -> None:
    with run(tmp_path, "exit", str(status)) as ran:
        assert ran.wait() == status
    assert owners(tmp_path) == {PERSON}
    assert Path("/etc/passwd").stat().st_uid == 0


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_is_given_back_when_the_person_interrupts(tmp_path: Path, by: signal.Signals) -> None:
    with run(tmp_path, "exec", "sh", "-c", "echo ready; exec sleep 600") as ran:
        assert ran.stdout is not None
        assert ran.stdout.readline() == b"ready\n"
        os.killpg(ran.pid, by)
        assert ran.wait() == 128 + by
    assert owners(tmp_path) == {PERSON}
