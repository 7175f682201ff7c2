"""The first page: the loop with its numbers, what waits for me, what is silent or stuck."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from vocbot.listen.parse import lag
from vocbot.store import today as queries
from vocbot.store.approval_list import approval_list
from vocbot.store.source_list import source_list
from vocbot.tell import opinions
from vocbot.web.desk import Reading

router = APIRouter()


@router.get("/")
def today(desk: Reading, done: str = "") -> Response:
    """Today."""
    opened = desk.console.opened
    now, day = opened.clock.now(), desk.today
    with opened.store.read() as session:
        numbers = queries.today(session, day, now)
        waiting = approval_list(session)
        facts: dict[str, Any] = {
            "rising": queries.rising(session, day),
            "stuck": queries.stuck(session),
            "timers": queries.failing_timers(session),
            "unread": queries.unread(session),
            "opinions": opinions.found(session) if desk.may("sort") else [],
        }
    mine = [w for w in waiting if desk.may(f"decide {w.token.partition(':')[0]}")]
    sources = source_list(opened.store, now)
    return desk.page(
        "today.html",
        numbers=numbers,
        mine=mine,
        others=len(waiting) - len(mine),
        sources=sources,
        silent=[s for s in sources if s.alarms],
        inbox=lag(opened.store),
        modes=desk.console.settings.modes,
        empty=not sources and not numbers.heard and not numbers.issues,
        now=now,
        done=done,
        **facts,
    )
