"""Shows agents what is known of a customer: tags on the Zendesk user."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.zendesk.client import Client, number
from connectors.zendesk.config import ZendeskSettings
from vocbot.sdk.ports import Context
from vocbot.sdk.receipt import Receipt

_UNFIT = re.compile(r"[^\w/:-]+")  # a blank would cut a tag in two, other signs are refused


class ZendeskDesk:
    """The desk port. A customer is named by the handle that came with the feedback: the user's id."""

    def __init__(self, settings: ZendeskSettings, context: Context) -> None:
        self._client = Client(settings, context.timeout)

    def tag(self, customer: str, tags: Sequence[str]) -> Receipt:
        """Add tags to those the user has; one that is there already stays as it is."""
        path = f"/api/v2/users/{number(customer, 'user')}/tags"
        fit = [_UNFIT.sub("_", tag).strip("_") for tag in tags]
        self._client.write("PUT", path, {"tags": [tag for tag in fit if tag]})
        return Receipt("sent", customer, url=f"{self._client.url}/agent/users/{customer}")
