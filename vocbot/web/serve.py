"""Run the web server and the worker in this process until it is told to stop."""

from __future__ import annotations

import gc
import logging
import signal

import uvicorn

from vocbot.runtime import Core, Runtime
from vocbot.web.app import make_app


def serve(core: Core) -> None:
    """Serve until SIGTERM or SIGINT; then take no more, finish what runs, and go."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # the web server catches both, ends, and raises them again: by then stopping is under way
        signal.signal(number, lambda *_: None)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    runtime = Runtime(core)
    runtime.start()
    web = core.configuration.settings.web
    config = uvicorn.Config(
        make_app(runtime), host=web.host, port=web.port, log_level="warning", access_log=False, lifespan="off"
    )
    # what lives now lives to the end: the collector need not look at it while senders wait
    gc.collect()
    gc.freeze()
    try:
        uvicorn.Server(config).run()
    finally:
        runtime.stop()
