"""The base of the stand-ins is what demo and contract suite are judged by: it must fail exactly as it was told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from vocbot.sdk.clock import RealClock
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Fault, Refuse, Standin, read_log, route
from vocbot.sdk.wire import Request


class Shop(Standin):
    id = "shop"
    contract_status = 422

    def __init__(self, log_path: Path) -> None:
        super().__init__(log_path, RealClock())
        self.notes: dict[str, str] = {}

    def settings(self) -> dict[str, Any]:
        return {"url": self.url}

    def samples(self, hook: str) -> Sequence[Request]:
        return [Request("POST", hook, {"content-type": "application/json"}, b'{"id": 1}')]

    def authorised(self, call: Call) -> bool:
        return call.path == "/open" or call.headers.get("authorization") == "Bearer good"

    @route("POST", "/notes/{key}", Shape({"text": str}))
    def write(self, call: Call) -> Answer:
        if call.json["text"] == "bad":
            raise Refuse(409, {"error": "conflict"})
        self.notes[call.params["key"]] = call.json["text"]
        self.effect("noted", key=call.params["key"])
        return Answer(201, {"key": call.params["key"], "said": "好" * 20})

    @route("GET", "/notes/{key}")
    def show(self, call: Call) -> Answer:
        return Answer(200, {"text": self.notes[call.params["key"]], "query": call.query})

    @route("POST", "/form")
    def form(self, call: Call) -> Answer:
        return Answer(200, call.json)

    @route("GET", "/open")
    @route("GET", "/also-open")
    def open(self, call: Call) -> Answer:
        return Answer(200, b"raw", {"content-type": "text/plain", "x-of-ours": "1"})


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "shop.jsonl")
    shop.start()
    yield shop
    shop.stop()


def call(shop: Shop, method: str, path: str, **more: Any) -> httpx.Response:
    return httpx.request(method, shop.url + path, headers={"authorization": "Bearer good"}, timeout=5, **more)


def test_routes_parameters_and_the_log(shop: Shop) -> None:
    assert call(shop, "POST", "/notes/a-1", json={"text": "你好"}).status_code == 201
    assert call(shop, "GET", "/notes/a-1?x=1&y=%20").json() == {"text": "你好", "query": {"x": "1", "y": " "}}
    written, shown = shop.log()
    assert written["body"] == {"text": "你好"}
    assert (written["direction"], written["method"], written["path"]) == ("in", "POST", "/notes/a-1")
    assert (written["status"], written["verdict"], written["fault"]) == (201, "ok", None)
    assert written["effects"] == [{"effect": "noted", "key": "a-1"}]
    assert (shown["effects"], shown["query"]) == ([], {"x": "1", "y": " "})
    assert shop.effects("noted") == [{"effect": "noted", "key": "a-1"}]
    assert shop.effects("other") == []


def test_forms_and_raw_answers(shop: Shop) -> None:
    assert call(shop, "POST", "/form", data={"a": "1", "b": ""}).json() == {"a": "1", "b": ""}
    answer = httpx.get(shop.url + "/open")
    assert (answer.text, answer.headers["x-of-ours"]) == ("raw", "1")
    assert answer.headers.get_list("content-type") == ["text/plain"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "verdict"),
    [
        ("GET", "/nowhere", None, 404, "unknown call"),
        ("DELETE", "/notes/a", None, 405, "unknown call"),
        ("GET", "/notes/a/b", None, 404, "unknown call"),
        ("POST", "/notes/a", {"text": 1}, 422, "contract: text: int is not str"),
        ("POST", "/notes/a", {}, 422, "contract: text: missing"),
        ("POST", "/notes/a", {"text": "bad"}, 409, "refused"),
    ],
)
def test_what_a_vendor_refuses(shop: Shop, method: str, path: str, body: Any, status: int, verdict: str) -> None:
    assert call(shop, method, path, json=body).status_code == status
    (entry,) = shop.log()
    assert (entry["status"], entry["verdict"], entry["effects"]) == (status, verdict, [])


def test_a_body_that_is_no_json_breaks_the_contract_and_nothing_else(shop: Shop) -> None:
    headers = {"authorization": "Bearer good", "content-type": "application/json"}
    answer = httpx.post(shop.url + "/notes/a", headers=headers, content=b"{nul\x00")
    assert answer.status_code == 422
    assert shop.log()[0]["body"] == "{nul\x00"


def test_authorisation_comes_before_the_contract(shop: Shop) -> None:
    assert httpx.post(shop.url + "/notes/a", json={}).status_code == 401
    assert shop.log()[0]["verdict"] == "unauthorised"


def test_fault_answer_happens_instead_of_the_work(shop: Shop) -> None:
    shop.faults.add(Fault("POST /notes", "answer", 429, {"Retry-After": "7"}, {"error": "slow down"}))
    refused = call(shop, "POST", "/notes/a", json={"text": "x"})
    assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (429, "7", {"error": "slow down"})
    assert shop.effects("noted") == []
    assert call(shop, "POST", "/notes/a", json={"text": "x"}).status_code == 201
    assert [entry["fault"] for entry in shop.log()] == ["answer", None]


def test_fault_drop_happens_after_the_work(shop: Shop) -> None:
    shop.faults.add(Fault("POST /notes", "drop"))
    with pytest.raises(httpx.TransportError):
        call(shop, "POST", "/notes/a", json={"text": "x"})
    assert shop.effects("noted") == [{"effect": "noted", "key": "a"}]
    assert shop.log()[0]["fault"] == "drop"


def test_fault_error_after_happens_after_the_work(shop: Shop) -> None:
    shop.faults.add(Fault("POST /notes", "error_after", 502, body={"error": "bad gateway"}))
    assert call(shop, "POST", "/notes/a", json={"text": "x"}).status_code == 502
    assert shop.effects("noted") == [{"effect": "noted", "key": "a"}]


def test_fault_drip_answers_slower_than_a_client_waits(shop: Shop) -> None:
    shop.faults.add(Fault("POST /notes", "drip", seconds=0.4))
    begun = time.monotonic()
    assert call(shop, "POST", "/notes/a", json={"text": "x"}).json()["key"] == "a"
    assert time.monotonic() - begun > 0.3


def test_faults_match_in_order_and_as_often_as_planned(shop: Shop) -> None:
    shop.faults.add(
        Fault("GET", "answer", 500, times=2), Fault("/open$", "answer", 418), Fault("DELETE", "answer", 599)
    )
    assert [httpx.get(shop.url + "/open").status_code for _ in range(4)] == [500, 500, 418, 200]


def test_a_handler_may_have_several_routes(shop: Shop) -> None:
    assert call(shop, "GET", "/also-open").text == "raw"


def test_parallel_requests_keep_their_own_effects(shop: Shop) -> None:
    def post(number: int) -> None:
        call(shop, "POST", f"/notes/k{number}", json={"text": "x"})

    threads = [threading.Thread(target=post, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(effect["key"] for effect in shop.effects("noted")) == sorted(f"k{n}" for n in range(12))
    assert all([e["key"] for e in entry["effects"]] == [entry["path"].split("/")[-1]] for entry in shop.log())


def test_a_log_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert list(read_log(tmp_path / "none.jsonl")) == []


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes], list[int]]]:
    """A hook that answers with the given statuses, one after the other."""
    got: list[bytes] = []
    statuses: list[int] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(statuses.pop(0))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", got, statuses
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("answers", "last"),
    [([200], 200), ([503, 500, 202], 202), ([401], 401), ([413], 413), ([503, 503, 503], 503)],
)
def test_events_are_delivered_until_they_are_taken(
    shop: Shop, receiver: tuple[str, list[bytes], list[int]], answers: list[int], last: int
) -> None:
    url, got, statuses = receiver
    statuses.extend(answers)
    (sample,) = shop.samples(url)
    assert shop.deliver(sample, attempts=3, pause=0.01) == last
    assert got == [b'{"id": 1}'] * len(answers)
    assert [(e["direction"], e["status"]) for e in shop.log()] == [("out", status) for status in answers]


def test_an_unreachable_hook_is_no_crash(shop: Shop) -> None:
    (sample,) = shop.samples("http://127.0.0.1:9/hook")
    assert shop.deliver(sample, attempts=2, pause=0.01) == 0
    assert [entry["status"] for entry in shop.log()] == [0, 0]
