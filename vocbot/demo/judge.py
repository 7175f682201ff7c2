"""Did the loop close? Judged from the stand-ins' own logs, never from our tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vocbot.demo.promises import Check, listed, story_checks
from vocbot.demo.received import Received, html_text, received
from vocbot.demo.story import Item
from vocbot.demo.world import World
from vocbot.sdk.testing.standin import read_log
from vocbot.text.guard import leaks
from vocbot.text.redact import redact

_OWN_FIELDS = {"recipients", "to", "from", "headers", "ts", "channel"}  # addressing, not content


def judge(
    logs: Mapping[str, Path], items: Sequence[Item], world: World | None = None, titles: Mapping[str, str] | None = None
) -> list[Check]:
    """Every promise that the logs can show; with a `world` also those of our own story."""
    got = received(logs)
    own = story_checks(got, world, titles or {}) if world is not None else []
    return [
        _closed(got, any(item.answer for item in items)),
        _once(got, "ticket", "exactly one ticket per issue and generation"),
        _once(got, "notice", "no notice twice"),
        _one_each(got),
        _approved(logs["slack"], got),
        _private(logs, items),
        *own,
    ]


def _closed(got: Sequence[Received], answered: bool) -> Check:
    """An FAQ entry can only come of what agents answered; a file of feedback alone has no answers."""
    counts = Counter(r.what for r in got)
    wanted = ("ticket", "digest", *(("faq",) if answered else ()), "notice", "verdict")
    missing = [w for w in wanted if not counts[w]]
    seen = ", ".join(f"{counts[w]} {w}{'s' if counts[w] != 1 else ''}" for w in wanted)
    seen += "" if answered else "; no agent answered, so there is nothing to make an FAQ entry of"
    return Check("the loop closed: ticket, digest, FAQ entry, notice, verdict", not missing, seen)


def _once(got: Sequence[Received], what: str, promise: str) -> Check:
    counts = Counter(r.key for r in got if r.what == what)
    twice = [key for key, n in counts.items() if n > 1 or not key]
    return Check(promise, not twice, f"{len(counts)} keys, {sum(counts.values())} arrived" + listed(twice))


def _one_each(got: Sequence[Received]) -> Check:
    """By recipient and text, whatever the keys say."""
    counts = Counter((r.to, r.text) for r in got if r.what == "notice")
    twice = [to for (to, _), n in counts.items() if n > 1]
    return Check(
        "nobody read the same message twice", not twice, f"{len(counts)} messages to {len({t for t, _ in counts})}"
    )


def _approved(path: Path, got: Sequence[Received]) -> Check:
    """Each notice and entry came after a named person pressed approve on the question about it."""
    yes = _pressed(path)
    missing = []
    for r in got:
        if r.what == "notice":
            token = f"notice:{r.key.rsplit(':', 1)[-1]}"
            if token not in yes or yes[token][0] > r.at:
                missing.append(r.key)
    published = sum(r.what == "faq" for r in got)
    faqs = [t for t in yes if t.startswith("faq:")]
    if published > len(faqs):
        missing.append(f"{published - len(faqs)} FAQ entries")
    people = sorted({who for _, who in yes.values()})
    return Check(
        "everything a customer sees was approved by a named person",
        not missing,
        f"approved by {', '.join(people)}" + listed(missing),
    )


def _pressed(path: Path) -> dict[str, tuple[str, str]]:
    """Token -> (when, who) of every approval that somebody pressed."""
    found: dict[str, tuple[str, str]] = {}
    for entry in read_log(path):
        for effect in entry.get("effects") or []:
            if effect["effect"] == "button_pressed" and effect["action"] == "approve":
                found.setdefault(effect["value"], (entry["at"], effect["user"]))
    return found


def _private(logs: Mapping[str, Path], items: Sequence[Item]) -> Check:
    """No personal data in any body: none that the finders see, and none of the values customers gave away."""
    known = _known_values(items)
    found: Counter[str] = Counter()
    for name, path in logs.items():
        for entry in read_log(path):
            if entry["direction"] != "in" or entry["path"].endswith("/oauth/tokens"):  # credentials, not content
                continue
            for text in (html_text(t) for t in _texts(entry["body"])):
                for kind in leaks([text]):
                    found[f"{name}: {kind}"] += 1
                low = text.lower()
                for value in known:
                    if value in low:
                        found[f"{name}: a value from a customer's text"] += 1
    return Check("no personal data in any body", not found, f"{len(known)} private values looked for" + listed(found))


def _known_values(items: Sequence[Item]) -> set[str]:
    values = set()
    for item in items:
        for hit in redact(item.text).found:
            value = item.text[hit.start : hit.end].strip().lower()
            if len(value) >= 5 or hit.kind not in ("NAME",):
                values.add(value)
        if len(item.author) >= 6:
            values.add(item.author.lower())
    return {v for v in values if len(v) >= 5}


def _texts(body: Any) -> list[str]:
    if isinstance(body, str):
        return [body]
    if isinstance(body, dict):
        return [t for k, v in body.items() if k not in _OWN_FIELDS for t in _texts(v)]
    if isinstance(body, list):
        return [t for v in body for t in _texts(v)]
    return []


def write(path: Path, checks: Sequence[Check]) -> None:
    """Keep the judgement beside the logs."""
    path.write_text(json.dumps([c.__dict__ for c in checks], ensure_ascii=False, indent=2), encoding="utf-8")
