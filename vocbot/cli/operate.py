"""Verbs of whoever keeps it running: deliveries, dead, replay, drop, hold, release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vocbot.cli.common import HERE, AsJson, By, ConfigPath, core, opened, show, signer
from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from sqlmodel import Session

    from vocbot.store.tables import Delivery

app = typer.Typer()


@app.command()
def deliveries(config: ConfigPath = HERE, as_json: AsJson = False) -> None:
    """Show what leaves, by connector and state; what is held, and by whom."""
    from vocbot.screen import delivery_table
    from vocbot.store.delivery_list import delivery_list

    with opened(config) as ready, ready.store.read() as session:
        listed = delivery_list(session, ready.clock.now())
        if as_json:
            show([one.facts() for one in listed])
        else:
            delivery_table(listed, ready.settings.language, ready.settings.zone)


@app.command()
def dead(config: ConfigPath = HERE, as_json: AsJson = False) -> None:
    """List what was given up: acts that were not done, and records that could not be read."""
    from vocbot.deliveries.dead import dead as the_dead
    from vocbot.screen import dead_table
    from vocbot.store.delivery_list import dead_facts, unread

    with opened(config) as ready, ready.store.read() as session:
        acts, records = the_dead(session), unread(session)
        if as_json:
            show({"acts": [dead_facts(one) for one in acts], "records": [one.model_dump() for one in records]})
        else:
            dead_table(acts, records, ready.settings.language, ready.settings.zone)


@app.command()
def replay(
    keys: Annotated[list[str] | None, typer.Argument(help="Acts as `vocbot dead` names them.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every act that was given up.")] = False,
    records: Annotated[bool, typer.Option("--records", help="Read the records again that could not be read.")] = False,
    twice: Annotated[
        bool, typer.Option("--may-be-twice", help="Also acts that may have happened and cannot be looked up.")
    ] = False,
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Do again what was given up. What can be looked up is looked up first, so nothing is done twice unseen."""
    from vocbot.deliveries.dead import dead as the_dead
    from vocbot.deliveries.dead import replay as again

    if not (keys or all_ or records):
        raise VocbotError("say what: the keys of acts (`vocbot dead` lists them), --all, or --records")
    if records:
        with core(config) as ready:
            from vocbot.ahead import Ahead
            from vocbot.runtime import draining

            drain = draining(ready, Ahead(ready.loop.classify.understand), ready.ports("poll_source"))
            print(f"{drain.replay()} records are read now")  # noqa: T201
    if not (keys or all_):
        return
    with opened(config) as here, here.store.write(lock="drain") as session:
        chosen = list(the_dead(session)) if all_ else [_named(session, key) for key in keys or ()]
        done = 0
        for one in chosen:
            match again(session, one, signer(by), here.clock.now(), twice):
                case "planned":
                    done += 1
                case "not dead":
                    raise VocbotError(f"{one.key} is {one.state}: only what was given up can be done again")
                case "may be twice" if not all_:
                    raise VocbotError(
                        f"{one.key} may have happened, and nobody can look: {one.error or 'no answer came'}. Ask those "
                        "it was for, then add --may-be-twice, or let it go with `vocbot drop`"
                    )
    print(f"{done} of {len(chosen)} are planned again")  # noqa: T201


@app.command()
def drop(
    key: Annotated[str, typer.Argument(help="An act as `vocbot dead` names it.")],
    by: By = "unknown",
    why: Annotated[str, typer.Option(help="Why.")] = "",
    config: ConfigPath = HERE,
) -> None:
    """Let an act go that was given up: it will not be done, and is not listed any more."""
    from vocbot.deliveries.dead import drop as let_go

    with opened(config) as ready, ready.store.write(lock="drain") as session:
        found = _named(session, key)
        if not let_go(session, found, signer(by), why, ready.clock.now()):
            raise VocbotError(f"{key} is {found.state}: only what was given up can be let go")


@app.command()
def hold(
    connector: Annotated[str, typer.Argument(help="The connector's id in the configuration.")],
    by: By = "unknown",
    why: Annotated[str, typer.Option(help="Why.")] = "",
    config: ConfigPath = HERE,
) -> None:
    """Let nothing leave through a connector until it is released. What is planned waits, in order."""
    from vocbot.deliveries.hold import hold as stop
    from vocbot.deliveries.hold import waiting

    with opened(config) as ready, ready.store.write() as session:
        if connector not in ready.settings.connectors:
            there = ", ".join(ready.settings.connectors) or "none"
            raise VocbotError(f"{config} has no connector {connector}; there are: {there}")
        if not stop(session, connector, signer(by), why, ready.clock.now()):
            raise VocbotError(f"{connector} is held already; `vocbot deliveries` says by whom")
        print(f"{connector} is held; {waiting(session, connector)} acts wait")  # noqa: T201


@app.command()
def release(
    connector: Annotated[str, typer.Argument(help="The connector's id in the configuration.")],
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Let go what a hold has kept, at the connector's own rate."""
    from vocbot.deliveries.hold import release as let_go
    from vocbot.deliveries.hold import waiting

    with opened(config) as ready, ready.store.write() as session:
        if not let_go(session, connector, signer(by), ready.clock.now()):
            raise VocbotError(f"{connector} is not held")
        print(f"{connector} is released; {waiting(session, connector)} acts go")  # noqa: T201


def _named(session: Session, key: str) -> Delivery:
    from sqlmodel import select

    from vocbot.store.tables import Delivery

    found = session.exec(select(Delivery).where(Delivery.key == key)).first()
    if found is None:
        raise VocbotError(f"there is no act {key}; `vocbot dead` lists those that were given up")
    return found
