"""A load of ready-made requests over many connections, and what it met: a process of its own, so that it takes no time
from the server that is measured.

    python -m bench.load PORT CONNECTIONS SECONDS < requests

Standard input holds requests as length-prefixed bytes; each is sent once. Prints JSON: requests, seconds, statuses,
p50 and p99 in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator

import uvloop


class Sender(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], met: Met, until: float) -> None:
        self._requests, self._met, self._until = requests, met, until
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's own is none by class
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._met.note(int(head[9:12]), time.perf_counter() - self._sent)
        self._buffer = b""
        self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _next(self) -> None:
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


class Met:
    """What came back."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.times: list[float] = []

    def note(self, status: int, seconds: float) -> None:
        self.statuses[status] += 1
        self.times.append(seconds)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def load(port: int, connections: int, seconds: float, requests: Iterator[bytes]) -> Met:
    """Send until the time is up or nothing is left to send."""
    met, loop = Met(), asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    made = [
        await loop.create_connection(lambda: Sender(requests, met, until), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(sender.done for _, sender in made))
    return met


def main() -> None:
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    raw, requests, at = sys.stdin.buffer.read(), [], 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        requests.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    began = time.perf_counter()
    met = uvloop.run(load(port, connections, seconds, iter(requests)))
    took, times = time.perf_counter() - began, sorted(met.times)
    print(
        json.dumps(
            {
                "requests": len(times),
                "seconds": took,
                "statuses": met.statuses,
                "p50": 1e3 * times[len(times) // 2] if times else 0.0,
                "p99": 1e3 * times[int(len(times) * 0.99)] if times else 0.0,
            }
        )
    )


if __name__ == "__main__":
    main()
