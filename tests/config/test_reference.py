"""docs/config.md is what the settings say of themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from vocbot.config import reference as module
from vocbot.config.model import Settings
from vocbot.config.reference import main, reference
from vocbot.registry import Registry
from vocbot.sdk.manifest import resolve

PAGE = Path(__file__).parents[2] / "docs" / "config.md"


@pytest.fixture(scope="module")
def page(registry: Registry) -> str:
    return reference(registry)


def test_the_page_in_docs_is_up_to_date(page: str) -> None:
    assert PAGE.read_text(encoding="utf-8") == page, "run: python -m vocbot.config.reference > docs/config.md"


def test_every_setting_has_a_row_and_a_meaning(page: str, registry: Registry) -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \| (.*) \|$", page, re.MULTILINE)
    models = [Settings.model_fields[name].default_factory for name in ("store", "web", "modes", "tickets", "notices")]
    names = {name for make in models for name in type(make()).model_fields}  # type: ignore[misc,call-arg]
    for manifest in registry.manifests.values():
        names |= set(resolve(manifest.settings).model_fields)
    assert names | {"company", "type", "search_lag", "guide.sections", "people.ID.name"} <= {
        name for name, _, _ in rows
    }
    assert [name for name, _, meaning in rows if len(meaning) < 8] == []


@pytest.mark.parametrize(
    "row",
    [
        "| `company` | `Our company` | Name that customers know you by. |",
        "| `language` | `en` | Language of lists and pages. Allowed: zh, en. |",
        "| `at` | `'09:07'` | Local time; not on the hour, where chat systems are slow. |",
        "| `rules` | `[shop, journey]` | Rule packs: names of shipped ones or paths. |",
        "| `request_timeout` | `15` | Seconds until a request to an outside system is lost. |",
        "| `name` | **required** | Unique name; part of the key that keeps a digest from being sent twice. |",
        "| `password` | none | Its password. *Secret.* |",
        "| `due_dates` | `true` | Whether tickets get a due date. |",
        "| `priorities` | `{P1: Highest, P2: High, P3: Medium, P4: Low}` | Jira priorities for P1 to P4. |",
    ],
)
def test_how_a_setting_is_shown(page: str, row: str) -> None:
    assert row in page.splitlines()


def test_text_is_no_markup(page: str) -> None:
    assert r"https://\<subdomain>.zendesk.com" in page
    for row in re.findall(r"^\|.*\|$", page, re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", row)) == 4


def test_only_installed_connectors_are_on_it(registry: Registry) -> None:
    one = Registry({"slack": replace(registry.manifests["slack"], title="Chat")}, ())
    assert "### Chat: `type: slack`" in reference(one)
    assert "jira" not in reference(one).lower().split("## connectors")[1]


def test_it_prints_the_page(
    page: str, registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "find_connectors", lambda: registry)
    main()
    assert capsys.readouterr().out == page


def test_without_connectors_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_connectors", lambda: Registry({}, ()))
    with pytest.raises(SystemExit, match="no connector is installed"):
        main()
