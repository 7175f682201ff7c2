"""The wire: credentials, what they must not do, bounded answers, and what statuses and headers mean."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import respx

from connectors.http_json.client import Client
from connectors.http_json.config import HttpJsonSettings
from connectors.http_json.standin import CLIENT, USER, HttpJsonStandin
from tests.connectors.http_json.polling import changed
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.testing.standin import Fault

AT = "https://api.acme.example"
BASE: dict[str, Any] = {"base_url": f"{AT}/v2", "path": "/list", "items": "@", "map": {"text": "text"}}
SECRET = "very-secret-token"


def settings(**changes: Any) -> HttpJsonSettings:
    return changed(BASE, **changes)


def ask(**changes: Any) -> Any:
    return Client(settings(**changes)).ask({}, None).value


@pytest.mark.parametrize(
    "ways",
    [
        {"bearer": "TOKEN"},
        {"username": USER, "password": "TOKEN"},
        {"secret_params": {"api_key": "TOKEN"}},
        {"secret_headers": {"authorization": "Bearer TOKEN"}},
        {"oauth": {"token_url": "URL/oauth/token", "client_id": CLIENT, "client_secret": "TOKEN"}},
        {"oauth": {"token_url": "URL/oauth/token", "client_id": CLIENT, "client_secret": "TOKEN", "send": "basic"}},
    ],
    ids=lambda ways: "-".join(ways),
)
def test_every_way_of_credentials_opens(api: HttpJsonStandin, ways: dict[str, Any]) -> None:
    text = json.dumps(ways).replace("TOKEN", api.token).replace("URL", api.url)
    plain = {**BASE, "base_url": f"{api.url}/v1", "path": "/all"}
    assert Client(changed(plain, **json.loads(text))).ask({}, None).value == []
    wrong = text.replace(api.token, "wrong")
    with pytest.raises(Rejected) as refusal:
        Client(changed(plain, **json.loads(wrong))).ask({}, None)
    assert refusal.value.status == 401


def test_a_token_is_kept_and_renewed_once_when_it_is_refused(api: HttpJsonStandin) -> None:
    oauth = {"token_url": f"{api.url}/oauth/token", "client_id": CLIENT, "client_secret": api.token, "scope": "read"}
    client = Client(changed({**BASE, "base_url": f"{api.url}/v1", "path": "/all"}, oauth=oauth))
    for _ in range(2):
        client.ask({}, None)
    api.revoke_tokens()
    client.ask({}, None)
    assert [(entry["path"], entry["status"]) for entry in api.log()] == [
        ("/oauth/token", 200),
        ("/v1/all", 200),
        ("/v1/all", 200),
        ("/v1/all", 401),
        ("/oauth/token", 200),
        ("/v1/all", 200),
    ]
    assert api.log()[0]["body"]["scope"] == "read"
    api.faults.add(Fault("/v1/all", "answer", 401, times=9))
    with pytest.raises(Rejected):
        client.ask({}, None)
    assert len(api.log()) == 9


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Fault("oauth", "answer", 503), Retryable),
        (Fault("oauth", "answer", 500), Retryable),
        (Fault("oauth", "drop"), Retryable),
        (Fault("oauth", "answer", 200, body=b"<html>"), Retryable),
        (Fault("oauth", "answer", 200, body={"token": "x"}), Rejected),
        (Fault("oauth", "answer", 200, body=[]), Rejected),
    ],
)
def test_without_a_token_nothing_is_asked(api: HttpJsonStandin, fault: Fault, raised: type[Exception]) -> None:
    oauth = {"token_url": f"{api.url}/oauth/token", "client_id": CLIENT, "client_secret": api.token}
    api.faults.add(fault)
    with pytest.raises(raised) as error:
        Client(changed({**BASE, "base_url": f"{api.url}/v1", "path": "/all"}, oauth=oauth)).ask({}, None)
    assert api.token not in str(error.value)
    assert {entry["path"] for entry in api.log()} == {"/oauth/token"}


@respx.mock
def test_a_request_is_what_the_settings_say() -> None:
    route = respx.post(f"{AT}/v2/list").mock(httpx.Response(200, json=[]))
    client = Client(settings(method="POST", headers={"X-Shop": "7"}, body={"a": 1}, secret_params={"k": SECRET}))
    client.ask({"status": ["open", "new"], "q": "优惠 &", "deep": True}, {"page": 2})
    request = route.calls[0].request
    assert dict(request.url.params.multi_items()) == {"status": "new", "q": "优惠 &", "deep": "true", "k": SECRET}
    assert request.url.params.get_list("status") == ["open", "new"]
    assert json.loads(request.content) == {"page": 2}
    assert (request.headers["x-shop"], request.headers["accept"]) == ("7", "application/json")
    form = Client(settings(method="POST", body_type="form", body={"page": "{since}"}, map={"time": "t"}))
    form.ask({}, {"page": 2, "q": "优惠"})
    assert route.calls[1].request.content == b"page=2&q=%E4%BC%98%E6%83%A0"


@respx.mock
@pytest.mark.parametrize(
    ("status", "headers", "raised", "after"),
    [
        (429, {"Retry-After": "33"}, Retryable, 33.0),
        (503, {"Retry-After": "7"}, Retryable, 7.0),
        (429, {"X-RateLimit-Reset": "45"}, Retryable, 45.0),
        (429, {"Retry-After": "0", "X-RateLimit-Reset": "45"}, Retryable, 0.0),
        (429, {"Retry-After": "3", "X-RateLimit-Reset": "45"}, Retryable, 3.0),
        (429, {"X-Rate-Limit-Reset": "1793696850", "Date": "Tue, 03 Nov 2026 09:07:00 GMT"}, Retryable, 30.0),
        (429, {"X-RateLimit-Reset": "1793696850000", "Date": "Tue, 03 Nov 2026 09:07:00 GMT"}, Retryable, 30.0),
        (429, {"X-RateLimit-Reset": "2026-11-03T09:07:30Z", "Date": "Tue, 03 Nov 2026 09:07:00 GMT"}, Retryable, 30.0),
        (429, {"X-RateLimit-Reset": "1793696850", "Date": "Tue, 03 Nov 2026 10:07:00 GMT"}, Retryable, 0.0),
        (429, {"X-RateLimit-Reset": "soon"}, Retryable, None),
        (429, {"X-RateLimit-Reset": "-5"}, Retryable, None),
        (429, {"X-RateLimit-Reset": "nan"}, Retryable, None),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}, Retryable, 9.0),
        (403, {"X-RateLimit-Remaining": "12"}, Rejected, None),
        (401, {}, Rejected, None),
        (404, {}, Rejected, None),
        (304, {}, Rejected, None),
        (500, {}, Retryable, None),
        (408, {}, Retryable, None),
    ],
)
def test_what_a_status_means(
    status: int, headers: dict[str, str], raised: type[Exception], after: float | None
) -> None:
    respx.get(f"{AT}/v2/list").mock(httpx.Response(status, headers=headers, text="the words of a customer"))
    with pytest.raises(raised) as error:
        ask(bearer=SECRET)
    assert str(error.value) == f"GET /v2/list: HTTP {status}"
    assert getattr(error.value, "after", None) == after
    assert getattr(error.value, "status", status) == status


@respx.mock
def test_a_limit_that_names_no_date_counts_from_now() -> None:
    reset = str(int(time.time()) + 60)
    respx.get(f"{AT}/v2/list").mock(httpx.Response(429, headers={"X-RateLimit-Reset": reset}))
    with pytest.raises(Retryable) as error:
        ask()
    assert error.value.after is not None and 50 < error.value.after <= 60
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    respx.get(f"{AT}/v2/list").mock(httpx.Response(429, headers={"Retry-After": soon}))
    with pytest.raises(Retryable) as error:
        ask()
    assert error.value.after is not None and 50 < error.value.after <= 60


def test_the_limit_of_the_standin(api: HttpJsonStandin) -> None:
    client = Client(changed(api.settings_for("none")))
    api.calls_left = 1
    client.ask({}, None)
    with pytest.raises(Retryable) as error:
        client.ask({}, None)
    assert error.value.after is not None and 25 < error.value.after <= 31


@respx.mock
@pytest.mark.parametrize(
    ("body", "headers", "value"),
    [
        (b"\xef\xbb\xbf[1]", {}, [1]),
        ('["优惠券"]'.encode("gbk"), {"Content-Type": "application/json; charset=gbk"}, ["优惠券"]),
        ('["优惠券"]'.encode(), {"Content-Type": "application/json; charset=gbk"}, ["优惠券"]),
        ('["café"]'.encode("latin-1"), {"Content-Type": "application/json; charset=ISO-8859-1"}, ["café"]),
        (b'["\\ud800"]', {}, ["\ud800"]),
        (b"null", {}, None),
    ],
)
def test_answers_are_decoded(body: bytes, headers: dict[str, str], value: Any) -> None:
    respx.get(f"{AT}/v2/list").mock(httpx.Response(200, content=body, headers=headers))
    assert ask() == value


@respx.mock
@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (b"<html>down</html>", {"Content-Type": "text/html; charset=utf-8"}, "the answer is not JSON but text/html"),
        (b"<html>down</html>", {"Content-Type": "li na's <words>"}, "the answer is not JSON"),
        (b"", {}, "the answer is not JSON"),
        (b'{"a": [1, 2', {"Content-Type": "application/json"}, "the answer is not JSON"),
        (b"\xff\xfe[1]", {}, "the answer is not JSON"),
        (b"\xff[1]", {"Content-Type": "application/json; charset=klingon"}, "the answer is not JSON"),
        (b"[" * 100_000, {}, "the answer is not JSON"),
        (b"[" + b"9" * 5000 + b"]", {}, "the answer is not JSON"),
    ],
)
def test_what_is_no_json_is_tried_again(body: bytes, headers: dict[str, str], said: str) -> None:
    stream = httpx.Response(200, stream=httpx.ByteStream(body), headers=headers)
    respx.get(f"{AT}/v2/list").mock(stream)
    with pytest.raises(Retryable) as error:
        ask()
    assert str(error.value) == f"GET /v2/list: {said}"


def test_an_answer_that_cannot_be_unpacked_is_tried_again(api: HttpJsonStandin) -> None:
    api.faults.add(Fault("/v1/all", "answer", 200, {"Content-Encoding": "gzip"}, b"no gzip at all"))
    with pytest.raises(Retryable, match="GET /v1/all: DecodingError"):
        Client(changed(api.settings_for("none"))).ask({}, None)


@respx.mock
def test_an_answer_without_content_is_an_empty_one() -> None:
    respx.get(f"{AT}/v2/list").mock(httpx.Response(204))
    answer = Client(settings()).ask({}, None)
    assert (answer.value, answer.status) == (None, 204)


@respx.mock
def test_a_huge_answer_ends_early() -> None:
    taken = []

    def pieces() -> Any:
        for number in range(1000):
            taken.append(number)
            yield b" " * 1000

    respx.get(f"{AT}/v2/list").mock(httpx.Response(200, content=pieces()))
    with pytest.raises(Retryable, match="larger than max_bytes"):
        ask(max_bytes=10_000)
    assert len(taken) < 20


@respx.mock
def test_of_a_huge_error_page_little_is_read() -> None:
    taken = []

    def pieces() -> Any:
        for number in range(1000):
            taken.append(number)
            yield b" " * 10_000

    respx.get(f"{AT}/v2/list").mock(httpx.Response(500, content=pieces()))
    with pytest.raises(Retryable, match="HTTP 500"):
        ask(max_bytes=1000)
    assert len(taken) < 10


def test_a_dripping_answer_is_given_up_in_time() -> None:
    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(200):
                    self.wfile.write(b" ")
                    time.sleep(0.05)
            except OSError:
                return

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    begun = time.monotonic()
    with pytest.raises(Retryable, match=r"no whole answer in 0\.5 seconds"):
        Client(settings(base_url=f"http://127.0.0.1:{server.server_address[1]}"), 0.5).ask({}, None)
    assert time.monotonic() - begun < 3
    server.shutdown()
    server.server_close()


# -- addresses that the API names


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (f"{AT}/v2/list?after=7", "/v2/list?after=7"),
        ("https://API.acme.example:443/v2/list?after=7", "/v2/list?after=7"),
        ("http://api.acme.example/v2/list?after=7", "/v2/list?after=7"),
        ("http://api.acme.example:80/x", "/x"),
        ("/v3/list?a=1", "/v3/list?a=1"),
        ("?page=2", "/v2/list?page=2"),
        ("other?page=2", "/v2/other?page=2"),
        ("//api.acme.example/x", "/x"),
        ("https:///x", "/x"),
        ("https://u:p@api.acme.example/x", "/x"),
        (f"{AT}/x?a=%E4%BC%98+%ff&k={SECRET}&b=&%6B=1#part", "/x?a=%E4%BC%98+%ff&b="),
        (f"{AT}", "/"),
    ],
)
def test_the_next_address_is_kept_as_a_path_without_secrets(link: str, target: str) -> None:
    assert Client(settings(secret_params={"k": SECRET})).target(link) == target


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v2/list",
        "https://api.acme.example.evil.example/x",
        "https://api.acme.example@evil.example/x",
        "https://api.acme.example:8443/x",
        "http://api.acme.example:8080/x",
        "//evil.example/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_another_host_is_refused(link: str) -> None:
    with pytest.raises(Rejected) as error:
        Client(settings(bearer=SECRET)).target(link)
    assert "another host" in str(error.value) and "evil" not in str(error.value)


def test_an_api_without_tls_is_not_taken_for_one_with() -> None:
    client = Client(settings(base_url="http://127.0.0.1:8080"))
    assert client.target("http://127.0.0.1:8080/x") == "/x"
    for link in ("https://127.0.0.1:8080/x", "http://127.0.0.1/x", "http://localhost:8080/x"):
        with pytest.raises(Rejected):
            client.target(link)


@pytest.mark.parametrize("link", ["https://[::1", "https://api.acme.example:port/x"])
def test_an_address_that_cannot_be_read_is_tried_again(link: str) -> None:
    with pytest.raises(Retryable, match="cannot be read"):
        Client(settings()).target(link)


@respx.mock
def test_secrets_are_put_back_when_the_next_page_is_asked_for() -> None:
    route = respx.get(f"{AT}/v2/list").mock(httpx.Response(200, json=[]))
    Client(settings(secret_params={"k": SECRET})).follow("/v2/list?after=%ff+x")
    assert str(route.calls[0].request.url) == f"{AT}/v2/list?after=%ff+x&k={SECRET}"


@respx.mock
def test_redirects_on_the_same_host_are_followed() -> None:
    respx.get(f"{AT}/v2/list", params={"q": "1"}).mock(httpx.Response(301, headers={"Location": "/v2/list/?q=1"}))
    last = respx.get(f"{AT}/v2/list/").mock(httpx.Response(200, json=[7]))
    assert Client(settings(bearer=SECRET, secret_params={"k": "x"})).ask({"q": 1}, None).value == [7]
    assert str(last.calls[0].request.url) == f"{AT}/v2/list/?q=1&k=x"
    assert last.calls[0].request.headers["authorization"] == f"Bearer {SECRET}"


@respx.mock
def test_redirects_elsewhere_are_refused() -> None:
    evil = respx.get("https://evil.example/list").mock(httpx.Response(200, json=[]))
    respx.get(f"{AT}/v2/list").mock(httpx.Response(302, headers={"Location": "https://evil.example/list"}))
    with pytest.raises(Rejected, match="a redirect lies at another host"):
        ask(bearer=SECRET)
    assert not evil.called
    circle = respx.get(f"{AT}/v2/list").mock(httpx.Response(302, headers={"Location": "/v2/list"}))
    before = circle.call_count
    with pytest.raises(Rejected, match="more than 3 redirects"):
        ask()
    assert circle.call_count - before == 4
    respx.post(f"{AT}/v2/list").mock(httpx.Response(307, headers={"Location": "/v2/list/"}))
    with pytest.raises(Rejected, match="HTTP 307 sends us elsewhere"):
        ask(method="POST")


@respx.mock
@pytest.mark.parametrize(
    ("header", "link"),
    [
        ('</a>; rel="next"', "/a"),
        ('</first>; rel="first", </a?b=1,2;3>; rel="next"; title="x, y"', "/a?b=1,2;3"),
        ("</a>; rel=next", "/a"),
        ('</a>;title="next";rel="NEXT last"', "/a"),
        ('</a>; rel="prev", </b>; rel="nextish"', ""),
        ("</a>", ""),
        ("next", ""),
        ("", ""),
    ],
)
def test_the_link_header(header: str, link: str) -> None:
    respx.get(f"{AT}/v2/list").mock(httpx.Response(200, json=[], headers={"Link": header}))
    assert Client(settings()).ask({}, None).link == link


@respx.mock
@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError])
def test_trouble_on_the_way_is_tried_again(error: type[httpx.RequestError]) -> None:
    respx.get(f"{AT}/v2/list").mock(side_effect=error("GET https://api.acme.example/v2/list?k=very-secret"))
    with pytest.raises(Retryable) as raised:
        ask()
    assert str(raised.value) == f"GET /v2/list: {error.__name__}"


def test_a_base_without_a_path(api: HttpJsonStandin) -> None:
    with pytest.raises(Rejected, match="GET /: HTTP 404"):
        Client(settings(base_url=api.url, path=None, secret_params={"api_key": api.token})).ask({}, None)
