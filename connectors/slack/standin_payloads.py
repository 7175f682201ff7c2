"""The payloads that Slack sends to a request URL, built for the stand-in after the vendor's own samples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from vocbot.sdk.signing import sign
from vocbot.sdk.wire import Request

TEAM = "T0STANDIN"
APP = "A0STANDIN"


def press(
    message: Mapping[str, Any],
    channel: str,
    button: Mapping[str, Any],
    user: str,
    *,
    action_ts: str,
    trigger: str,
    response_url: str,
) -> bytes:
    """The form of a pressed button (block_actions)."""
    container = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": False}
    return _interaction(
        "block_actions",
        user,
        trigger,
        container=container,
        channel={"id": channel, "name": "standin"},
        message={"type": "message", **message},
        state={"values": {}},
        response_url=response_url,
        actions=[{**button, "block_id": "standin", "action_ts": action_ts}],
    )


def submission(view: Mapping[str, Any], values: Mapping[str, str | None], user: str, *, trigger: str) -> bytes:
    """The form of a window that was saved (view_submission); `values` by block, which is named as its element is."""
    state = {block: {block: {"type": "plain_text_input", "value": value}} for block, value in values.items()}
    return _interaction("view_submission", user, trigger, view={**view, "state": {"values": state}}, response_urls=[])


def _interaction(kind: str, user: str, trigger: str, **more: Any) -> bytes:
    """What all forms of something that a person pressed have in common."""
    payload = {
        "type": kind,
        "team": {"id": TEAM, "domain": "standin"},
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
        "api_app_id": APP,
        "token": "deprecated",
        "trigger_id": trigger,
        **more,
        "enterprise": None,
        "is_enterprise_install": False,
    }
    return urlencode({"payload": json.dumps(payload, ensure_ascii=False)}).encode()


def command(name: str, text: str, user: str, channel: str, *, trigger: str, response_url: str) -> bytes:
    """The form of a slash command. Slack escapes the three characters of its markup."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return urlencode(
        {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": "standin",
            "channel_id": channel,
            "channel_name": "standin",
            "user_id": user,
            "user_name": user.lower(),
            "command": name,
            "text": escaped,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": trigger,
        }
    ).encode()


def signed(secret: str, hook: str, form: bytes, now: datetime) -> Request:
    """A form as Slack posts it."""
    headers = {"content-type": "application/x-www-form-urlencoded", "user-agent": "Slackbot 1.0"}
    return Request("POST", hook, {**headers, **sign("slack", secret, form, now, url=hook)}, form)
