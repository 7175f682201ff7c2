"""`vocbot demo`: play the story, show what each role received, judge it, and keep serving until told to stop."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from vocbot.data import rule_paths, shipped_packs
from vocbot.demo.compose import crowd
from vocbot.demo.conductor import Conductor
from vocbot.demo.guide import Guide, welcome
from vocbot.demo.judge import judge, write
from vocbot.demo.promises import Check
from vocbot.demo.received import Received, received
from vocbot.demo.stage import DAYS_A_SECOND, Stage
from vocbot.demo.story import Item, read_items
from vocbot.demo.world import World, read_world
from vocbot.registry import find_connectors
from vocbot.text.language import detect
from vocbot.understand.fitting import fitting
from vocbot.understand.rulepack import load_packs

ROLES = (
    ("product", ("ticket", "comment"), "Product managers received tickets (Jira)"),
    ("marketing", ("digest",), "Marketing received digests (Slack)"),
    ("support lead", ("question about faq", "question about notice"), "The support lead was asked (Slack)"),
    ("support", ("faq",), "The knowledge base shows (Zendesk Guide)"),
    ("customer", ("notice",), "Customers received (Zendesk replies and e-mail)"),
    ("executive", ("verdict",), "Executives received verdicts (Slack)"),
)
console = Console(emoji=False, highlight=False)


def run(
    folder: Path,
    feedback: Path | None,
    rules: tuple[str, ...],
    store: str,
    stay: bool,
    speed: float = DAYS_A_SECOND,
) -> int:
    """Run the demo in `folder`; `speed` in days a second at the most. The exit code is 0 only if the loop closed."""
    world = read_world() if feedback is None else replace(read_world(), campaigns=())
    zone = ZoneInfo(world.zone)
    items = read_items(feedback, zone) if feedback else our_story(zone)
    rules = rules or (best_pack(items) if feedback else ("shop",))
    titles = {
        title: pack.issue_key(issue)
        for pack in load_packs(rule_paths(rules))
        for issue in pack.issues
        for title in (issue.title.zh, issue.title.en)
    }
    start = datetime.combine(items[0].time.astimezone(zone).date(), datetime.min.time(), zone)
    began = time.monotonic()
    fields = sorted({name for item in items for name in item.attributes})
    with Stage(folder, world, find_connectors(), rules, start, fields, store, speed) as stage:
        console.print(
            f"[bold]vocbot demo[/bold]: {len(items)} pieces of feedback from {items[0].time.date()} to "
            f"{items[-1].time.date()}, on real HTTP against stand-ins of Zendesk, Jira, Slack and a mail server.\n"
            f"vocbot runs as process {stage.pid} (kill -9 it if you like: it is started again). Files: {stage.folder}"
        )
        for line in welcome(world, stage.url, stage.password):
            console.print(line, markup=False)
        say = lambda text: console.print(f"  {text}", style="dim", markup=False)  # noqa: E731
        guide = Guide(stage.url, stage.standins, say)
        Conductor(stage, world, titles, feedback is None, say, guide.look, leave_last=stay).play(items, zone)
        logs = {name: stage.log_path(name) for name in stage.standins}
        _show(received(logs))
        checks = judge(logs, items, None if feedback else world, titles)
        write(stage.folder / "judgement.json", checks)
        closed = _verdict(checks, stage, time.monotonic() - began)
        if stay:
            _stay(stage, world)
    return 0 if closed else 3


def our_story(zone: ZoneInfo) -> list[Item]:
    """What was written by hand, and the crowd."""
    told = read_items(Path(str(files("vocbot.demo") / "story" / "feedback.jsonl")), zone)
    first, last = (item.time.astimezone(zone).date() for item in (told[0], told[-1]))
    return sorted([*told, *(said.item for said in crowd(first, last, zone))], key=lambda item: item.time)


def best_pack(items: Sequence[Item]) -> tuple[str, ...]:
    """The shipped rule pack that recognises most of the items."""
    fit = fitting(load_packs(rule_paths(shipped_packs())), [item.text for item in items])
    best = next(iter(fit), "shop")
    console.print(
        f"rule pack {best}: it recognises {fit.get(best, 0)} of {len(items)} items (choose another with --rules)"
    )
    return (best,)


def _show(got: Sequence[Received]) -> None:
    """What each role received in full: every ticket, comment and verdict, of the rest one example in each language."""
    for role, kinds, heading in ROLES:
        console.rule(f"[bold]{heading}[/bold]", align="left")
        for kind in kinds:
            mine = [r for r in got if r.role == role and r.what == kind]
            if not mine:
                console.print(f"  no {kind}", style="dim")
            whole = mine if kind in ("ticket", "verdict", "comment") else _richest(mine)
            for r in whole:
                console.print(Panel(escape(r.text), title=escape(f"{kind} · {r.key}"), title_align="left"))
            if len(mine) > len(whole):
                console.print(f"  and {len(mine) - len(whole)} more", style="dim")


def _richest(mine: Sequence[Received]) -> list[Received]:
    """Of many alike, the longest in each language."""
    best: dict[str, Received] = {}
    for r in mine:
        language = detect(r.text)
        if language not in best or len(r.text) > len(best[language].text):
            best[language] = r
    return list(best.values())


def _verdict(checks: Sequence[Check], stage: Stage, seconds: float) -> bool:
    console.rule("[bold]Judged from the stand-ins' logs[/bold]", align="left")
    for check in checks:
        mark = "[green]yes[/green]" if check.holds else "[red]NO[/red]"
        console.print(f"{mark}  {escape(check.what)} ({escape(check.seen)})")
    if not any(check.holds for check in checks[:1]):
        console.print(
            "No loop closed: without an alarm (five mentions of one issue by three people on a day that usually has "
            "far fewer) and eight mentions in a week there is no ticket, and without a ticket nobody is told."
        )
    console.print(
        f"\n{seconds:.0f} seconds; the worker was started again {stage.restarts} times. Look at:\n"
        f"  vocbot issues -c {stage.config}\n"
        f"  vocbot why VOC-1 -c {stage.config}\n"
        f"  vocbot change list -c {stage.config}\n"
        f"  vocbot audit show VOC-1 -c {stage.config}\n"
        f"  {stage.folder / 'logs'}: every request that the stand-ins received"
    )
    return all(check.holds for check in checks)


def _stay(stage: Stage, world: World) -> None:
    console.print()
    for line in welcome(world, stage.url, stage.password):
        console.print(line, markup=False)
    console.print("What was asked in the last days is left for you to decide. Still serving; Ctrl-C ends it.")
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("ended")
