"""The composition root: the only place that wires settings, registry, store, engine and clock into a running vocbot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from vocbot.act.faq import Faqs
from vocbot.act.ticket import Tickets
from vocbot.ahead import Ahead
from vocbot.config.load import Configuration
from vocbot.config.model import ApprovalSettings
from vocbot.data import heads, rule_paths
from vocbot.listen.parse import Drain, Parse
from vocbot.listen.receive import Receiver
from vocbot.loop import Loop
from vocbot.opened import Opened, open_all
from vocbot.registry import Configured, Registry
from vocbot.sdk.errors import VocbotError
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context, PollSource, WebhookSource
from vocbot.tell.alert import Alerts
from vocbot.tell.ask import Asker
from vocbot.tell.digest import Digests
from vocbot.tell.notice import Notices
from vocbot.tell.report import Reports
from vocbot.understand.classify import Classifier
from vocbot.understand.learning import Learning
from vocbot.understand.rulepack import load_packs
from vocbot.understand.rules import Matcher


@dataclass(frozen=True)
class Core(Opened):
    """What commands and the worker share: everything opened, and the loop."""

    loop: Loop
    alerts: Alerts


def build(configuration: Configuration, registry: Registry) -> Core:
    """Open the store and wire the loop. Raises VocbotError with what to do where something is missing."""
    return complete(open_all(configuration, registry))


def complete(opened: Opened) -> Core:
    """The loop joined to what is opened."""
    configuration = opened.configuration
    alerts = Alerts(configuration.settings.alerts, configuration.settings.zone)
    return Core(
        configuration,
        opened.registry,
        opened.store,
        opened.crypt,
        opened.clock,
        opened.connectors,
        loop=wire(opened),
        alerts=alerts,
    )


def wire(opened: Opened) -> Loop:
    """The loop over what is opened."""
    settings = opened.configuration.settings
    clock, connectors = opened.clock, opened.connectors
    packs = load_packs(rule_paths(settings.rules))
    rules = ", ".join(f"{p.pack} v{p.version}" for p in packs)
    zone, matcher = settings.zone, Matcher(packs)
    understand = Learning(opened.store, matcher, heads(settings.text.heads), settings.text.undecided)
    return Loop(
        settings=settings,
        clock=clock,
        receiver=Receiver(opened.crypt, clock, zone),
        classify=Classifier(matcher.issues, understand, clock, rules),
        tickets=Tickets(settings.tickets, settings.priority, settings.calendar, settings.modes.ticket, zone, rules),
        faqs=Faqs(settings.faq, settings.modes.faq),
        asker=Asker(settings.approvals, zone, settings.web.public_url, edits=_edits(settings.approvals, connectors)),
        notices=Notices(
            settings.notices,
            settings.modes.notice,
            settings.company,
            zone,
            clock,
            _mailers(settings.notices.via, connectors),
            frozenset(name for name, c in connectors.items() if c.has("replier") and _hears(c)),
        ),
        digests=Digests(settings.modes.digest, zone, rules),
        reports=Reports(settings.reports, settings.modes.report, zone),
    )


def _edits(approvals: ApprovalSettings, connectors: Mapping[str, Configured]) -> bool:
    return approvals.connector is not None and connectors[approvals.connector].has("window")


def _hears(connector: Configured) -> bool:
    return connector.has("webhook_source") or connector.has("poll_source")


def _mailers(via: tuple[str, ...], connectors: Mapping[str, Configured]) -> tuple[str, ...]:
    """Of the connectors that may write to customers, those that write to addresses: they are no source themselves."""
    return tuple(c for c in via if not _hears(connectors[c]))


def draining(core: Core, ahead: Ahead, polls: Mapping[str, PollSource]) -> Drain:
    """What reads the inbox into the loop."""
    receiver = replace(core.loop.receiver, read=ahead.read)
    classify = replace(core.loop.classify, understand=ahead.understand)
    loop = replace(core.loop, receiver=receiver, classify=classify)
    return Drain(core.store, core.crypt, core.clock, parsers(core, polls), loop.on_events, ahead)


IMPORTER = "file"  # the type of connector whose rows an import stores


def parsers(core: Core, polls: Mapping[str, PollSource]) -> dict[tuple[str, str], Parse]:
    """Who reads the records of a source, by the way they came. Rows of an import speak for themselves: whatever reads
    files can read them, under any settings."""
    webhooks: dict[str, WebhookSource] = core.ports("webhook_source")
    found: dict[tuple[str, str], Parse] = {(name, "webhook"): source.parse for name, source in webhooks.items()}
    found |= {(name, "poll"): source.parse for name, source in polls.items()}
    if IMPORTER in core.registry.manifests:
        found["", "import"] = open_importer(core, {"path": ".", "map": {"text": "text"}}).parse
    return found


def open_importer(opened: Opened, settings: Mapping[str, Any]) -> PollSource:
    """A reader of files. Raises VocbotError for settings that it refuses, or where none is installed."""
    manifest = opened.registry.manifests.get(IMPORTER)
    if manifest is None:
        broken = next((b.error for b in opened.registry.broken if b.id == IMPORTER), "it is not installed")
        raise VocbotError(f"files cannot be read: the connector {IMPORTER!r}: {broken}")
    try:
        checked = resolve(manifest.settings).model_validate({k: v for k, v in settings.items() if v is not None})
    except ValidationError as error:
        said = (f"{'.'.join(map(str, e['loc']))}: {e.get('ctx', {}).get('error', e['msg'])}" for e in error.errors())
        raise VocbotError("\n".join(said)) from None
    context = Context(IMPORTER, opened.clock, opened.configuration.settings.request_timeout)
    source: PollSource = resolve(manifest.ports["poll_source"])(checked, context)
    return source
