"""The durable engine behind two verbs: enqueue an attempt in a transaction of ours, and run it once, crash or not.

The only module besides `rescue` that knows DBOS. One workflow is one attempt of one act; no steps, delays, schedules
or limiter of the engine are used, because every wait is a row on our own clock.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig
from sqlalchemy import Engine as SqlEngine
from sqlmodel import Session

from vocbot.deliveries.limits import AHEAD

QUEUE = "vocbot_deliveries"
WORKFLOW = "vocbot_attempt"
VERSION = "1"  # set by hand: by default it is a hash of the source, and work of another version is never taken


class Engine:
    """One per process (the library holds its own singleton). `run` gets (delivery id, attempt)."""

    def __init__(
        self, database: SqlEngine, run: Callable[[int, int], None], polling: float, side_by_side: int = 4
    ) -> None:
        self.executor = f"vocbot-{uuid.uuid4().hex[:12]}"
        self._database = database
        self._polling = polling
        self._side_by_side = side_by_side
        self._client: DBOSClient | None = None
        logging.getLogger("dbos").setLevel(logging.ERROR)
        config: DBOSConfig = {
            "name": "vocbot",
            "system_database_url": database.url.render_as_string(hide_password=False),
            "system_database_engine": database,  # shared, so that planning and enqueuing are one transaction
            "application_version": VERSION,
            "executor_id": self.executor,
            "log_level": "ERROR",
            "use_listen_notify": False,
            "scheduler_polling_interval_sec": 3600.0,
        }
        DBOS(config=config)

        @DBOS.workflow(name=WORKFLOW)
        def attempt(delivery_id: int, number: int, slot: float = 0.0) -> None:
            time.sleep(max(0.0, min(slot - time.time(), AHEAD.total_seconds())))
            run(delivery_id, number)

    def start(self) -> None:
        """Create the engine's tables if needed and begin to work."""
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        # one queue with a partition per connector: a queue of its own for each costs half a core when idle
        DBOS.register_queue(QUEUE, partition_worker_concurrency=self._side_by_side, polling_interval_sec=self._polling)
        self._client = DBOSClient(
            system_database_url=self._database.url.render_as_string(hide_password=False),
            system_database_engine=self._database,
        )

    def enqueue(self, session: Session, delivery_id: int, attempt: int, connector: str, slot: datetime) -> None:
        """Hand over one attempt in the running transaction; it begins at `slot` (physical time) or later. The same
        attempt twice is one."""
        assert self._client is not None, "the engine is not started"
        options: Any = {
            "queue_name": QUEUE,
            "workflow_name": WORKFLOW,
            "workflow_id": f"{delivery_id}:{attempt}",
            "queue_partition_key": connector,
            "app_version": VERSION,
        }
        self._client.enqueue_in_transaction(session, options, delivery_id, attempt, slot.timestamp())

    def stop(self, drain: float = 5.0) -> None:
        """Take no more work and give running attempts `drain` seconds to settle."""
        if self._client is not None:
            self._client.destroy()
            self._client = None
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=int(drain))
