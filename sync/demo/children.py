"""Run `pli` itself as other processes, exactly as a person would start it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from store.host.paths import Home

PACKAGES = Path(__file__).resolve().parent.parent.parent
NODE_SECONDS = 4.0
"""How long the report leaves a node to finish."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    output: bytes


def arguments(home: Home, *words: str) -> list[str]:
    """The command line of `pli --home HOME words...`."""
    return [sys.executable, "-m", "tui.cli", "--home", str(home.root), *words]


def environment(key_file: Path) -> dict[str, str]:
    """Ours, with the key file, and the place of our packages wherever we were called from."""
    inherited = os.environ.get("PYTHONPATH")
    places = f"{PACKAGES}{os.pathsep}{inherited}" if inherited else str(PACKAGES)
    ours = {name: value for name, value in os.environ.items() if name != "PLI_HOME"}
    return ours | {"PYTHONPATH": places, "PLI_KEY_FILE": str(key_file)}


async def run_command(home: Home, key_file: Path, *words: str) -> Ended:
    """Run one command to its end, its standard input empty."""
    process = await asyncio.create_subprocess_exec(
        *arguments(home, *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(key_file),
    )
    try:
        output, _ = await process.communicate()
    finally:
        await end(process, seconds=0)
    assert process.returncode is not None
    return Ended(process.returncode, output)


@asynccontextmanager
async def running_node(home: Home, key_file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A node of its own, as the screen starts one; ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *arguments(home, "node"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(key_file),
        # Ctrl+C is for us; the node ends when we tell it to.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process, *, seconds: float = NODE_SECONDS) -> int:
    """Ask a child to finish, wait, and stop it when it does not. Returns its exit code."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode
