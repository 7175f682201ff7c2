"""What became of a request to be forgotten, without personal data: counts, keyed hashes, edits, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from vocbot.store.tables import AuditEntry, Delivery

ACTION = "forgotten"
_KEPT = (
    "the pseudonym, in the audit log and as an empty row, so that numbers stay right",
    "how often, when and where something was said, without the words",
    "the ids that sources gave to the items, so that they are not taken in again",
)


@dataclass(frozen=True)
class Certificate:
    """All requests about one Person, joined. `removed` is what to (count, keyed hashes of what it was)."""

    person: str
    merged: tuple[str, ...]
    asked: tuple[tuple[datetime, str], ...]  # when, who ran it
    removed: Mapping[str, tuple[int, tuple[str, ...]]]
    edited: Mapping[str, str]  # key of the act to its state now
    unreached: Sequence[tuple[str, str, str, int]]  # what, where, why, how many

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "person": self.person,
            "merged": list(self.merged),
            "asked": [{"at": at.isoformat(), "by": by} for at, by in self.asked],
            "removed": [{"what": w, "count": n, "hashes": list(h)} for w, (n, h) in self.removed.items()],
            "edited": [{"act": key, "state": state} for key, state in self.edited.items()],
            "unreached": [{"what": w, "where": p, "why": y, "count": n} for w, p, y, n in self.unreached],
            "kept": list(_KEPT),
        }

    def text(self) -> str:
        """For people."""
        lines = [f"{self.person} is forgotten" + (f" (with {', '.join(self.merged)})" if self.merged else "")]
        lines += [f"asked {at.isoformat(timespec='minutes')} by {by}" for at, by in self.asked]
        lines += ["", "removed:"]
        lines += [
            f"  {count} {what}  [{', '.join(h[:12] for h in hashes)}]" for what, (count, hashes) in self.removed.items()
        ]
        lines += ["", "edited elsewhere:" if self.edited else "edited elsewhere: nothing had to be"]
        lines += [f"  {key}: {state}" for key, state in self.edited.items()]
        lines += ["", "could not be reached:"]
        lines += [f"  {count} x {what} ({where}): {why}" for what, where, why, count in self.unreached]
        lines += ["", "kept:", *(f"  {what}" for what in _KEPT), ""]
        return "\n".join(lines)


def certificate(session: Session, pseudonym: str) -> Certificate | None:
    """What the audit log says of the requests about a Person, and how their edits stand now; None without any."""
    entries = session.exec(
        select(AuditEntry)
        .where(AuditEntry.subject == pseudonym, AuditEntry.action == ACTION)
        .order_by(col(AuditEntry.id))
    ).all()
    if not entries:
        return None
    removed: dict[str, tuple[int, tuple[str, ...]]] = {}
    for entry in entries:
        for one in entry.detail["removed"]:
            count, hashes = removed.get(one["what"], (0, ()))
            removed[one["what"]] = count + one["count"], (*hashes, one["hash"])
    keys = [key for entry in entries for key in entry.detail["edits"]]
    states = dict(session.exec(select(Delivery.key, Delivery.state).where(col(Delivery.key).in_(keys))).all())
    left: dict[tuple[str, str, str], int] = {}
    for entry in entries:
        for what, where, why, count in entry.detail["unreached"]:
            left[what, where, why] = max(left.get((what, where, why), 0), count)
    return Certificate(
        pseudonym,
        tuple(dict.fromkeys(name for entry in entries for name in entry.detail["merged"])),
        tuple((entry.at, entry.actor) for entry in entries),
        removed,
        {key: states.get(key, "gone") for key in keys},
        [(*place, count) for place, count in left.items()],
    )
