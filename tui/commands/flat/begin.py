"""Begin, lock and end the flat mode: the same promises as the screen's (tui/opening.py)."""

from __future__ import annotations

import getpass
import signal
import sys
import time
from types import FrameType

from store.db.migrate import migrate
from store.db.open import connect
from store.errors import Locked, MailError
from store.host import keys
from store.host.i18n import sentence
from store.host.keys import DataKey
from store.host.paths import Home
from tui.commands.flat.session import Flat, Left
from tui.commands.flat.talk import HungUp, Idle, Talk
from tui.nodestart import OwnNode
from tui.plain import explained, said
from tui.settings import Settings, read_kind

MOST_WAIT_SECONDS = 30


def run_flat(home: Home, key: DataKey) -> int:
    """Until the person leaves, or nobody is there any more. Returns the exit code."""
    settings, wrong = read_kind(home)
    talk = Talk(sys.stdin, idle_seconds=60.0 * settings.idle_minutes)
    if wrong is not None:
        talk.say(explained(wrong))
    for told in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(told, _hang_up)
    node = OwnNode()
    try:
        node.start(home, key)
    except MailError as error:
        talk.say(explained(error))
    held: DataKey | None = key
    try:
        while held is not None:
            held = _until_locked(talk, home, held, node, settings)
    except (HungUp, KeyboardInterrupt):
        pass  # what was typed of a letter is kept, answer by answer
    finally:
        talk.say(said("flat.goodbye"))
        node.stop()
    return 0


def _hang_up(_number: int, _frame: FrameType | None) -> None:
    raise HungUp


def _until_locked(
    talk: Talk, home: Home, given: DataKey, node: OwnNode, settings: Settings
) -> DataKey | None:
    """Talk; the key given anew after the store was locked, or None when the person leaves."""
    key = given.own_copy()
    db = connect(home, key)
    try:
        migrate(db)
        Flat(talk, home, key, db, node, settings).run()
    except Idle:
        talk.forget()
    except Left:
        return None
    else:
        return None
    finally:
        db.close()
        key.wipe()
    given.wipe()
    talk.say(said("flat.locked"))
    return _asked_again(talk, home) if keys.opens_with_passphrase(home) else None


def _asked_again(talk: Talk, home: Home) -> DataKey:
    """The passphrase, ever more slowly while it is wrong."""
    wait = 1
    while True:
        try:
            return keys.unlock(home, passphrase=getpass.getpass(sentence("key.ask")))
        except Locked as error:
            talk.say(explained(error))
            time.sleep(wait)
            wait = min(2 * wait, MOST_WAIT_SECONDS)
        except EOFError as error:
            raise HungUp from error
