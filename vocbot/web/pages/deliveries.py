"""What leaves, what waits, what was given up; for administrators: again, let go, hold, release."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import col, select

from vocbot.deliveries import dead, hold
from vocbot.store.delivery_list import delivery_list, unread
from vocbot.store.tables import Delivery
from vocbot.web.desk import Reading, Writing
from vocbot.web.refusals import Refused

router = APIRouter()
STATES = (
    "shadow",
    "awaiting",
    "held",
    "planned",
    "queued",
    "performing",
    "sent",
    "unknown",
    "rejected",
    "buried",
    "cancelled",
)
PAGE, DEAD_SHOWN, UNREAD_SHOWN = 30, 50, 30


@router.get("/deliveries")
def deliveries(desk: Reading, state: str = "", page: int = 1, done: str = "", problem: str = "") -> Response:
    """By connector, then what needs somebody, then the latest."""
    state, page = state if state in STATES else "", max(1, min(page, 10_000))
    with desk.console.opened.store.read() as session:
        latest = select(Delivery).order_by(col(Delivery.id).desc())
        if state:
            latest = latest.where(Delivery.state == state)
        shown = session.exec(latest.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
        facts: dict[str, Any] = {
            "connectors": delivery_list(session, desk.console.opened.clock.now()),
            "dead": dead.dead(session)[:DEAD_SHOWN],
            "unread": unread(session)[:UNREAD_SHOWN],
        }
    return desk.page(
        "deliveries.html",
        shown=[list(alike) for _, alike in groupby(shown[:PAGE], key=_kind)],
        more=len(shown) > PAGE,
        state=state,
        states=STATES,
        page_number=page,
        runs=desk.may("run deliveries"),
        done=done,
        problem=problem if problem in ("not_dead", "may_be_twice", "hold_late") else "",
        **facts,
    )


@router.post("/deliveries/{ident}/{verb}")
def act(desk: Writing, ident: int, verb: str) -> Response:
    """Do again what was given up, or let it go."""
    desk.require("run deliveries")
    now, by = desk.console.opened.clock.now(), desk.user.name
    with desk.console.opened.store.write(lock="drain") as session:
        delivery = session.get(Delivery, ident)
        if delivery is None or verb not in ("replay", "drop"):
            raise Refused(404, "no_page")
        if verb == "drop":
            problem = "" if dead.drop(session, delivery, by, desk.form.get("why", "")[:500], now) else "not_dead"
        else:
            again = dead.replay(session, delivery, by, now, twice=desk.form.get("twice") == "yes")
            problem = "" if again == "planned" else again.replace(" ", "_")
    if problem:
        return desk.done(f"/deliveries?problem={problem}")
    return desk.done("/deliveries", "replayed" if verb == "replay" else "dropped")


@router.post("/connectors/{name}/{verb}")
def connector(desk: Writing, name: str, verb: str) -> Response:
    """Let nothing leave through a connector, or let it go on."""
    desk.require("run deliveries")
    now, by = desk.console.opened.clock.now(), desk.user.name
    if name not in desk.console.settings.connectors or verb not in ("hold", "release"):
        raise Refused(404, "no_page")
    with desk.console.opened.store.write() as session:
        if verb == "hold":
            did = hold.hold(session, name, by, desk.form.get("why", "")[:500], now)
        else:
            did = hold.release(session, name, by, now)
    if not did:
        return desk.done("/deliveries?problem=hold_late")
    return desk.done("/deliveries", "held" if verb == "hold" else "released")


def _kind(one: Delivery) -> tuple[str, ...]:
    """What is said in one line where it stands in a row: a round of notices is forty acts alike."""
    return one.state, one.act, one.subject, one.connector, one.error
