"""The crowd of our own story: hundreds of people put together from written phrases, the same ones every time.

What is about what is known to `crowd.yaml` and to the tests; to vocbot these are texts like any other.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from vocbot.demo.story import Item

LANGUAGES = ("zh", "en")
OPENED, CLOSED = 0.3, 0.35  # how many texts have an opening, a closing
MOST = 3  # pieces of one person
STAYS = 0.35  # how often somebody who wrote before writes again
NEWEST = 0.7  # of those with the app have its newest version
PRODUCTS = (("app", 0.62), ("miniapp", 0.2), ("web", 0.18))
CHANNELS = (("chat", 0.45), ("web", 0.25), ("email", 0.3))
OFTEN = 30  # trials to say something that nobody has said


@dataclass
class Someone:
    """A person of the crowd: always of the same region, language and device."""

    handle: str
    language: str
    region: str
    product: str
    os: str
    release: int = 0
    days: list[date] = field(default_factory=list)


@dataclass(frozen=True)
class Said:
    """A piece of the crowd's feedback, and its theme: "flood" and "safety" beside those of phrases.yaml."""

    theme: str
    language: str
    item: Item


def crowd(first: date, last: date, zone: ZoneInfo) -> list[Said]:
    """Everything that the crowd says from one local day to another, in order of time."""
    return sorted(_Crowd(first, last, zone).speak(), key=lambda said: said.item.time)


def read_crowd() -> tuple[dict[str, Any], dict[str, Any]]:
    """The plan and the phrases."""
    folder = files("vocbot.demo") / "story"
    plan, phrases = (
        yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8")) for name in ("crowd", "phrases")
    )
    return plan, phrases


def flood_words() -> str:
    """What stands in every copy of the text that is passed on."""
    return str(read_crowd()[1]["flood"]["says"])


class _Crowd:
    def __init__(self, first: date, last: date, zone: ZoneInfo) -> None:
        self.plan, self.phrases = read_crowd()
        self.first, self.last, self.zone = first, last, zone
        self.chance = random.Random(self.plan["seed"])  # noqa: S311 - a story, no secret
        self.people: list[Someone] = []
        self.said: set[str] = set()
        self.releases = [(r["version"], datetime.fromisoformat(r["at"])) for r in self.plan["releases"]]

    def speak(self) -> Iterator[Said]:
        for day, counts in self._days():
            for theme in sorted(counts):
                for _ in range(counts[theme]):
                    yield self._piece(theme, day)
            yield from self._at_once(day)

    def _days(self) -> Iterator[tuple[date, Counter[str]]]:
        """How often each theme is said on each day."""
        monday = self.first
        while monday <= self.last:
            week = [monday + timedelta(days=n) for n in range(7) if monday + timedelta(days=n) <= self.last]
            counts = {day: Counter[str]() for day in week}
            for theme, plan in self.plan["themes"].items():
                for day in week:
                    counts[day][theme] += _wave(plan.get("wave"), day)
                for day in self.chance.sample(week, min(plan["level"], len(week))):
                    counts[day][theme] += 1
            spoken = sum(n for c in counts.values() for n in c.values())
            for n in range(max(0, round(self.plan["week"] * len(week) / 7) - spoken)):
                counts[week[n % len(week)]][self.plan["filler"]] += 1
            yield from counts.items()
            monday += timedelta(days=7)

    def _at_once(self, day: date) -> Iterator[Said]:
        """What is not put together: the copies that are passed on, and what is a matter of safety."""
        flood = self.plan["flood"]
        begin = datetime.fromisoformat(flood["at"])
        if begin.date() == day:
            texts = self.phrases["flood"]["texts"]
            for n in range(flood["people"]):
                who = self._somebody("zh", day, stranger=True)
                at = begin + timedelta(minutes=flood["minutes"]) * n / flood["people"]
                yield Said("flood", "zh", self._item(texts[n % len(texts)], at, who, "web"))
        for at, one in zip(map(datetime.fromisoformat, self.plan["safety"]), self.phrases["safety"], strict=True):
            if at.date() == day:
                who = self._somebody(one["language"], day, stranger=True)
                yield Said("safety", one["language"], self._item(one["text"], at, who, "email"))

    def _piece(self, theme: str, day: date) -> Said:
        language = LANGUAGES[self.chance.random() < self.plan["english"]]
        favour = self.plan["themes"][theme].get("favour", {}) if theme in self.plan["themes"] else {}
        who = self._somebody(language, day, favour=favour)
        at = datetime.combine(day, time(8), self.zone) + timedelta(seconds=self.chance.randrange(14 * 3600))
        told = self.phrases["themes"][theme]
        channel = _drawn(self.chance, CHANNELS)
        answer = None
        if told.get("answers") and self.chance.random() < self.plan["answered"]:
            answer = self._filled(self.chance.choice(told["answers"][language]), who)
        version = favour.get("version")
        return Said(theme, language, self._item(self._text(theme, told, who), at, who, channel, answer, version))

    def _item(
        self, text: str, at: datetime, who: Someone, channel: str, answer: str | None = None, version: str | None = None
    ) -> Item:
        attributes = {"product": who.product, "region": who.region}
        if who.product != "web":
            attributes["os"] = who.os
        if who.product == "app":
            out = [n for n, (_, released) in enumerate(self.releases) if released <= at]
            newest = out[-1] if self.chance.random() < NEWEST else max(out[-1] - 1, 0)
            if version is not None:
                newest = max(n for n in out if self.releases[n][0] <= version)
            who.release = max(who.release, newest)
            attributes["version"] = self.releases[who.release][0]
        after = timedelta(minutes=self.chance.randrange(4, 600))
        return Item(
            text,
            at,
            who.handle,
            channel,
            attributes,
            answer=answer,
            answered_at=at + after if answer else None,
            solved=bool(answer) and self.chance.random() < 0.7,
            closed=channel == "email" and self.chance.random() < self.plan["closed"],
        )

    def _somebody(
        self, language: str, day: date, stranger: bool = False, favour: Mapping[str, str] | None = None
    ) -> Someone:
        """Who writes: mostly somebody new. `favour` is what most of those who say this have in common."""
        wanted = favour or {}
        if not stranger and self.chance.random() < STAYS:
            known = [
                p
                for p in self.people[-400:]
                if p.language == language
                and len(p.days) < MOST
                and day not in p.days
                and wanted.get("region", p.region) == p.region
                and ("version" not in wanted or p.product == "app")
            ]
            if known:
                who = self.chance.choice(known)
                who.days.append(day)
                return who
        number = len(self.people)
        region = self.chance.choice(sorted(self.phrases["cities"]))
        if "region" in wanted and self.chance.random() < 0.65:
            region = wanted["region"]
        product = "app" if "version" in wanted else _drawn(self.chance, PRODUCTS)
        who = Someone(_handle(number), language, region, product, self.chance.choice(("iOS", "Android")), days=[day])
        self.people.append(who)
        return who

    def _text(self, theme: str, told: Mapping[str, Any], who: Someone) -> str:
        """A sentence of the theme, perhaps opened and closed; of several trials the first that nobody has said."""
        text = ""
        for _ in range(OFTEN):
            text = self._sentence(theme, told, who)
            if text not in self.said:
                break
        self.said.add(text)
        return text

    def _sentence(self, theme: str, told: Mapping[str, Any], who: Someone) -> str:
        chance, language = self.chance, who.language
        core = self._filled(chance.choice(told[language]), who)
        happy = theme.startswith("praise")
        opened = not happy and chance.random() < OPENED
        opening = self._filled(chance.choice(self.phrases["open"][language]), who) if opened else ""
        kind = "happy_close" if happy else "ask_close" if theme == self.plan["filler"] else "close"
        closing = chance.choice(self.phrases[kind][language]) if chance.random() < CLOSED else ""
        mark = ("？" if language == "zh" else "?") if theme == self.plan["filler"] else ""
        if language == "zh":
            between = mark or chance.choice(("，", "。", "！", " "))
            return opening + core + (between + closing if closing else mark)
        if not opening or opening.rstrip()[-1] in ".!?":
            core = core[0].upper() + core[1:]
        between = mark or chance.choice((".", "!", "..", " -"))
        end = chance.choice((".", "", "!"))
        return opening + core + (f"{between} {closing[0].upper() + closing[1:]}{end}" if closing else mark or end)

    def _filled(self, words: str, who: Someone) -> str:
        language, chance = who.language, self.chance
        return words.format(
            product=chance.choice(self.phrases["products"][language]),
            city=chance.choice(self.phrases["cities"][who.region][language]),
            when=chance.choice(self.phrases["when"][language]),
            days=chance.choice(self.phrases["days"][language]),
        )


_SYLLABLES = ("bo", "chi", "dan", "fei", "gao", "han", "jin", "kai", "lan", "mei", "nuo", "qiu", "rui", "shu", "tao")


def _handle(number: int) -> str:
    """A pseudonym that is no word of anybody's text."""
    a, b = divmod(number, len(_SYLLABLES))
    return f"{_SYLLABLES[b]}.{_SYLLABLES[a % len(_SYLLABLES)]}_{number + 101}"


def _wave(wave: Mapping[str, Any] | None, day: date) -> int:
    if wave is None or not wave["first"] <= day <= wave["last"]:
        return 0
    number: int = (day - wave["first"]).days
    days: list[int] = wave["days"]
    return days[number] if number < len(days) else int(wave["then"])


def _drawn(chance: random.Random, shares: tuple[tuple[str, float], ...]) -> str:
    names, weights = zip(*shares, strict=True)
    return str(chance.choices(names, weights)[0])
