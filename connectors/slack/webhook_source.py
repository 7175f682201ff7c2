"""What Slack sends to the one request URL: presses of buttons, the slash command, events, set-up checks.

Signed requests are dispatched through a slack_bolt App that has no token and never calls out: its listeners only
collect typed events.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from connectors.slack import payload
from connectors.slack.client import silent
from connectors.slack.config import SlackSettings
from connectors.slack.window import EDIT
from vocbot.sdk import selftest
from vocbot.sdk.errors import BadSignature, Unparseable
from vocbot.sdk.events import Decision, Event, Ignored, Opinion, Question, Unsupported
from vocbot.sdk.ports import Context
from vocbot.sdk.signing import verify
from vocbot.sdk.wire import Inbound, Request, Response

_FOUND = "vocbot_found"  # where listeners put events: the context belongs to one request, so threads do not meet
_RECEIVED = "vocbot_received"

# What slack_bolt raises when a payload lacks a field or has one of another type.
_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)


class SlackWebhookSource:
    """WebhookSource port."""

    def __init__(self, settings: SlackSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock

    def handshake(self, request: Request) -> Response | None:
        """Echo the challenge of a signed url_verification; acknowledge the certificate check of a command's URL.

        A challenge with a wrong signature gets no echo, so that Slack's own page shows a mistyped signing secret.
        """
        if request.method == "GET":
            return Response() if request.query.get("ssl_check") == "1" else None
        try:
            body = payload.read(request.body)
            if body.get("ssl_check") == "1":
                return Response()
            if body.get("type") != "url_verification":
                return None
            self.verify(request)
            return Response(body=payload.text(body.get("challenge"), "challenge").encode())
        except (Unparseable, BadSignature):
            return None

    def verify(self, request: Request) -> None:
        verify("slack", self._settings.signing_secret.get_secret_value(), request, self._clock.now())

    def event_id(self, request: Request) -> str:
        """Slack's own event id; for presses and commands, which have none, a digest of what names the act."""
        try:
            body = payload.read(request.body)
        except Unparseable:
            return _digest("body", request.body)
        if isinstance(body.get("event_id"), str):
            return str(body["event_id"])
        if isinstance(body.get("trigger_id"), str):
            return _digest("trigger", body["trigger_id"].encode("utf-8", "replace"))
        return _digest("body", request.body)

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        body = payload.read(inbound.body)
        if body.get("type") == "url_verification" or "ssl_check" in body or selftest.is_sample(body):
            return [Ignored("a check of the set-up")]
        kind = payload.kind(body)
        found: list[Event] = []
        try:
            # Handed over as in socket mode: the body is read already.
            request = BoltRequest(
                body=body, mode="socket_mode", context={_FOUND: found, _RECEIVED: inbound.received_at}
            )
            self._app.dispatch(request)
        except _MISSHAPEN as error:
            raise Unparseable(f"payload has not the form of Slack's {kind} ({type(error).__name__})") from None
        return found or [Unsupported(kind)]

    def sample(self, url: str) -> Request:
        """A genuine request that means nothing."""
        return selftest.signed("slack", self._settings.signing_secret.get_secret_value(), url, self._clock.now())

    @cached_property
    def _app(self) -> App:
        app = App(
            name="slack-webhooks",  # Bolt silences the logger of this name: "vocbot" would silence us all
            logger=silent(),
            process_before_response=True,  # listeners run in the calling thread, before dispatch returns
            authorize=_authorize,
            token_verification_enabled=False,
            request_verification_enabled=False,  # `verify` did it, by our clock
            ssl_check_enabled=False,
            url_verification_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
        )

        @app.action("approve")
        def approve(ack: Ack, context: BoltContext, body: dict[str, Any], action: dict[str, Any]) -> None:
            context[_FOUND].append(self._decision(body, action, approved=True))
            ack()

        @app.action("reject")
        def reject(ack: Ack, context: BoltContext, body: dict[str, Any], action: dict[str, Any]) -> None:
            context[_FOUND].append(self._decision(body, action, approved=False))
            ack()

        @app.action(re.compile("^(not_)?useful$"))
        def find(ack: Ack, context: BoltContext, body: dict[str, Any], action: dict[str, Any]) -> None:
            context[_FOUND].append(self._opinion(body, action))
            ack()

        @app.action(EDIT)
        @app.view(EDIT)
        def write(ack: Ack, context: BoltContext) -> None:
            context[_FOUND].append(Ignored("a window, which is answered at once or not at all"))
            ack()

        @app.command(self._settings.command)
        def ask(ack: Ack, context: BoltContext, command: dict[str, Any]) -> None:
            context[_FOUND].append(_question(command, context[_RECEIVED]))
            ack()

        @app.error
        def fail(error: Exception) -> None:
            raise error  # out of dispatch, which would log it and answer 500

        return app

    def _decision(self, body: dict[str, Any], action: dict[str, Any], approved: bool) -> Event:
        by = payload.text(body["user"]["id"], "user")
        token = payload.text(action.get("value"), "value")
        if not token:
            raise Unparseable("a button without a value")
        time = payload.time(action.get("action_ts"), "action_ts")
        person = self._settings.people.get(by)
        reply = body.get("response_url")
        return Decision(
            token=token,
            approved=approved,
            by=by,
            by_name=person.shown if person else by,
            time=time,
            role=person.role if person else "",  # nobody named them: they decide nothing, and are told
            reply_to=payload.text(reply, "response_url") if reply else None,
        )

    def _opinion(self, body: dict[str, Any], action: dict[str, Any]) -> Event:
        """Whoever reads the channel may have one; somebody the settings do not name is called by their id."""
        by = payload.text(body["user"]["id"], "user")
        token = payload.text(action.get("value"), "value")
        if not token:
            raise Unparseable("a button without a value")
        person = self._settings.people.get(by)
        time = payload.time(action.get("action_ts"), "action_ts")
        return Opinion(token, action["action_id"] == "useful", by, person.shown if person else by, time)


def _question(command: dict[str, Any], received: Any) -> Event:
    text = payload.text(command.get("text", ""), "text")
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):  # the three that Slack escapes
        text = text.replace(entity, char)
    return Question(
        text=text.strip(),
        by=payload.text(command.get("user_id"), "user_id"),
        reply_to=payload.text(command.get("response_url"), "response_url"),
        time=received,
    )


def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Every signed request is of our own workspace; without a token, nothing in slack_bolt can call Slack."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


def _digest(what: str, value: bytes) -> str:
    return f"{what}-{hashlib.sha256(value).hexdigest()[:32]}"
