"""Which settings name an app and its stores."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.app_store.config import AppStoreSettings, country_codes

GOOD: dict[str, Any] = {"app_id": 123456789, "countries": ["cn"]}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"countries": ["uk"]}, "write gb"),
        ({"countries": ["usa"]}, "'usa' is no two-letter country code"),
        ({"countries": ["us", "US"]}, "us stands there twice"),
        ({"countries": []}, "countries"),
        ({"app_id": "id123456789"}, "app_id"),
        ({"app_id": 0}, "app_id"),
        ({"poll_from": "2026-01-01T00:00:00"}, "poll_from"),
        ({"base_url": "https://user:pw@x.example"}, "base_url"),
        ({"country": "us"}, "country"),
    ],
)
def test_what_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        AppStoreSettings.model_validate({**GOOD, **given})


def test_what_is_taken() -> None:
    settings = AppStoreSettings.model_validate({"app_id": "123456789", "countries": ["CN", " us", "xk"]})
    assert (settings.app_id, settings.countries) == (123456789, ("cn", "us", "xk"))
    assert settings.url == "https://itunes.apple.com"
    assert AppStoreSettings.model_validate({**GOOD, "base_url": "http://127.0.0.1:1/x/"}).url == "http://127.0.0.1:1/x"


def test_the_codes_are_those_of_the_world() -> None:
    assert {"cn", "us", "gb", "de", "jp", "tw", "hk", "br"} <= country_codes()
    assert 245 < len(country_codes()) < 260
