"""The verbs. Each loads what it needs when it runs, so that `vocbot --help` answers at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from sqlmodel import Session

    from vocbot.config.model import Settings
    from vocbot.runtime import Core
    from vocbot.sdk.clock import Clock
    from vocbot.store.db import Store
    from vocbot.store.tables import Issue

app = typer.Typer(
    help="vocbot closes the loop between what customers say and what a company does.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
changes = typer.Typer(help="What the company did and when it reached customers.", no_args_is_help=True)
rules_app = typer.Typer(help="The rules that recognise issues.", no_args_is_help=True)
audit_app = typer.Typer(help="The append-only log of what happened.", no_args_is_help=True)
app.add_typer(changes, name="change")
app.add_typer(rules_app, name="rules")
app.add_typer(audit_app, name="audit")

ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", envvar="VOCBOT_CONFIG", help="Configuration file.", show_default=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
HERE = Path("vocbot.yaml")


def main() -> None:
    """Run a verb. A user's mistake is said in one line each and ends with code 1 or 2, never with a traceback."""
    try:
        app()
    except VocbotError as error:
        _complain(str(error))
        sys.exit(2)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


def _show(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201


@contextmanager
def _core(config: Path) -> Iterator[Core]:
    """Everything, for verbs that decide or act."""
    from vocbot.config.load import load
    from vocbot.registry import find_connectors
    from vocbot.runtime import build

    registry = find_connectors()
    core = build(load(config, registry), registry)
    try:
        yield core
    finally:
        core.close()


@dataclass(frozen=True)
class _Opened:
    """What verbs need that do without the loop, and so start several times faster."""

    settings: Settings
    store: Store
    clock: Clock


@contextmanager
def _opened(config: Path) -> Iterator[_Opened]:
    from vocbot.config.load import load
    from vocbot.config.opened import open_clock
    from vocbot.registry import find_connectors
    from vocbot.store.db import open_store

    settings = load(config, find_connectors()).settings
    store = open_store(settings.store.url)
    try:
        yield _Opened(settings, store, open_clock(settings))
    finally:
        store.close()


@app.command()
def demo(
    exit_: Annotated[
        bool, typer.Option("--exit", help="End when the story is told; code 0 only if the loop closed.")
    ] = False,
    feedback: Annotated[
        Path | None, typer.Option(help="Play these items instead (JSONL: text, time, author, channel, attributes).")
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="Where the demo keeps its files; an older demo in it is replaced.")
    ] = Path("vocbot-demo"),
    rules: Annotated[
        str, typer.Option(help="Rule packs, separated by commas; none: shop, or the one that knows your items best.")
    ] = "",
    store: Annotated[str, typer.Option(help="Database address instead of SQLite files, e.g. postgresql://...")] = "",
) -> None:
    """Watch twelve weeks of feedback become tickets, digests, answers, notices and verdicts, in a minute."""
    from vocbot.demo.show import run

    packs = tuple(r.strip() for r in rules.split(",") if r.strip())
    raise typer.Exit(run(folder, feedback, packs, store, stay=not exit_))


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="File to write.")] = HERE,
    language: Annotated[str, typer.Option(help="Language of the comments: en or zh.")] = "",
) -> None:
    """Ask a handful of questions and write a commented configuration."""
    from vocbot.config.init import ask_and_write

    ask_and_write(path, language)


@app.command()
def check(
    config: ConfigPath = HERE,
    online: Annotated[bool, typer.Option("--online", help="Also ask every outside system.")] = False,
) -> None:
    """Check the configuration: everything that is wrong, each with file:line and what to do."""
    from vocbot.config.check import check_all

    problems = check_all(config, online)
    raise typer.Exit(1 if problems else 0)


@app.command()
def serve(config: ConfigPath = HERE) -> None:
    """Take webhooks and do the work, until stopped."""
    with _core(config) as core:
        from vocbot.web.serve import serve as run

        run(core)


@app.command()
def issues(config: ConfigPath = HERE, as_json: AsJson = False) -> None:
    """List the issues: mentions, people, state, alarms."""
    with _opened(config) as opened, opened.store.read() as session:
        from vocbot.store.issue_list import issue_list
        from vocbot.store.why import listed_facts

        listed = issue_list(session)
        language = opened.settings.language
        if as_json:
            _show([listed_facts(one, language) for one in listed])
            return
        from vocbot.screen import issue_table

        issue_table(listed, language, opened.settings.zone)


@app.command()
def why(
    issue: Annotated[str, typer.Argument(help="An issue such as VOC-1.")],
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Show the mentions, rules and windows behind every number of an issue."""
    with _opened(config) as opened, opened.store.read() as session:
        from vocbot.store.why import why as explain

        found = _issue(session, issue)
        zone = opened.settings.zone
        facts = explain(session, found, opened.clock.now().astimezone(zone).date())
        if as_json:
            _show(facts)
            return
        from vocbot.screen import why_screen

        why_screen(facts, opened.settings.language, zone)


@app.command()
def connectors(as_json: AsJson = False) -> None:
    """List the installed connectors and what they can do; broken ones with their error."""
    from vocbot.registry import find_connectors

    registry = find_connectors()
    if as_json:
        _show(
            {
                "connectors": [
                    {"id": m.id, "title": m.title, "ports": sorted(m.ports), "checked_against": m.checked_against}
                    for m in registry.manifests.values()
                ],
                "broken": [{"id": b.id, "error": b.error} for b in registry.broken],
            }
        )
        return
    from vocbot.screen import connector_table

    connector_table(registry)


@changes.command("add")
def change_add(
    issue: Annotated[str, typer.Option(help="The issue it is about, such as VOC-1.")],
    at: Annotated[
        str, typer.Option(help="When it reached customers (ISO time with zone, or `now`); none: later.")
    ] = "",
    kind: Annotated[str, typer.Option(help="fix, release, policy or campaign.")] = "fix",
    version: Annotated[str, typer.Option(help="Version that customers see.")] = "",
    en: Annotated[str, typer.Option(help="What changed, in a customer's English.")] = "",
    zh: Annotated[str, typer.Option(help="What changed, in a customer's Chinese.")] = "",
    check_en: Annotated[str, typer.Option(help="How a customer can see it, English.")] = "",
    check_zh: Annotated[str, typer.Option(help="How a customer can see it, Chinese.")] = "",
    hypothesis: Annotated[str, typer.Option(help="What you expect; hashed into the audit log.")] = "",
    target: Annotated[
        float, typer.Option(help="Hoped-for change of weekly mentions, from -1 (none left) to 0.")
    ] = -0.6,
    by: Annotated[str, typer.Option(help="Your name.", envvar="USER")] = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Register a change: without --at it waits for its ticket to be done; with --at it is out, and people are told."""
    from vocbot.measure.change import register
    from vocbot.store.tables import Change

    if kind not in ("fix", "release", "policy", "campaign"):
        raise VocbotError(f"--kind {kind}: use fix, release, policy or campaign")
    if not -1 <= target <= 0:
        raise VocbotError(f"--target {target}: write a number from -1 (none left) to 0, such as -0.6 for 60 % fewer")
    change = Change(
        kind=kind,
        version=version,
        what_en=en,
        what_zh=zh,
        check_en=check_en,
        check_zh=check_zh,
        hypothesis=hypothesis,
        target=target,
        added_by=_name(by),
    )
    if at:
        with _core(config) as core, core.store.write(lock="drain") as session:
            now = core.clock.now()
            found = _issue(session, issue)
            register(session, found, change, now)
            core.loop.released(session, found, change, _time(at, now), change.added_by)
            name = change.name
    else:
        with _opened(config) as opened, opened.store.write(lock="drain") as session:
            register(session, _issue(session, issue), change, opened.clock.now())
            name = change.name
    print(name)  # noqa: T201


def _issue(session: Session, name: str) -> Issue:
    from vocbot.store.why import find_issue

    found = find_issue(session, name)
    if found is None:
        raise VocbotError(f"there is no issue {name}; `vocbot issues` lists them")
    return found


@changes.command("list")
def change_list(config: ConfigPath = HERE) -> None:
    """List the changes and what measuring says of them."""
    from vocbot.screen import change_table

    with _opened(config) as opened, opened.store.read() as session:
        change_table(session, opened.settings.zone)


def _name(by: str) -> str:
    """Whoever decides or releases something is named in the audit log."""
    if not by.strip():
        raise VocbotError("--by is empty: your name goes into the audit log")
    return by.strip()


def _time(text: str, now: datetime) -> datetime:
    if text == "now":
        return now
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            time = time.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day that Python knows, in another zone
        raise VocbotError(f"--at {text}: not a time; write 2026-11-24T18:00+08:00 or now") from None
    if time.tzinfo is None:
        whole = time.isoformat(timespec="minutes")
        raise VocbotError(f"--at {text}: the zone is missing; write {whole}+08:00, or +00:00 for UTC")
    if time > now:
        raise VocbotError(f"--at {text} is in the future: leave it out, and add the time when it is out")
    return time


@app.command()
def approvals(config: ConfigPath = HERE) -> None:
    """List what waits for a named person's yes."""
    from vocbot.screen import approval_table

    with _opened(config) as opened, opened.store.read() as session:
        approval_table(session)


@app.command()
def decide(
    token: Annotated[str, typer.Argument(help="What is decided, as `vocbot approvals` names it.")],
    by: Annotated[str, typer.Option(help="Your name; it goes into the audit log.")],
    reject: Annotated[bool, typer.Option("--reject", help="Say no.")] = False,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    config: ConfigPath = HERE,
) -> None:
    """Approve what waits, or reject it."""
    from vocbot.screen import decided
    from vocbot.sdk.events import Decision

    with _core(config) as core, core.store.write(lock="drain") as session:
        name = _name(by)
        decision = Decision(token, not reject, name, name, core.clock.now(), reason or None)
        if not core.loop.decide(session, decision):
            raise VocbotError(
                decided(session, token, core.loop.settings.zone)
                or f"nothing waits for {token}; `vocbot approvals` lists what does"
            )


@rules_app.command("test")
def rules_test(
    packs: Annotated[list[str] | None, typer.Argument(help="Packs by name or path; all shipped ones if none.")] = None,
) -> None:
    """Run the examples of every rule."""
    from vocbot.data import rule_paths, shipped
    from vocbot.screen import rule_report
    from vocbot.text.clean import fold
    from vocbot.understand.rulecheck import check_examples
    from vocbot.understand.rulepack import load_packs

    names = packs or sorted(p.stem for p in shipped("rules").glob("*.yaml"))
    loaded = load_packs(rule_paths(names))
    problems = [p for pack in loaded for p in check_examples(pack, fold)]
    raise typer.Exit(rule_report(loaded, problems))


@audit_app.command("show")
def audit_show(
    subject: Annotated[str, typer.Argument(help="VOC-1, CHANGE-1, a pseudonym; nothing: the latest.")] = "",
    config: ConfigPath = HERE,
) -> None:
    """Show what happened."""
    from vocbot.screen import audit_table

    with _opened(config) as opened, opened.store.read() as session:
        audit_table(session, subject, opened.settings.zone)


@audit_app.command("verify")
def audit_verify(config: ConfigPath = HERE) -> None:
    """Check that nothing was taken out of the log or changed in it."""
    from vocbot.store.audit import verify

    with _opened(config) as opened, opened.store.read() as session:
        seen, broken = verify(session)
    if broken is not None:
        raise VocbotError(
            f"entry {broken} does not fit the chain: the log was changed there ({seen} entries before it fit)"
        )
    print(f"{seen} entries, the chain is whole")  # noqa: T201
