"""Read the inbox of an installation until nothing waits: python -m bench.drain CONFIG. Prints JSON: records, seconds.

It begins when it gets a line on standard input, so that several begin together.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from vocbot.ahead import Ahead
from vocbot.config.load import load
from vocbot.listen.parse import lag
from vocbot.registry import find_connectors
from vocbot.runtime import build, draining


def main() -> None:
    registry = find_connectors()
    core = build(load(Path(sys.argv[1]), registry), registry)
    drain = draining(core, Ahead(core.loop.classify.understand), core.ports("poll_source"))
    print("ready", flush=True)
    sys.stdin.readline()
    cpu, began, records = time.process_time(), time.perf_counter(), 0
    while True:
        read = drain()
        records += read
        if not read:
            if not lag(core.store):
                break
            time.sleep(0.02)  # others are reading the rest
    took = {"cpu": time.process_time() - cpu, "seconds": time.perf_counter() - began}
    print(json.dumps({"records": records, **took}), flush=True)
    core.close()


if __name__ == "__main__":
    main()
