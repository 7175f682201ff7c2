"""Slack's modal windows: the button Edit opens one, and what was written in it is answered in the window itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from connectors.slack import client, payload
from connectors.slack.config import SlackSettings
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.ports import Context
from vocbot.sdk.render.safe import clean, one_line
from vocbot.sdk.render.slack import plain
from vocbot.sdk.render.width import cut
from vocbot.sdk.window import Field, Form, TooLong, Wish, Written
from vocbot.sdk.wire import Request, Response

EDIT = "edit"  # the action of the button, and the callback_id of the window
TRIGGER_LIFE = 3.0  # seconds; docs.slack.dev, "Modals": a trigger_id expires after three

# docs.slack.dev, Block Kit reference, and slack_sdk.models.views.View
TITLE, BUTTON, LABEL, INPUT, STATE, BLOCKS, PLACEHOLDER = 24, 24, 2000, 3000, 3000, 100, 150
ABOUT = 3000


class SlackWindow:
    """Window port. Texts of a form go into plain_text, which knows no markup."""

    def __init__(self, settings: SlackSettings, context: Context) -> None:
        self._settings = settings
        self._api = client.web(settings, min(context.timeout, TRIGGER_LIFE))

    def read(self, request: Request) -> Wish | Written | None:
        # most of what comes is neither, and is read a second time by the worker
        if b"block_actions" not in request.body and b"view_submission" not in request.body:
            return None
        body = payload.read(request.body)
        if body.get("type") == "block_actions":
            return self._wish(body)
        if body.get("type") == "view_submission":
            return self._written(body)
        return None

    def open(self, wish: Wish, form: Form) -> None:
        view = _view(form)
        client.attempt("views.open", partial(self._api.views_open, trigger_id=wish.handle, view=view), writes=False)

    def answer(self, problems: Mapping[str, str]) -> Response:
        if not problems:
            return Response()  # an empty answer closes the window
        errors = {name: cut(one_line(text), LABEL) for name, text in problems.items()}
        body = json.dumps({"response_action": "errors", "errors": errors}, ensure_ascii=False)
        return Response(body=body.encode(), content_type="application/json; charset=utf-8")

    def _wish(self, body: dict[str, Any]) -> Wish | None:
        actions = body.get("actions")
        action = actions[0] if isinstance(actions, list) and actions else None
        if not isinstance(action, dict) or action.get("action_id") != EDIT:
            return None
        by, name, role = self._who(body)
        return Wish(
            token=payload.text(action.get("value"), "value"),
            handle=payload.text(body.get("trigger_id"), "trigger_id"),
            by=by,
            by_name=name,
            role=role,
            time=payload.time(action.get("action_ts"), "action_ts"),
            reply_to=payload.text(body.get("response_url"), "response_url"),
        )

    def _written(self, body: dict[str, Any]) -> Written | None:
        view = body.get("view")
        if not isinstance(view, dict) or view.get("callback_id") != EDIT:
            return None
        by, name, role = self._who(body)
        state = view.get("state")
        inputs = state.get("values") if isinstance(state, dict) else None
        if not isinstance(inputs, dict):
            raise Unparseable("a window without values")
        values = {}
        for block, elements in inputs.items():
            element = elements.get(block) if isinstance(elements, dict) else None
            if not isinstance(element, dict):
                raise Unparseable("a window's value is not where it was asked for")
            value = element.get("value")  # null where nothing was written
            values[block] = payload.text(value, "value") if value is not None else ""
        return Written(payload.text(view.get("private_metadata"), "private_metadata"), values, by, name, role)

    def _who(self, body: dict[str, Any]) -> tuple[str, str, str | None]:
        """The member's id, their name and role; no role at all ("") for somebody whom the settings do not name."""
        user = body.get("user")
        by = payload.text(user.get("id") if isinstance(user, dict) else None, "user")
        person = self._settings.people.get(by)
        return (by, person.shown, person.role) if person else (by, "", "")


def _view(form: Form) -> dict[str, Any]:
    """The window as Slack takes it. Raises TooLong: texts of people are never cut."""
    if len(form.state) > STATE or len(form.fields) >= BLOCKS or any(len(f.value) > INPUT for f in form.fields):
        raise TooLong("views.open: the text is too long for a window")
    return {
        "type": "modal",
        "callback_id": EDIT,
        "private_metadata": form.state,
        "title": plain(form.title, TITLE),
        "submit": plain(form.save, BUTTON),
        "close": plain(form.leave, BUTTON),
        "blocks": [
            {"type": "section", "block_id": "about", "text": plain(form.about, ABOUT)},
            *[_input(field) for field in form.fields],
        ],
    }


def _input(field: Field) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": field.lines,
        # one that was drafted longer than people may write is shown all the same
        "max_length": min(max(field.longest, len(field.value)), INPUT),
    }
    if field.value:
        element["initial_value"] = clean(field.value)
    if field.usual:
        element["placeholder"] = plain(one_line(field.usual), PLACEHOLDER)
    return {
        "type": "input",
        "block_id": field.name,
        "label": plain(field.label, LABEL),
        "optional": not field.needed,
        "element": element,
    }
