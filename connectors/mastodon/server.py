"""What a server says of itself and of our account: who we are, under which domain, how long a post may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.mastodon.client import Client, is_id
from connectors.mastodon.config import MastodonSettings
from vocbot.sdk.errors import Rejected, Retryable

INSTANCE = "/api/v2/instance"
ME = "/api/v1/accounts/verify_credentials"

CHARACTERS = 500  # Mastodon's own limit, which servers raise
PER_URL = 23


@dataclass(frozen=True)
class Server:
    """`domain` is what stands behind the names of its accounts; it need not be the host of its address."""

    domain: str
    characters: int = CHARACTERS
    per_url: int = PER_URL
    version: str = ""
    hashtags_remote: str = ""  # who may read hashtags of other servers: public, authenticated, disabled


def read_server(client: Client, settings: MastodonSettings) -> Server:
    """Ask the server. One before Mastodon 4.0 has no such call and is taken for an ordinary one."""
    try:
        told = client.one(INSTANCE)
    except Rejected as refusal:
        if refusal.status != 404:
            raise
        return Server(urlsplit(settings.base_url).netloc)
    domain = told.get("domain")
    if not isinstance(domain, str) or not domain:
        raise Retryable(f"GET {INSTANCE}: no domain in the answer")
    configuration = _inner(told, "configuration")
    statuses = _inner(configuration, "statuses")
    remote = _inner(_inner(configuration, "timelines_access"), "hashtag_feeds").get("remote")
    return Server(
        domain,
        _count(statuses.get("max_characters"), CHARACTERS),
        _count(statuses.get("characters_reserved_per_url"), PER_URL),
        str(told.get("version") or ""),
        remote if isinstance(remote, str) else "",
    )


def read_me(client: Client) -> str:
    """The id of our own account. Raises Rejected where the token is none, or is an application's."""
    ident = client.one(ME).get("id")
    if not isinstance(ident, str) or not is_id(ident):
        raise Retryable(f"GET {ME}: no account in the answer")
    return ident


def _inner(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _count(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default
