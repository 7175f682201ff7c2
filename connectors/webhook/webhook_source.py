"""What comes in: signed bodies of any sender, read by the expressions of the settings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from connectors.webhook.config import WebhookSettings
from vocbot.sdk import mapping, selftest
from vocbot.sdk.errors import BadSignature, Unparseable, VocbotError
from vocbot.sdk.events import CustomerEvent, Event, Feedback, Ignored, Unsupported
from vocbot.sdk.ports import Context
from vocbot.sdk.schemes import SCHEMES
from vocbot.sdk.signing import verify
from vocbot.sdk.wire import Inbound, Request, Response

_LONGEST = 200  # characters of an event's id
_MOST_FIELDS = 1000  # of a form


class WebhookInbox:
    """The webhook_source port."""

    def __init__(self, settings: WebhookSettings, context: Context) -> None:
        self._settings = settings
        self._clock = context.clock

    def handshake(self, request: Request) -> Response | None:
        """None: a sender that challenges the address first is not known to this connector."""
        return None

    def verify(self, request: Request) -> None:
        """Raise BadSignature unless one of the secrets signed the request."""
        refusal = BadSignature("no webhook secret is configured")
        for secret in self._settings.secrets:
            try:
                verify(
                    self._settings.rule,
                    secret.get_secret_value(),
                    request,
                    self._clock.now(),
                    self._settings.tolerance,
                )
            except BadSignature as error:
                refusal = error
            else:
                return
        raise refusal

    def event_id(self, request: Request) -> str:
        """What the settings name, or the signed webhook-id; else the body's hash, which a repetition has, too.

        Nothing else that is not signed is used: who replays a request could change it.
        """
        settings = self._settings
        name = ""
        if settings.event_id_header:
            name = request.headers.get(settings.event_id_header.lower(), "")
        elif settings.event_id:
            name = self._named(request)
        elif settings.rule is SCHEMES["standard_webhooks"]:
            name = request.headers.get("webhook-id", "")
        if not name or len(name) > _LONGEST - 3 or not name.isprintable():
            return f"body:{hashlib.sha256(request.body).hexdigest()}"
        return f"id:{name}"

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """An event for each item. One odd item of several is listed and does not hide the others."""
        body = self._body(inbound)
        if selftest.is_sample(body):
            return [Ignored("a check of the set-up")]
        items = self._items(body)
        found: list[Event] = []
        problem: Unparseable | None = None
        for place, item in enumerate(items):
            # "id:1" of one delivery and "id:1" of another are told apart by the delivery
            ident = inbound.event_id if len(items) == 1 else f"{inbound.event_id}/{place}"
            try:
                found.append(self._read(item, ident, inbound))
            except Unparseable as error:
                if len(items) == 1:
                    raise
                problem = error
                found.append(Unsupported(f"item {place + 1} of a batch: {error}"))
        if problem and all(isinstance(event, Unsupported) for event in found):
            raise problem
        return found or [Ignored("a batch without items")]

    def sample(self, url: str) -> Request:
        """A genuine request that means nothing, for the check of the set-up."""
        if not self._settings.secrets:
            raise VocbotError("no webhook secret is configured")
        secret = self._settings.secrets[0].get_secret_value()
        return selftest.signed(self._settings.rule, secret, url, self._clock.now())

    def _named(self, request: Request) -> str:
        try:
            body = self._body(Inbound("webhook", "", request.body, request.headers, self._clock.now()))
            found = mapping.find(self._settings.event_id or "", body, "event_id")
        except Unparseable:
            return ""
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""

    def _items(self, body: Any) -> Sequence[Any]:
        """The items of a body: what `items` finds, or the body itself."""
        if self._settings.items is None:
            found = body if isinstance(body, list) else [body]
        else:
            found = mapping.find(self._settings.items, body, "items")
            if not isinstance(found, list):
                raise Unparseable("items: no list is there")
        return found

    def _read(self, item: Any, ident: str, inbound: Inbound) -> Feedback | CustomerEvent | Ignored:
        settings = self._settings
        if not isinstance(item, dict):
            raise Unparseable("not an object")
        if settings.when and not mapping.holds(settings.when, item):
            return Ignored("`when` is not true of it")
        return mapping.apply(
            item,
            settings.fields,
            settings.times,
            channel=settings.channel,
            public=settings.public,
            ident=ident,
            received=inbound.received_at,
        )

    def _body(self, inbound: Inbound) -> Any:
        """The body as JSON values; a form is an object of texts, or of lists where a field is there more than once."""
        kind = inbound.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind != "application/x-www-form-urlencoded":
            return inbound.json()
        form = _form(inbound.body)
        if self._settings.form_json is None:
            return form
        field = form.get(self._settings.form_json)
        if not isinstance(field, str):
            raise Unparseable("form_json: the form has no such field, or several")
        return replace(inbound, body=field.encode()).json()


def _form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise Unparseable("body is not a form in UTF-8") from None
    form: dict[str, Any] = {}
    for name, value in pairs:
        known = form.get(name)
        form[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return form
