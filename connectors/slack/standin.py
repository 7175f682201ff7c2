"""Slack on loopback: the Web API's five calls, response URLs, and people who press, write in windows and ask."""

from __future__ import annotations

import html
import time as physical
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import httpx

from connectors.slack import standin_blocks, standin_payloads, standin_views
from vocbot.sdk.clock import Clock
from vocbot.sdk.manifest import PortName
from vocbot.sdk.testing.shape import Shape
from vocbot.sdk.testing.standin import Answer, Call, Refuse, Standin, route
from vocbot.sdk.wire import Request

TOKEN = "xoxb-standin-1-token"  # noqa: S105  # opens nothing but this stand-in
SECRET = "standin-signing-secret"  # noqa: S105
_METADATA = {"metadata?": dict, "metadata.event_type?": str, "metadata.event_payload?": dict}
_CONTENT = {"text?": str, "blocks?": list, "parse?": str, "link_names?": bool, **_METADATA}


class SlackStandin(Standin):
    """One workspace. `channels` are the ids the bot is a member of, `people` the approvers that `settings` names.

    For a conductor: `press`, `slash` and `save` act as people do; `messages` shows a channel and `window` a window as
    they see it.
    """

    id: ClassVar[str] = "slack"
    scopes: ClassVar[tuple[str, ...]] = ("chat:write", "channels:history", "commands")
    response_uses: ClassVar[int] = 5  # docs.slack.dev: a response_url takes five answers within thirty minutes
    response_life: ClassVar[float] = 1800.0
    trigger_life: ClassVar[float] = 3.0  # docs.slack.dev, "Modals": physical seconds
    patience: ClassVar[float] = 3.0  # for an answer to an interaction; docs.slack.dev, "Handling user interaction"

    def __init__(
        self,
        log_path: Path,
        clock: Clock,
        channels: Sequence[str] = ("C0STANDIN",),
        people: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(log_path, clock)
        self._channels: dict[str, list[dict[str, Any]]] = {channel: [] for channel in channels}
        self._people = dict(people or {"U0LEAD01": "Lead"})
        self._responses: dict[str, dict[str, Any]] = {}
        self._triggers: dict[str, tuple[str, float]] = {}  # whose, and since when
        self._windows: dict[str, dict[str, Any]] = {}  # what stands open before each user
        self._last = 0  # microseconds: a message's ts is its id, so no two may be equal
        self._count = 0

    def settings(self) -> dict[str, Any]:
        return {
            "bot_token": TOKEN,
            "signing_secret": SECRET,
            "base_url": f"{self.url}/api/",
            "people": {user: {"name": name} for user, name in self._people.items()},
        }

    def samples(self, hook: str) -> Sequence[Request]:
        channel, user = next(iter(self._channels)), next(iter(self._people))
        message = {"ts": self._ts(), "text": "A question", "blocks": []}
        presses = [
            {"type": "button", "action_id": action, "value": "sample:1", "text": {"type": "plain_text", "text": action}}
            for action in ("approve", "reject", "useful", "not_useful")
        ]
        pressed = [self._pressed(hook, message, channel, button, user, self.clock.now()) for button in presses]
        return [*pressed[:2], self._asked(hook, "/voc", "how is VOC-1?", user, channel), *pressed[2:]]

    def target(self, port: PortName) -> str:
        return next(iter(self._channels))

    # -- what people do

    def press(self, message: str, action: str = "approve", user: str = "U0LEAD01", time: datetime | None = None) -> int:
        """Press a button of the message with this ts or key; the status our hook answered.

        Raises ValueError where there is no such message, or it has no such button (any more).
        """
        with self.lock:
            found = next(
                (
                    (channel, item, button)
                    for channel, known in self._channels.items()
                    for item in known
                    for button in _raw_buttons(item)
                    if message in (item["ts"], _key(item)) and button["action_id"] == action
                ),
                None,
            )
            if found is None:
                raise ValueError(f"no message {message} with a button {action}")
            channel, item, button = found
            request = self._pressed(self._hook(), item, channel, button, user, time or self.clock.now())
        pressed = {"effect": "button_pressed", "action": action, "value": button["value"], "user": user}
        self.write_log({"direction": "act", "effects": [pressed]})
        return self.deliver(request)

    def slash(self, text: str, user: str = "U0LEAD01", command: str = "/voc", channel: str | None = None) -> int:
        """Type a slash command; the status our hook answered. The answer arrives as effect `response_posted`."""
        return self.deliver(self._asked(self._hook(), command, text, user, channel or next(iter(self._channels))))

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """A channel as people see it, oldest first: key, ts, text, buttons, edited."""
        with self.lock:
            return [{**_seen(item), "edited": "edited" in item} for item in self._channels[channel]]

    def window(self, user: str = "U0LEAD01") -> dict[str, Any] | None:
        """What stands open before somebody: the view, `values` by block, `errors` that were answered; None: nothing."""
        with self.lock:
            return self._windows.get(user)

    def save(self, values: Mapping[str, str | None] | None = None, user: str = "U0LEAD01") -> dict[str, str]:
        """Write `values` into the window before somebody (the other fields stay) and save it; the errors that were
        answered, none where the window closed.

        Raises ValueError where there is no window or Slack itself says no, TimeoutError where no answer came in time.
        """
        with self.lock:
            shown = self._windows.get(user)
            if shown is None:
                raise ValueError(f"no window stands open before {user}")
            shown["values"] |= dict(values or {})
            refused = standin_views.refused(shown["view"], shown["values"])
            if refused:
                raise ValueError("; ".join(refused))
            form = standin_payloads.submission(shown["view"], shown["values"], user, trigger=self._trigger(user))
        answer = self.ask(standin_payloads.signed(SECRET, self._hook(), form, self.clock.now()))
        problems = dict(answer.get("errors") or {})
        if set(problems) - set(shown["values"]):
            raise ValueError("errors for blocks that the window has not")
        with self.lock:
            shown["errors"] = problems
            if not problems:
                self._windows.pop(user)
        return problems

    def ask(self, request: Request) -> dict[str, Any]:
        """Send an interaction whose answer counts, once. Raises TimeoutError for none, ValueError for a refusal."""
        try:
            answer = httpx.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body,
                timeout=self.patience,
                verify=False,  # noqa: S501 - nothing but loopback
            )
        except httpx.TransportError:
            raise TimeoutError("we had some trouble connecting; try again?") from None
        finally:
            self.write_log({"direction": "out", "url": request.url})
        if answer.status_code != 200:
            raise ValueError(f"the hook answered {answer.status_code}")
        if not answer.content:
            return {}
        body = answer.json()
        if not isinstance(body, dict) or body.get("response_action") != "errors" or not body.get("errors"):
            raise ValueError("an answer to a window that Slack does not know")
        return body

    # -- the Web API

    def authorised(self, call: Call) -> bool:
        return call.path.startswith("/commands/") or call.headers.get("authorization") == f"Bearer {TOKEN}"

    def unauthorised(self) -> Answer:
        return Answer(200, {"ok": False, "error": "invalid_auth"})

    def contract_error(self, problems: list[str]) -> Answer:
        return Answer(200, {"ok": False, "error": "invalid_arguments", "response_metadata": {"messages": problems}})

    @route("POST", "/api/auth.test")
    def auth_test(self, call: Call) -> Answer:
        body = {
            "ok": True,
            "url": "https://standin.slack.com/",
            "team": "Stand-in",
            "user": "vocbot",
            "team_id": standin_payloads.TEAM,
            "user_id": "U0VOCBOT",
            "bot_id": "B0VOCBOT",
        }
        return Answer(200, body, {"X-OAuth-Scopes": ",".join(self.scopes)})

    @route("POST", "/api/chat.postMessage", Shape({"channel": str, **_CONTENT}))
    def post_message(self, call: Call) -> Answer:
        self._need("chat:write")
        known = self._channel(call.json["channel"])
        message = {"ts": self._ts(), "user": "U0VOCBOT", "bot_id": "B0VOCBOT", **_content(call.json)}
        known.append(message)
        self.effect("message_posted", channel=call.json["channel"], **_seen(message))
        return _ok(channel=call.json["channel"], ts=message["ts"], message=message)

    @route("POST", "/api/chat.update", Shape({"channel": str, "ts": str, **_CONTENT}))
    def update_message(self, call: Call) -> Answer:
        self._need("chat:write")
        known = self._channel(call.json["channel"])
        message = next((item for item in known if item["ts"] == call.json["ts"]), None)
        if message is None:
            raise _no("message_not_found")
        kept = {"blocks": message["blocks"]}  # as the contract says: what is not given is retained
        message.update(_content({**kept, **call.json}), edited={"user": "B0VOCBOT", "ts": self._ts()})
        self.effect("message_updated", channel=call.json["channel"], **_seen(message))
        return _ok(channel=call.json["channel"], ts=message["ts"], text=message["text"], message=message)

    @route("POST", "/api/views.open", Shape({"trigger_id": str, "view": dict}))
    def open_view(self, call: Call) -> Answer:
        found = standin_views.problems(call.json["view"])
        if found:
            raise _no("invalid_arguments", response_metadata={"messages": [f"[ERROR] {one}" for one in found]})
        user, since = self._triggers.pop(call.json["trigger_id"], ("", 0.0))
        if not user:
            raise _no("exchanged_trigger_id" if "." in call.json["trigger_id"] else "invalid_trigger_id")
        if physical.monotonic() - since > self.trigger_life:
            raise _no("expired_trigger_id")
        self._count += 1
        view = {**call.json["view"], "id": f"V0{self._count}", "team_id": standin_payloads.TEAM, "hash": self._ts()}
        self._windows[user] = {"view": view, "values": standin_views.filled(view), "errors": {}}
        title = view["title"]["text"]
        self.effect("window_opened", user=user, title=title, values=standin_views.filled(view))
        return _ok(view={**view, "state": {"values": {}}})

    @route("POST", "/api/conversations.history", Shape({"channel": str}))
    def history(self, call: Call) -> Answer:
        self._need("channels:history")
        newest = self._channel(call.json["channel"])[::-1]
        limit = int(call.json.get("limit", 100))
        if not 1 <= limit <= 999:
            raise _no("invalid_limit")
        cursor = call.json.get("cursor") or (newest and newest[0]["ts"])
        start = next((i for i, item in enumerate(newest) if item["ts"] == cursor), None)
        if start is None and newest:
            raise _no("invalid_cursor")
        page = newest[start or 0 : (start or 0) + limit]
        rest = newest[(start or 0) + limit :]
        if call.json.get("include_all_metadata") != "1":
            page = [{name: value for name, value in item.items() if name != "metadata"} for item in page]
        return _ok(
            messages=[{"type": "message", **item} for item in page],
            has_more=bool(rest),
            pin_count=0,
            channel_actions_ts=None,
            channel_actions_count=0,
            response_metadata={"next_cursor": rest[0]["ts"] if rest else ""},
        )

    @route("POST", "/commands/{id}", Shape({"response_type?": str, **_CONTENT}))
    def response(self, call: Call) -> Answer:
        place = self._responses.get(call.params["id"])
        if place is None or physical.monotonic() - place["since"] > self.response_life:
            raise Refuse(404, {"ok": False, "error": "expired_url"})
        if place["uses"] >= self.response_uses:
            raise Refuse(404, {"ok": False, "error": "used_url"})
        content = _content(call.json)
        place["uses"] += 1
        seen = _seen({"ts": self._ts(), **content})
        kind = call.json.get("response_type", "ephemeral")
        self.effect("response_posted", user=place["user"], response_type=kind, text=seen["text"])
        return Answer(200, b"ok")

    # -- the rest

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refuse(200, {"ok": False, "error": "missing_scope", "needed": scope})

    def _channel(self, channel: str) -> list[dict[str, Any]]:
        if channel not in self._channels:
            raise _no("channel_not_found")
        return self._channels[channel]

    def _ts(self, when: datetime | None = None) -> str:
        with self.lock:
            if when is None:
                self._last = max(self._last + 1, int(self.clock.now().timestamp() * 1_000_000))
            micros = self._last if when is None else int(when.timestamp() * 1_000_000)
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def _hook(self) -> str:
        assert self.hook is not None, "no hook is set"
        return self.hook

    def _interaction(self, user: str) -> dict[str, str]:
        """What every interaction has of its own: a trigger and a response_url."""
        with self.lock:
            self._count += 1
            name = f"{self._count}"
            self._responses[name] = {"user": user, "uses": 0, "since": physical.monotonic()}
        return {"trigger": self._trigger(user), "response_url": f"{self.url}/commands/{name}"}

    def _trigger(self, user: str) -> str:
        with self.lock:
            self._count += 1
            name = f"{self._count}.{standin_payloads.TEAM}"
            self._triggers[name] = (user, physical.monotonic())
        return name

    def _pressed(
        self,
        hook: str,
        message: Mapping[str, Any],
        channel: str,
        button: Mapping[str, Any],
        user: str,
        when: datetime,
    ) -> Request:
        form = standin_payloads.press(
            message, channel, button, user, action_ts=self._ts(when), **self._interaction(user)
        )
        return standin_payloads.signed(SECRET, hook, form, self.clock.now())

    def _asked(self, hook: str, command: str, text: str, user: str, channel: str) -> Request:
        form = standin_payloads.command(command, text, user, channel, **self._interaction(user))
        return standin_payloads.signed(SECRET, hook, form, self.clock.now())


def _ok(**body: Any) -> Answer:
    return Answer(200, {"ok": True, **body})


def _no(error: str, **more: Any) -> Refuse:
    return Refuse(200, {"ok": False, "error": error, **more})


def _content(body: Mapping[str, Any]) -> dict[str, Any]:
    """The checked content of a message. Metadata is set only where it is given, so that an update keeps it."""
    text, blocks = body.get("text") or "", body.get("blocks") or []
    if not text and not blocks:
        raise _no("no_text")
    if len(text) > 40_000:
        raise _no("msg_too_long")
    problems = standin_blocks.problems(blocks)
    if problems:
        raise _no("invalid_blocks", response_metadata={"messages": problems})
    metadata = body.get("metadata")
    if metadata is not None and not {"event_type", "event_payload"} <= set(metadata):
        raise _no("invalid_metadata_format")
    return {"text": text, "blocks": blocks, **({"metadata": metadata} if metadata else {})}


def _key(message: Mapping[str, Any]) -> str | None:
    key = message.get("metadata", {}).get("event_payload", {}).get("key")
    return str(key) if key is not None else None


def _seen(message: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader sees of a message, and what names it."""
    lines = [html.unescape(message["text"]), *standin_blocks.texts(message["blocks"])]
    return {
        "key": _key(message),
        "ts": message["ts"],
        "text": "\n".join(dict.fromkeys(lines)),
        "buttons": standin_blocks.buttons(message["blocks"]),
    }


def _raw_buttons(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        element
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    ]
