"""What commands print for people: tables and small reports on the terminal. No decisions here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from vocbot.locale import say, sentences, word
from vocbot.store.why import read_as

if TYPE_CHECKING:
    from sqlmodel import Session

    from vocbot.importing import Imported
    from vocbot.measure.kpi import AreaScore, Suspicion
    from vocbot.registry import Registry
    from vocbot.store.approval_list import Waiting
    from vocbot.store.copy import Copy
    from vocbot.store.delivery_list import Outward
    from vocbot.store.issue_list import Listed
    from vocbot.store.retention import Due
    from vocbot.store.source_list import SourceState
    from vocbot.store.tables import Delivery, Unread
    from vocbot.trial import Trial
    from vocbot.understand.rulecheck import ExampleProblem
    from vocbot.understand.rulediff import Diff, Known
    from vocbot.understand.rulepack import RulePack

console = Console(emoji=False, soft_wrap=False)


def _lines() -> Console:
    """For sentences, which the terminal may wrap; made when it prints, so that it finds where output goes then."""
    return Console(emoji=False, soft_wrap=True, highlight=False)


def _table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    return table


def _local(time: datetime, zone: ZoneInfo) -> str:
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def issue_table(listed: Sequence[Listed], language: str, zone: ZoneInfo) -> None:
    """Issues with their numbers; alarms as state and date."""
    if not listed:
        console.print("No issue yet.")
        return
    table = _table("issue", "title", "mentions", "people", "state", "ticket", "last seen", "signals",
                   numbers=("mentions", "people"))  # fmt: skip
    for one in listed:
        table.add_row(
            one.issue.name,
            escape(one.issue.title(language)),
            f"{one.mentions}{f' +{one.copies}' if one.copies else ''}",
            str(one.people),
            one.state.replace("_", " "),
            (one.ticket.key or "") if one.ticket else "",
            _local(one.issue.last_seen, zone),
            ", ".join(f"{s.state} {s.day}" for s in one.signals),
        )
    console.print(table)


def why_screen(facts: dict[str, Any], language: str, zone: ZoneInfo) -> None:
    """Every number of an Issue with its window, then every mention with its rules."""
    figures = facts["numbers"]
    week = figures["last_7_days"]
    console.print(f"[bold]{facts['issue']}[/bold] {escape(facts['title'][language])}")
    console.print(
        f"{figures['mentions']} mentions by {figures['people']} people in all; "
        f"{week['mentions']} from {week['first']} to {week['last']} ({week['before']} in the seven days before), "
        f"evidence {week['evidence']}"
    )
    if facts["priority"]:
        console.print(escape(_priority_line(facts["priority"])))
    for signal in figures["signals"]:
        console.print(
            f"{signal['state']} on {signal['date']}: {signal['observed']} in {signal['window']}, "
            f"{signal['expected']:.1f} expected, p = {signal['p']:.2g}, {signal['people']} people"
        )
    for verdict in figures["verdicts"]:
        console.print(
            f"{verdict['change']} after {verdict['week']} weeks: {verdict['verdict'].replace('_', ' ')}, rate ratio "
            f"{verdict['rate_ratio']} ({verdict['low']} to {verdict['high']})"
        )
    table = _table("mention", "time", "external id", "text (redacted)", "because", "read as")
    for mention in facts["mentions"]:
        table.add_row(
            str(mention["id"]),
            _local(datetime.fromisoformat(mention["time"]), zone),
            escape(mention["external_id"]),
            escape(mention["text"]),
            escape(", ".join(mention["because"])),
            escape(read_as(mention)),
        )
    console.print(table)


def _priority_line(found: dict[str, Any]) -> str:
    factors = ", ".join(f"{name} {value:.3g}" for name, value in found["factors"].items())
    line = f"{found['band']}, place {found['place']}: {found['formula']} = {found['value']:.3g} with {factors}"
    line += "; safety or law: P1 whatever the formula" if found["safety_or_law"] else ""
    if found["set_by"]:
        line += f"; set by {found['set_by']} ({found['set_because']}), by the formula or floor {found['suggested']}"
    return line


def imported(done: Imported, mapped: Collection[str], language: str) -> None:
    """What an import brought, and what it could not use; `mapped` are the names that columns were given."""
    known = done.rows - done.new
    out = _lines()
    out.print(say(language, "import.done", rows=f"{done.rows:,}", new=f"{done.new:,}", known=f"{known:,}"))
    if "time" not in mapped:
        out.print(say(language, "import.no_time"))
    if done.refused:
        out.print(say(language, "import.refused", count=f"{done.refused:,}"))
        for reason in done.reasons:
            out.print(f"  {escape(reason)}")
        if done.refused > len(done.reasons):
            out.print("  ...")
    for name, count in done.tally.items():
        key = f"import.tally.{name.replace(' ', '_')}"
        if count and key in sentences(language):
            out.print(say(language, key, count=f"{count:,}"))
    out.print(say(language, "import.next_events" if "event" in mapped else "import.next"))


def source_table(listed: Sequence[SourceState], language: str, zone: ZoneInfo) -> None:
    """Sources with what is known of each, then what is wrong."""
    from vocbot.tell.alert import sentence

    out = _lines()
    if not listed:
        out.print(say(language, "source.none"))
        return
    table = _table(*(say(language, f"source.{name}") for name in ("name", "heard", "records", "complete", "ended")))
    for one in listed:
        poll = one.poll
        table.add_row(
            one.name,
            _local(one.heard_at, zone) if one.heard_at else "-",
            f"{one.records:,}",
            _local(poll.complete_at, zone) if poll and poll.complete_at else "-",
            escape(poll.reason or poll.ended) if poll else "-",
        )
    out.print(table)
    for one in listed:
        for alarm in one.alarms:
            out.print(f"[yellow]{escape(one.name)}: {escape(sentence(alarm, language, zone))}[/yellow]")


def delivery_table(listed: Sequence[Outward], language: str, zone: ZoneInfo) -> None:
    """Connectors with what leaves through each; below, what is held."""
    out = _lines()
    if not listed:
        out.print(say(language, "delivery.none"))
        return
    states = sorted({state for one in listed for state in one.states})
    names = [word(language, "delivery", state) for state in states]
    table = _table(say(language, "delivery.connector"), *names, say(language, "delivery.due"), numbers=names)
    for one in listed:
        counts = (f"{one.states[state]:,}" if state in one.states else "" for state in states)
        table.add_row(escape(one.connector), *counts, _local(one.due, zone) if one.due else "")
    out.print(table)
    for one in listed:
        if one.held:
            facts = {"connector": one.connector, "by": one.held.by, "at": _local(one.held.at, zone)}
            why = f": {one.held.why}" if one.held.why else ""
            out.print(f"[yellow]{escape(say(language, 'delivery.held', **facts) + why)}[/yellow]")


def dead_table(acts: Sequence[Delivery], records: Sequence[Unread], language: str, zone: ZoneInfo) -> None:
    """What was given up, each with why; and what to do."""
    out = _lines()
    if not acts and not records:
        out.print(say(language, "dead.none"))
    if acts:
        table = _table(*(say(language, f"dead.{name}") for name in ("act", "connector", "state", "since", "why")))
        for act in acts:
            since = _local(act.ended_at, zone) if act.ended_at else ""
            state = word(language, "delivery", act.state)
            table.add_row(escape(act.key), escape(act.connector), state, since, escape(act.error))
        out.print(table)
        out.print(say(language, "dead.acts_next"))
    if records:
        table = _table(*(say(language, f"dead.{name}") for name in ("record", "source", "since", "why")))
        for record in records:
            table.add_row(str(record.inbound_id), escape(record.source), _local(record.at, zone), escape(record.reason))
        out.print(table)
        out.print(say(language, "dead.records_next"))


def trial_screen(trial: Trial) -> None:
    """What a source brought, and what was made of it."""
    out = _lines()
    more = "there is more" if trial.more else "that is all there is"
    kinds = ", ".join(f"{kind} {count}" for kind, count in trial.kinds.items())
    out.print(f"{trial.records} records on {trial.pages} page(s), {more}. {escape(kinds)}")
    for facts in trial.shown:
        out.print(escape("  " + "  ".join(f"{name}: {value}" for name, value in facts.items())))
    for line in trial.explained:
        out.print(escape(f"  {line}"))
    for reason in trial.unread:
        out.print(f"[yellow]not understood: {escape(reason)}[/yellow]")


def connector_table(registry: Registry) -> None:
    """Installed connectors, their ports, and what they were checked against."""
    table = _table("connector", "what", "ports", "checked against")
    for manifest in registry.manifests.values():
        ports = ", ".join(p.replace("_", " ") for p in sorted(manifest.ports))
        table.add_row(manifest.id, manifest.title, ports, manifest.checked_against)
    for broken in registry.broken:
        table.add_row(broken.id, f"[red]does not load: {escape(broken.error)}[/red]", "", "")
    console.print(table)


def change_table(session: Session, zone: ZoneInfo) -> None:
    """Changes with their latest verdict."""
    from sqlmodel import col, select

    from vocbot.store.tables import Change, Issue, Verdict

    rows = session.exec(select(Change).order_by(col(Change.id))).all()
    if not rows:
        console.print("No change yet. Add one with `vocbot change add --issue VOC-1`.")
        return
    table = _table("change", "issue", "kind", "version", "released", "verdict", "rate ratio")
    for change in rows:
        issue = session.get(Issue, change.issue_id) if change.issue_id else None
        verdict = session.exec(
            select(Verdict).where(Verdict.change_id == change.id).order_by(col(Verdict.week).desc())
        ).first()
        table.add_row(
            change.name,
            issue.name if issue else "",
            change.kind,
            escape(change.version),
            _local(change.released_at, zone) if change.released_at else "not yet",
            verdict.verdict.replace("_", " ") if verdict else "",
            f"{verdict.rate_ratio:.2f} ({verdict.low:.2f} to {verdict.high:.2f})" if verdict else "",
        )
    console.print(table)


def approval_table(waiting: Sequence[Waiting]) -> None:
    """What waits for a decision, grouped by what one decision covers."""
    if not waiting:
        console.print("Nothing waits for a decision.")
        return
    table = _table("token", "what", "about", "how many", numbers=("how many",))
    for one in waiting:
        table.add_row(escape(one.token), one.act, escape(one.subject), str(one.count))
    console.print(table)


def decided(session: Session, token: str, zone: ZoneInfo) -> str | None:
    """Who has decided about this already, in one line; None where nobody has."""
    from vocbot.store.approval_list import decision

    found = decision(session, token)
    if found is None:
        return None
    word = "approved" if found.approved else "declined"
    return f"{token} was {word} by {found.by_name} on {_local(found.at, zone)}; the first decision counts"


def audit_table(session: Session, subject: str, zone: ZoneInfo, most: int = 50) -> None:
    """The facts about one subject, or the latest of all."""
    from sqlmodel import col, select

    from vocbot.store.audit import facts
    from vocbot.store.tables import AuditEntry

    entries = (
        facts(session, subject)
        if subject
        else list(reversed(session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(most)).all()))
    )
    if not entries:
        console.print(f"Nothing is known of {subject}." if subject else "Nothing happened yet.")
        return
    table = _table("when", "who", "what", "about", "details")
    for entry in entries:
        details = ", ".join(f"{k} {v}" for k, v in entry.detail.items() if v not in (None, ""))
        table.add_row(_local(entry.at, zone), escape(entry.actor), entry.action, escape(entry.subject), escape(details))
    console.print(table)


def kpi_lines(scores: Sequence[AreaScore], odd: Sequence[Suspicion], language: str) -> None:
    """Print a line for each KPI, and for each day that looks made up."""
    from vocbot.stats.scores import MIN_ANSWERS

    out = _lines()
    for one in scores:
        area, found = word(language, "area", one.area), one.summary
        if found.value is None:
            out.print(say(language, "kpi.few", source=one.source, area=area, n=found.n, least=MIN_ANSWERS))
            continue
        value, low, high = (f"{x:.0f}" for x in (found.value, found.low or 0.0, found.high or 0.0))
        figures = {"kind": one.kind.upper(), "value": value, "low": low, "high": high, "n": found.n}
        out.print(say(language, "kpi.known", source=one.source, area=area, **figures))
    for day in odd:
        crowd = day.crowd
        out.print(
            say(
                language,
                "kpi.crowded",
                source=day.source,
                day=day.day,
                score=f"{crowd.score:g}",
                seen=crowd.seen,
                expected=f"{crowd.expected:.1f}",
            )
        )
    if not scores and not odd:
        out.print(say(language, "kpi.none"))


def copy_table(copied: Copy) -> None:
    """What was copied, table by table; every digest was computed on both sides."""
    table = _table("table", "rows", "content, the same on both sides", numbers=("rows",))
    for one in copied.tables:
        table.add_row(one.table, f"{one.found.rows:,}", one.found.digest[:16])
    console.print(table)
    if copied.replaced:
        console.print(f"{copied.replaced} rows held a NUL, which PostgreSQL does not take: U+FFFD is there now")


def retention_table(keep: Mapping[str, int | None], due: Due, gone: bool) -> None:
    """How long what is kept, and how much of it is due to go, or went."""
    table = _table("what", "kept", "gone" if gone else "due to go", numbers=("gone", "due to go"))
    for what, setting, count in (
        ("raw records that were read", "raw_days", due.raw),
        ("records that could not be read", "unread_days", due.unread),
        ("the engine's rows of finished attempts", "engine_days", due.engine),
    ):
        days = keep[setting]
        table.add_row(what, "for ever" if days is None else f"{days} days", f"{count:,}")
    console.print(table)
    if due.unread:
        console.print(
            f"{due.unread:,} records that could not be read {'went' if gone else 'go'}: no replay brings them back"
        )


def rule_report(packs: Sequence[RulePack], problems: Sequence[ExampleProblem]) -> int:
    """One line a pack, one a problem; the exit code."""
    for problem in problems:
        console.print(escape(str(problem)))
    for pack in packs:
        rules = [rule for issue in pack.issues for rule in issue.rules]
        examples = sum(len(rule.match) + len(rule.no_match) for rule in rules)
        console.print(
            f"{pack.pack} v{pack.version}: {len(pack.issues)} issues, {len(rules)} rules, {examples} examples"
        )
    failed = [p for p in problems if p.is_error]
    console.print("all examples hold" if not failed else f"{len(failed)} examples do not hold")
    return 1 if failed else 0


def rule_diff(diff: Diff, there: Mapping[str, Known], first: date) -> None:
    """Issues whose mentions would change, with their tickets, then what moves where, with examples."""
    console.print(f"{diff.feedback} pieces of feedback since {first}, understood with both rules")
    if not diff.moves:
        console.print("nothing would move")
        return
    table = _table("issue", "rule", "ticket", "mentions now", "then", numbers=("mentions now", "then"))
    for key in diff.issues:
        known = there.get(key)
        table.add_row(
            known.name if known else "new",
            escape(key),
            escape(known.ticket or "") if known else "",
            str(diff.before.get(key, 0)),
            str(diff.after.get(key, 0)),
        )
    console.print(table)
    for (before, after), moved in diff.moves.items():
        console.print(
            f"{escape(before or 'undecided')} -> {escape(after or 'undecided')}: {moved.mentions} mentions, "
            f"{len(moved.people)} people"
        )
        for statement in moved.shown:
            console.print(f"  {escape(statement)}", style="dim")
