"""The flight recorder, the days' costs and the budgets (migration 0003).

The log is bounded by age and by rows; what is too old goes in the transaction that adds to it.
"""

from __future__ import annotations

from store.db.open import Connection, write
from store.model.ids import AccountId
from store.model.link import Budget, Hold, Limit, LinkPrice, LinkReport, LinkStep, Octets, Step

LARGE_OCTETS, LATEST = 16 * 1024, 15
"""Steps so large, and so many of them, tell the rate of a line."""
KEPT_SECONDS = 30 * 86_400
MOST_STEPS = 20_000
"""Of all accounts: about 1.5 MB."""
MOST_DAYS = 400
BUDGET = (
    "octets_per_day, octets_per_month, money_per_month, price_per_megabyte, currency,"
    " from_hour, to_hour"
)


def record(db: Connection, account_id: AccountId, report: LinkReport) -> None:
    """Write what the line was used for. Writes nothing when it was not."""
    if report.steps or report.whole:
        with write(db):
            note(db, account_id, report)


def note(db: Connection, account_id: AccountId, report: LinkReport) -> None:
    """The same. Call inside `write`: a pass that changed nothing has one commit to say so.

    Writes nothing of an account that was removed meanwhile: its line is nobody's any more.
    """
    if db.execute("SELECT 1 FROM account WHERE id = ?", (account_id,)).fetchone() is None:
        return
    if report.steps:
        _add(db, account_id, report)
        _forget(db, account_id, report.at)
    if not report.whole:
        return
    if report.auto_profile is not None:
        profile = report.auto_profile.value
        db.execute(
            "UPDATE account SET auto_profile = :auto WHERE id = :id AND auto_profile <> :auto",
            {"auto": profile, "id": account_id},
        )
    db.execute("DELETE FROM link_hold WHERE account_id = ?", (account_id,))
    if (hold := report.hold) is not None:
        db.execute(
            "INSERT INTO link_hold (account_id, reason, until_at, waiting) VALUES (?, ?, ?, ?)",
            (account_id, hold.reason.value, hold.until_at, hold.waiting),
        )


def _add(db: Connection, account_id: AccountId, report: LinkReport) -> None:
    db.executemany(
        "INSERT INTO link_log (account_id, pass_began_at, step, began_at, milliseconds, octets_up,"
        " octets_down, turns, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(account_id, report.pass_began_at, each.step.value, each.began_at),
                *(each.milliseconds, each.octets_up, each.octets_down, each.turns, each.result),
            )
            for each in report.steps
        ],
    )
    up, down = sum(s.octets_up for s in report.steps), sum(s.octets_down for s in report.steps)
    db.execute(
        "INSERT INTO link_day (account_id, day, octets_up, octets_down) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (account_id, day) DO UPDATE SET octets_up = octets_up + excluded.octets_up,"
        " octets_down = octets_down + excluded.octets_down",
        (account_id, report.day, up, down),
    )


def _forget(db: Connection, account_id: AccountId, now: int) -> None:
    db.execute(
        "DELETE FROM link_log WHERE account_id = ? AND began_at < ?",
        (account_id, now - KEPT_SECONDS),
    )
    db.execute("DELETE FROM link_log WHERE id <= (SELECT max(id) FROM link_log) - ?", (MOST_STEPS,))
    db.execute(
        "DELETE FROM link_day WHERE account_id = :id AND day <= (SELECT day FROM link_day"
        " WHERE account_id = :id ORDER BY day DESC LIMIT 1 OFFSET :most)",
        {"id": account_id, "most": MOST_DAYS},
    )


def recent_steps(db: Connection, account_id: AccountId, *, most: int = 500) -> list[LinkStep]:
    """The last steps of an account, newest first, whatever the clock did meanwhile."""
    rows = db.execute(
        "SELECT step, began_at, milliseconds, octets_up, octets_down, turns, result FROM link_log"
        " WHERE account_id = ? ORDER BY id DESC LIMIT ?",
        (account_id, most),
    )
    return [_step(row) for row in rows]


def last_pass(db: Connection, account_id: AccountId) -> list[LinkStep]:
    """The steps of the last pass over the mailboxes, oldest first; the waits after it excepted."""
    rows = db.execute(
        "SELECT step, began_at, milliseconds, octets_up, octets_down, turns, result FROM link_log"
        " WHERE account_id = :id AND step <> 'idle' AND pass_began_at = (SELECT pass_began_at"
        " FROM link_log WHERE account_id = :id AND step NOT IN ('idle', 'submit',"
        " 'submit_connect') ORDER BY id DESC LIMIT 1) ORDER BY id",
        {"id": account_id},
    )
    return [_step(row) for row in rows]


def _step(row: tuple[object, ...]) -> LinkStep:
    step, began_at, milliseconds, up, down, turns, result = row
    return LinkStep(
        step=Step(str(step)),
        began_at=int(str(began_at)),
        milliseconds=int(str(milliseconds)),
        octets_up=int(str(up)),
        octets_down=int(str(down)),
        turns=int(str(turns)),
        result=str(result),
    )


def spent(db: Connection, account_id: AccountId, days: str) -> Octets:
    """What crossed the line on the local days that begin so: '2026-11-26', or '2026-11'."""
    row = db.execute(
        "SELECT coalesce(sum(octets_up), 0), coalesce(sum(octets_down), 0) FROM link_day"
        " WHERE account_id = ? AND day >= ? AND day < ? || '~'",
        (account_id, days, days),
    ).fetchone()
    return Octets(*row)


def budget(db: Connection, account_id: AccountId) -> Budget:
    """What an account may cost; no limit when nobody set one."""
    row = db.execute(
        f"SELECT {BUDGET} FROM link_budget WHERE account_id = ?", (account_id,)
    ).fetchone()
    return Budget() if row is None else Budget(**dict(zip(BUDGET.split(", "), row, strict=True)))


def set_budget(db: Connection, account_id: AccountId, wanted: Budget) -> None:
    """Write what an account may cost, in place of what was written before."""
    with write(db):
        db.execute(
            f"INSERT OR REPLACE INTO link_budget (account_id, {BUDGET})"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(account_id, wanted.octets_per_day, wanted.octets_per_month),
                *(wanted.money_per_month, wanted.price_per_megabyte, wanted.currency),
                *(wanted.from_hour, wanted.to_hour),
            ),
        )


def holds(db: Connection, *, now: int) -> dict[AccountId, Hold]:
    """What the budgets keep from coming, by account. One that is over is none, node or no node."""
    rows = db.execute(
        "SELECT account_id, reason, until_at, waiting FROM link_hold WHERE until_at > ?", (now,)
    )
    return {
        AccountId(row[0]): Hold(reason=Limit(row[1]), until_at=row[2], waiting=row[3])
        for row in rows
    }


def usual_letter_octets(db: Connection, account_id: AccountId) -> int | None:
    """The mean size of the newest letters held, to guess what others will cost; None without."""
    row = db.execute(
        "SELECT avg(size) FROM (SELECT size FROM email WHERE account_id = ?"
        " ORDER BY id DESC LIMIT 500)",
        (account_id,),
    ).fetchone()
    return None if row[0] is None else round(row[0])


def price_of(db: Connection, account_id: AccountId) -> LinkPrice:
    """What an octet costs on the line of an account: its rate of late, and its price."""
    rates = sorted(
        row[0]
        for row in db.execute(
            "SELECT octets_down * 1000 / milliseconds FROM link_log WHERE account_id = ?"
            " AND step = 'fetch' AND result = '' AND octets_down >= ? AND milliseconds > 0"
            " ORDER BY id DESC LIMIT ?",
            (account_id, LARGE_OCTETS, LATEST),
        )
    )
    known = budget(db, account_id)
    rate = max(1, rates[len(rates) // 2]) if rates else None
    return LinkPrice(rate, known.price_per_megabyte, known.currency)
