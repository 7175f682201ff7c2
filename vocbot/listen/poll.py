"""Ask a source for what its webhooks lost: the same inbox, and the cursor moves once the records are durable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vocbot.listen.intake import Intake, IntakeFull
from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import Retryable
from vocbot.sdk.ports import PollSource
from vocbot.sdk.wire import Inbound
from vocbot.store.db import Store
from vocbot.store.tables import Cursor

MOST_PAGES = 50  # per round, so that one source with a long history does not hold up the others


@dataclass(frozen=True)
class Poller:
    """Everything polling needs."""

    store: Store
    clock: Clock
    intake: Intake
    sources: Mapping[str, PollSource]

    def __call__(self, source: str) -> int:
        """Read on from the source's cursor; returns how many records came.

        Raises what `PollSource.poll` raises, and Retryable while the intake is full; the cursor stays then.
        """
        name, came = f"poll:{source}", 0
        with self.store.read() as session:
            row = session.get(Cursor, name)
        cursor = row.value if row else None
        for _ in range(MOST_PAGES):
            page = self.sources[source].poll(cursor)
            now = self.clock.now()
            try:
                self.intake.accept_now(source, [Inbound("poll", r.event_id, r.body, {}, now) for r in page.records])
            except IntakeFull as error:
                raise Retryable(str(error)) from None
            came += len(page.records)
            cursor = page.cursor
            with self.store.write(lock=name) as session:
                session.merge(Cursor(name=name, value=cursor, moved_at=self.clock.now()))
            if not page.more:
                break
        return came
