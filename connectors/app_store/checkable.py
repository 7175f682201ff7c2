"""Asks the feeds whether reviews will come. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.app_store import reviews
from connectors.app_store.client import Client
from connectors.app_store.config import AppStoreSettings
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context, Finding


class AppStoreCheck:
    """The checkable port."""

    def __init__(self, settings: AppStoreSettings, context: Context) -> None:
        self._settings = settings
        self._client = Client(settings, context.timeout)

    def check(self) -> Sequence[Finding]:
        """For each country: whether its feed answers, and how young its reviews are."""
        return [self._country(country) for country in self._settings.countries]

    def _country(self, country: str) -> Finding:
        try:
            entries = self._client.entries(country, 1)
            if not entries and not self._client.sold(country):
                hint = "check app_id (the number at the end of the app's address) and the country"
                return Finding("error", f"the store of {country} does not know the app", hint)
        except (Rejected, Retryable) as error:
            return Finding(
                "error", f"{country}: {error}", "the feed often fails for a while; check base_url if it stays"
            )
        if not entries:
            hint = "fine for an app that nobody has reviewed there; else try again, the feed is empty now and then"
            return Finding("warning", f"no reviews in {country}", hint)
        newest = max((time for entry in entries if (time := reviews.written(entry))), default=None)
        if newest is None:
            hint = "its shape has changed; every review will be listed as unparseable"
            return Finding("error", f"the reviews of {country} have no time", hint)
        return Finding("ok", f"reviews of {country}, the newest of {newest:%Y-%m-%d}")
