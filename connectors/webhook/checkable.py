"""Looks at the settings and whether the receivers can be reached. Posts nothing: a message is a message, also a test.

Reached means a connection, with TLS where it is https; whether a receiver knows our secret only a real message shows.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from connectors.webhook.config import WebhookSettings, usable
from vocbot.sdk.ports import Context, Finding

_QUERY = "the token stands in the address, which proxies and servers write into their logs; use a header if you can"


class WebhookCheck:
    """The checkable port."""

    def __init__(self, settings: WebhookSettings, context: Context) -> None:
        self._settings = settings
        self._timeout = min(context.timeout, 5.0)

    def check(self) -> Sequence[Finding]:
        """The secrets, what the scheme leaves open, and the receivers."""
        return [*self._inbound(), *self._outbound()]

    def _inbound(self) -> Iterator[Finding]:
        settings = self._settings
        if not settings.secrets:
            yield Finding("ok", "nothing is received: no secrets are set")
            return
        for place, secret in enumerate(settings.secrets, 1):
            problem = usable(settings.rule, secret.get_secret_value())
            if problem:
                yield Finding("error", f"secret {place} of the senders {problem}", "copy it again from the sender")
            else:
                yield Finding("ok", f"secret {place} of the senders has the form that scheme {settings.scheme} uses")
        if not settings.rule.signs_body:
            hint = "whoever sees one request can send others: choose hmac or standard where the sender can sign"
            yield Finding("warning", f"scheme {settings.scheme} does not protect the body", hint)
        elif settings.rule.replayable:
            hint = "fine where each delivery has an id or a time in its body"
            yield Finding("ok", f"scheme {settings.scheme} signs no time: a repetition is known by its content", hint)
        if settings.query_parameter:
            yield Finding("warning", "the secret travels in the address", _QUERY)

    def _outbound(self) -> Iterator[Finding]:
        settings = self._settings
        if settings.send_secret:
            problem = usable(settings.send_rule, settings.send_secret.get_secret_value())
            if problem:
                yield Finding("error", f"send_secret {problem}", "standard: whsec_ and 24 bytes or more in base64")
        for name, url in settings.urls.items():
            yield self._reached(name, url)
        if settings.urls:
            yield Finding("ok", "whether the receivers accept our signature cannot be asked without a message")

    def _reached(self, name: str, url: str) -> Finding:
        """Whether a connection comes about; nothing is sent over it."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if getproxies().get(parts.scheme) and not proxy_bypass(host):
            return Finding(
                "ok", f"receiver {name} lies behind a proxy: whether it is there shows with the first message"
            )
        try:
            with socket.create_connection((host, port), self._timeout) as plain:
                if parts.scheme == "https":
                    with ssl.create_default_context().wrap_socket(plain, server_hostname=host):
                        pass
        except ssl.SSLCertVerificationError as error:
            hint = "its certificate must be valid for the name in the address"
            return Finding("error", f"receiver {name}: certificate refused ({error.verify_message})", hint)
        except OSError as error:
            what = error.strerror or type(error).__name__
            return Finding("error", f"receiver {name} cannot be reached: {what}", f"check urls.{name}")
        return Finding("ok", f"receiver {name} can be reached")
