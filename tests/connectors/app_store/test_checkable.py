"""What a check says of a store's feed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.app_store.standin import AppStoreStandin, feed
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]


def test_what_it_says(store: AppStoreStandin, port: Port) -> None:
    store.countries = ["us", "cn"]
    store.speak("good", "sam")
    us, cn, de = port("checkable", countries=["us", "cn", "de"]).check()
    assert (us.level, us.what) == ("ok", "reviews of us, the newest of 2026-11-03")
    assert (cn.level, cn.what) == ("warning", "no reviews in cn")
    assert (de.level, de.what) == ("error", "the store of de does not know the app")
    (wrong,) = port("checkable", app_id=1, countries=["us"]).check()
    assert wrong.level == "error" and "app_id" in wrong.hint


def test_trouble(store: AppStoreStandin, port: Port) -> None:
    store.faults.add(Fault("customerreviews", "answer", 403))
    (finding,) = port("checkable").check()
    assert finding.level == "error" and "403" in finding.what
    store.faults.add(Fault("customerreviews", "answer", 200, body=feed([{"im:rating": {"label": "1"}}])))
    (finding,) = port("checkable").check()
    assert (finding.level, finding.what) == ("error", "the reviews of us have no time")
