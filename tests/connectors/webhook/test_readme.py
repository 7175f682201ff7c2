"""The shell lines and the configuration of the README do what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from sqlmodel import Session, select

import connectors.webhook
from connectors.webhook.config import WebhookSettings
from connectors.webhook.webhook_source import WebhookInbox
from vocbot.listen.parse import Drain, Taken
from vocbot.sdk.clock import RealClock
from vocbot.sdk.events import Feedback
from vocbot.sdk.ports import Context
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Inbound

README = Path(connectors.webhook.__file__).with_name("README.md").read_text(encoding="utf-8")
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
TOOLS = ("curl", "openssl", "base64", "od")


def blocks(kind: str) -> list[str]:
    """The blocks of one kind, without what they are indented by."""
    return [dedent(found[1]) for found in re.finditer(rf"^ *```{kind}\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)]


SHELL, CONFIG = blocks("sh"), [yaml.safe_load(block)["connectors"] for block in blocks("yaml")]


@pytest.mark.parametrize(("line", "config"), [(SHELL[0], CONFIG[0]), (SHELL[1], CONFIG[1])])
def test_the_lines_bring_a_customers_words(
    line: str, config: dict[str, Any], serve: Callable[..., Any], store: Store, crypt: Crypt
) -> None:
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"not here: {', '.join(missing)}")
    plain = {name: value for name, value in config["shop"].items() if name != "type"} | {"secrets": [SECRET]}
    source = WebhookInbox(WebhookSettings.model_validate(plain), Context("shop", RealClock()))

    def run(secret: str) -> str:
        env = {"PATH": "/usr/bin:/bin", "VOCBOT": url, "SHOP_SECRET": secret, "NO_PROXY": "127.0.0.1"}
        done = subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, timeout=30, check=False)
        return (done.stdout + done.stderr).strip()

    with serve(source, RealClock()) as url:
        assert run(SECRET) == "200"
        assert run("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") == "401"
    taken: list[Taken] = []
    drain = Drain(store, crypt, RealClock(), {("shop", "webhook"): source.parse}, lambda _, found: taken.extend(found))
    assert drain() == 1
    (feedback,) = (one.event for one in taken)
    assert isinstance(feedback, Feedback)
    assert feedback.text in ("优惠券用不了", "太慢了")
    with Session(store.inbox) as session:
        assert len(session.exec(select(Inbound)).all()) == 1


def test_every_configuration_is_valid() -> None:
    assert len(CONFIG) == 4
    for config in CONFIG:
        for entry in config.values():
            plain = {name: value for name, value in entry.items() if name != "type"}
            for name in ("secrets", "send_secret"):
                if name in plain:
                    plain[name] = [SECRET] if name == "secrets" else SECRET
            WebhookSettings.model_validate(plain)
