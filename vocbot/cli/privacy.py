"""Verbs for a customer's rights: forget, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocbot.cli.common import HERE, AsJson, ConfigPath, core, show, signer
from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from vocbot.privacy.records import Parsers
    from vocbot.runtime import Core

app = typer.Typer()

Whom = Annotated[
    str,
    typer.Argument(
        help="A pseudonym such as P-7F3K2M9Q. Nothing: an address, a number or a handle is asked for, or read from "
        "standard input; on the command line it would stay in the shell's history.",
        show_default=False,
    ),
]


@app.command()
def forget(
    person: Whom = "",
    by: Annotated[str, typer.Option(help="Your name; it goes into the audit log.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: what is gone cannot be brought back.")] = False,
    certificate: Annotated[Path | None, typer.Option(help="Write the certificate (JSON) into this new file.")] = None,
    config: ConfigPath = HERE,
    as_json: AsJson = False,
) -> None:
    """Forget a customer: identity, words, raw records, and quotes in what others read. Prints a certificate."""
    import json

    from vocbot.ahead import Ahead
    from vocbot.privacy.forget import Forget
    from vocbot.runtime import draining
    from vocbot.sdk.ports import Editable
    from vocbot.store.privatefile import private_file

    name, said = signer(by), _whom(person)
    if not yes:
        if not sys.stdin.isatty():
            raise VocbotError("--yes is missing: what is gone cannot be brought back, and nobody can be asked here")
        typer.confirm("What is gone cannot be brought back. Forget this person?", abort=True)
    if certificate is not None and certificate.exists():
        raise VocbotError(f"{certificate} is there already: name a new file")
    with core(config) as ready:
        polls = ready.ports("poll_source")
        done = Forget(
            ready.store,
            ready.crypt,
            ready.clock,
            _parsers(ready),
            frozenset(name for name, port in ready.ports("channel").items() if isinstance(port, Editable)),
            draining(ready, Ahead(ready.loop.classify.understand), polls),
        )(said, name)
    facts = done.facts()
    if certificate is not None:
        with private_file(certificate) as file:
            file.write(json.dumps(facts, ensure_ascii=False, indent=2).encode())
    if as_json:
        show(facts)
    else:
        typer.echo(done.text())


@app.command()
def export(
    person: Whom = "",
    to: Annotated[Path | None, typer.Option(help="The new file; none: PSEUDONYM.json here. It gets mode 0600.")] = None,
    config: ConfigPath = HERE,
) -> None:
    """Write everything that is kept about a customer into a JSON file, in readable form."""
    import json

    from vocbot.privacy.export import export as gather
    from vocbot.store.privatefile import private_file

    said = _whom(person)
    with core(config) as ready:
        found = gather(ready.store, ready.crypt, _parsers(ready), said, ready.clock.now())
    path = to or Path(f"{found['person']}.json")
    with private_file(path) as file:
        file.write(json.dumps(found, ensure_ascii=False, indent=2).encode("utf-8", "replace"))
    typer.echo(f"{path}: it holds names, addresses and texts; hand it over safely and delete it")


def _whom(person: str) -> str:
    """Whom it is about: a pseudonym from the command line; anything else in no place that remembers it."""
    from vocbot.privacy.find import PSEUDONYM

    if person and not PSEUDONYM.fullmatch(person):
        raise VocbotError(
            "on the command line only a pseudonym (P-...): an address would stay in the shell's history. "
            "Leave it out: it is asked for, or read from standard input"
        )
    if person:
        return person
    if sys.stdin.isatty():
        return str(typer.prompt("Pseudonym, address, number or handle", hide_input=True))
    return sys.stdin.readline()


def _parsers(ready: Core) -> Parsers:
    from vocbot.runtime import parsers

    return parsers(ready, ready.ports("poll_source"))
