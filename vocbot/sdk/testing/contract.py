"""The contract suite: what every connector must do, checked against its own stand-in before its author writes a test.

    @pytest.mark.parametrize("case", cases(MANIFEST), ids=str)
    def test_contract(case, tmp_path):
        case.check(MANIFEST, tmp_path)

What the suite has to know of a vendor, the stand-in tells: where to write (`target`), how customers speak (`speak`),
genuine events (`samples`).
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from vocbot.sdk import ports
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.manifest import Manifest, PortName, resolve
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Standin

PROTOCOLS: Mapping[PortName, type] = {
    "webhook_source": ports.WebhookSource,
    "poll_source": ports.PollSource,
    "refetch": ports.Refetch,
    "ticket_tracker": ports.TicketTracker,
    "channel": ports.Channel,
    "replier": ports.Replier,
    "approver": ports.Approver,
    "window": ports.Window,
    "knowledge_base": ports.KnowledgeBase,
    "desk": ports.Desk,
    "crm": ports.Crm,
    "checkable": ports.Checkable,
}
CANARY = "canary words of a customer"  # stands in everything we send, and must not come back in an error or a log
_CREDENTIAL = re.compile("token|secret|passw|credential|api_?key")
HOOK = "http://127.0.0.1/hooks/x"


@dataclass
class Subject:
    """One connector with its stand-in running; ports are made by `port`."""

    manifest: Manifest
    standin: Standin
    clock: HandClock
    settings: BaseModel
    timeout: float = 3.0
    said: list[str] = field(default_factory=list)

    def port(self, name: PortName, settings: BaseModel | None = None) -> Any:
        """A fresh instance of the port, on other settings where they are given."""
        context = ports.Context("contract", self.clock, self.timeout)
        return resolve(self.manifest.ports[name])(settings or self.settings, context)

    def target(self, port: PortName) -> str:
        """Where to write with `port`."""
        return self.standin.target(port)

    def secrets(self) -> set[str]:
        """Every secret of the settings that is long enough to be told from a word."""
        return {value for value in _secrets(self.settings) if len(value) >= 6}

    def heard(self, error: BaseException) -> str:
        """The message of an error, which is checked like everything that gets out."""
        chain: list[BaseException] = []
        link: BaseException | None = error
        while link is not None and link not in chain:
            chain.append(link)
            link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        self.said.extend(f"{item} {item!r}" for item in chain)
        return str(error)


@dataclass(frozen=True)
class Case:
    """One thing that must hold; `run` raises AssertionError where it does not."""

    name: str
    run: Callable[[Subject], None]

    def __str__(self) -> str:
        return self.name

    def check(self, manifest: Manifest, folder: Path) -> None:
        """Run the case on a fresh stand-in whose log goes to `folder`; nothing secret may get out meanwhile."""
        with running(manifest, folder) as subject:
            self.run(subject)


def cases(manifest: Manifest) -> Sequence[Case]:
    """Every case that applies to the connector's ports."""
    # Imported here, as they build on this module.
    from vocbot.sdk.testing import (
        contract_hooks,
        contract_poll_faults,
        contract_polls,
        contract_windows,
        contract_writes,
    )

    found = [*_GENERAL]
    if "checkable" in manifest.ports:
        found += _CHECKABLE
    for part in (contract_hooks, contract_polls, contract_poll_faults, contract_windows, contract_writes):
        found += part.cases(manifest)
    return found


def wire(manifest: Manifest) -> str:
    """What the stand-in speaks; where it cannot be loaded, every case stays and says so when it is run."""
    try:
        kind: str = resolve(manifest.standin).wire
    except (ImportError, AttributeError):
        return "http"
    return kind


@contextmanager
def running(manifest: Manifest, folder: Path) -> Iterator[Subject]:
    """Start the stand-in. At the end, no secret and no customer's word may stand in what was logged or said."""
    clock = HandClock()
    standin: Standin = resolve(manifest.standin)(folder / f"{manifest.id}.jsonl", clock)
    ear = _Ear()
    standin.start()
    with ear:
        try:
            settings = resolve(manifest.settings).model_validate(standin.settings())
            subject = Subject(manifest, standin, clock, settings)
            yield subject
        finally:
            standin.stop()
    for said in [*subject.said, *ear.heard, repr(settings), str(settings)]:
        for secret in subject.secrets():
            assert secret not in said, f"a secret got out: {said.replace(secret, '***')[:300]}"
        assert CANARY not in said, f"a customer's words got out: {said[:300]}"


class _Ear(logging.Handler):
    """Hears every log line of every library, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(self.format(record))

    def __enter__(self) -> None:
        root = logging.getLogger()
        self._before = root.level
        root.addHandler(self)
        root.setLevel(logging.DEBUG)

    def __exit__(self, *error: object) -> None:
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(self._before)


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _secrets(item)


def wrong(settings: BaseModel) -> BaseModel:
    """The settings with every secret, wherever it stands, replaced by a wrong one."""
    found = _spoilt(settings)
    assert isinstance(found, BaseModel)
    assert found != settings, "the settings hold no secret, or hold it as plain text: use SecretStr"
    return found


def _spoilt(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return SecretStr("a-credential-that-opens-nothing")
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: _spoilt(getattr(value, name)) for name in type(value).model_fields})
    if isinstance(value, Mapping):
        return {name: _spoilt(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_spoilt(item) for item in value])
    return value


def open_to_all(settings: BaseModel) -> bool:
    """Whether the peer asks for no credentials: the settings hold none, not even as plain text."""
    names = _names(settings.model_dump())
    return next(_secrets(settings), None) is None and not any(_CREDENTIAL.search(name) for name in names)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, str):
                yield str(name)
            yield from _names(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _names(item)


# -- what holds for all


def _manifest_is_true(subject: Subject) -> None:
    manifest = subject.manifest
    known = set(get_args(PortName))
    assert manifest.ports, "no port is declared"
    assert set(manifest.ports) <= known, f"unknown ports: {set(manifest.ports) - known}"
    assert manifest.blind <= set(manifest.ports), "blind names ports that are not declared"
    assert subject.standin.id == manifest.id, "the stand-in calls itself otherwise"
    assert manifest.find_lag >= 0 < manifest.per_second


def _ports_keep_their_protocols(subject: Subject) -> None:
    for name in subject.manifest.ports:
        made, protocol = subject.port(name), PROTOCOLS[name]
        assert isinstance(made, protocol), f"{name} lacks methods of {protocol.__name__}"
        for method in (m for m in vars(protocol) if not m.startswith("_")):
            wanted = list(inspect.signature(getattr(protocol, method)).parameters)[1:]
            got = list(inspect.signature(getattr(made, method)).parameters)
            assert got == wanted, f"{name}.{method} takes {got}, the port says {wanted}"


def _constructors_do_no_io(subject: Subject) -> None:
    for name in subject.manifest.ports:
        subject.port(name)
    assert subject.standin.log() == [], "a constructor called the peer"


def _settings_forbid_what_they_do_not_know(subject: Subject) -> None:
    plain = subject.standin.settings()
    try:
        resolve(subject.manifest.settings).model_validate({**plain, "tpyo_in_a_name": 1})
    except ValidationError:
        return
    raise AssertionError("a misspelt setting is accepted: set extra='forbid'")


_GENERAL = (
    Case("the manifest is true", _manifest_is_true),
    Case("ports keep their protocols", _ports_keep_their_protocols),
    Case("constructors do no I/O", _constructors_do_no_io),
    Case("settings forbid what they do not know", _settings_forbid_what_they_do_not_know),
)


# -- checkable


def _check_finds_all_well(subject: Subject) -> None:
    findings = subject.port("checkable").check()
    subject.said.extend(map(repr, findings))
    assert findings, "a check that finds nothing says nothing"
    assert not [f for f in findings if f.level == "error"], f"errors on a healthy peer: {findings}"


def _check_reports_wrong_credentials(subject: Subject) -> None:
    if open_to_all(subject.settings):
        return
    assert "error" in _levels(subject, subject.port("checkable", wrong(subject.settings)))


def _check_reports_a_dead_peer(subject: Subject) -> None:
    checkable = subject.port("checkable")
    subject.standin.stop()
    assert "error" in _levels(subject, checkable)


def _levels(subject: Subject, checkable: Any) -> set[str]:
    """The levels of what a check finds; an error that the port raises counts as one."""
    try:
        findings = checkable.check()
    except (Rejected, Retryable) as error:
        subject.heard(error)
        return {"error"}
    subject.said.extend(map(repr, findings))
    return {finding.level for finding in findings}


_CHECKABLE = (
    Case("checkable: finds all well", _check_finds_all_well),
    Case("checkable: reports wrong credentials", _check_reports_wrong_credentials),
    Case("checkable: reports a dead peer", _check_reports_a_dead_peer),
)
