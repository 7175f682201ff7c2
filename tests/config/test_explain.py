"""The few things about explanations that no file of settings shows (those are in test_load)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretBytes, SecretStr, ValidationError

from vocbot.config.explain import closest, explain, holds_secret, look, nearest_zone
from vocbot.config.model import Settings


@pytest.mark.parametrize(
    ("given", "zone"),
    [
        ("Asia/Shangai", "Asia/Shanghai"),
        ("Shanghai", "Asia/Shanghai"),
        ("new york", "America/New_York"),
        ("europe/berlin", "Europe/Berlin"),
        ("Beijing", None),
        ("UTC+8", None),
        ("", None),
    ],
)
def test_the_zone_that_was_meant(given: str, zone: str | None) -> None:
    assert nearest_zone(given) == zone


def test_a_suggestion_is_one_word_or_all() -> None:
    assert closest("tikets", ["tickets", "digests"]) == "did you mean 'tickets'?"
    assert closest("x", ["tickets", "digests"]) == "allowed: tickets, digests"
    assert closest("x", []) == "remove it"


@pytest.mark.parametrize(
    "annotation",
    [
        SecretStr,
        SecretBytes,
        SecretStr | None,
        tuple[SecretStr, ...],
        dict[str, SecretStr],
        list[SecretStr | None] | None,
        Annotated[SecretStr | None, Field(min_length=3)],
        Mapping[str, Sequence[SecretStr]],
    ],
)
def test_secrets_are_known_in_every_wrapping(annotation: Any) -> None:
    assert holds_secret(annotation)


@pytest.mark.parametrize("annotation", [str, str | None, dict[str, int], Literal["a"], tuple[str, ...], None])
def test_what_is_no_secret(annotation: Any) -> None:
    assert not holds_secret(annotation)


def test_a_setting_is_found_with_its_meaning() -> None:
    assert look(Settings, ("digests", 0, "target")) == (str, "Channel that gets it, by the id the chat system gives it")
    assert look(Settings, ("connectors", "type", "type"))[0] is str
    assert look(Settings, ("digests", 0, "nope")) == (None, "")
    assert look(Settings, ("company", "deeper")) == (None, "")


class Odd(BaseModel):
    short: str = Field("", max_length=1, min_length=0)
    pair: tuple[int, int] = (1, 2)
    size: float = Field(1, lt=2)
    name: str = Field("", alias="not", description="What it is called")
    kind: Literal["single"] = "single"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"short": "long"}, "short: must have at most 1 character; see docs/config.md"),
        ({"size": 2.5}, "size: must be less than 2; see docs/config.md"),
        ({"not": 1}, "not: must be text (it is 1); put it into 'single quotes'"),
        ({"kind": "double"}, "kind: 'double' is not allowed; allowed: single"),
        ({"pair": "12"}, "pair: must be a list (it is '12'); write each entry on a line of its own after `- `"),
    ],
)
def test_odd_settings(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Odd.model_validate(data)
    (details,) = caught.value.errors()
    finding = explain(details, Odd, data)
    assert f"{'.'.join(map(str, finding.place))}: {finding.what}; {finding.hint}" == said
