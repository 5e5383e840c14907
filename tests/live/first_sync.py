"""A first sync in a process of its own, to be killed: `python -m tests.live.first_sync ROOT`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from pathlib import Path

from store.db.accounts import accounts
from store.db.open import connect
from store.host.keys import unlock
from store.host.paths import Home
from sync.imap.account import sync_account
from sync.imap.connect import connect as log_in


async def main(root: Path) -> None:
    """Say `syncing` once logged in, then sync to the end."""
    home = Home(root)
    with closing(connect(home, unlock(home, key_file=root / "test.key"))) as db:
        (account,) = accounts(db)
        session = await log_in(account, Path(account.password_file).read_text().strip())
        print("syncing", flush=True)
        await sync_account(session, db, account)
        await session.logout()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
