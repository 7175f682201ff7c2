"""The company in the demo: its people, and what they do about each problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Colleague:
    """Somebody with a chat id who decides things."""

    id: str
    name: dict[str, str]
    role: str

    @property
    def right(self) -> str:
        """The role that the console knows."""
        return {"product_manager": "product", "voc_analyst": "analyst"}.get(self.role, self.role)


@dataclass(frozen=True)
class Reaction:
    """What the company does about one problem: when the ticket is done, what customers are told, and what measuring
    may find in the end: words of verdicts, none where it is too rare."""

    rule: str
    generation: int
    verdicts: tuple[str, ...]
    done: datetime
    kind: str
    version: str
    what: dict[str, str]
    check: dict[str, str]


@dataclass(frozen=True)
class Campaign:
    """What marketing puts into the calendar: its name, first and last day, and the rule of what people did not
    understand of it."""

    name: str
    first: date
    last: date
    misread: str


@dataclass(frozen=True)
class World:
    """Everybody and everything that is not a customer."""

    company: dict[str, str]
    zone: str
    colleagues: tuple[Colleague, ...]
    reactions: tuple[Reaction, ...]
    campaigns: tuple[Campaign, ...] = ()
    adds: dict[str, str] = field(default_factory=dict)  # what the support lead adds to the first answer, in chat

    def colleague(self, role: str) -> Colleague:
        """The person in a role."""
        return next(c for c in self.colleagues if c.role == role)

    def reaction(self, rule: str, generation: int) -> Reaction | None:
        """What is done about the problem this time."""
        return next((r for r in self.reactions if (r.rule, r.generation) == (rule, generation)), None)


def read_world() -> World:
    """The world of our own story."""
    raw: dict[str, Any] = yaml.safe_load((files("vocbot.demo") / "story" / "world.yaml").read_text(encoding="utf-8"))
    return World(
        company=raw["company"]["name"],
        zone=raw["company"]["zone"],
        colleagues=tuple(Colleague(p["slack"], p["name"], p["role"]) for p in raw["people"]),
        reactions=tuple(
            Reaction(
                rule=c["rule"],
                generation=c["generation"],
                verdicts=tuple(c["verdict"]),
                done=datetime.fromisoformat(c["done"]),
                kind=c["kind"],
                version=c["version"] or "",
                what=c["change"],
                check=c["check"],
            )
            for c in raw["changes"]
        ),
        campaigns=tuple(Campaign(**c) for c in raw["campaigns"]),
        adds=raw["adds"],
    )
