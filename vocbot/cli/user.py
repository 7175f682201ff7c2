"""Verbs about colleagues' accounts on the console."""

from __future__ import annotations

from typing import Annotated

import typer

from vocbot.cli.common import HERE, AsJson, By, ConfigPath, opened, show
from vocbot.sdk.errors import VocbotError

app = typer.Typer()
users_app = typer.Typer(help="Colleagues who may use the console.", no_args_is_help=True)
app.add_typer(users_app, name="user")

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]


@users_app.command("add")
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="admin, analyst, product, marketing, support_lead, agent or executive.")],
    by: By = "unknown",
    config: ConfigPath = HERE,
) -> None:
    """Add an account and print its password, this once."""
    from vocbot.sdk.clock import RealClock
    from vocbot.store.users import add_user, hashed, new_password

    password = new_password()
    with opened(config) as ready, ready.store.write() as session:
        user = add_user(session, name, role, hashed(password), by, RealClock().now())
        print(f"{user.name} ({user.role}): {password}")  # noqa: T201


@users_app.command("list")
def list_users(config: ConfigPath = HERE, as_json: AsJson = False) -> None:
    """List the accounts."""
    from sqlmodel import col, select

    from vocbot.store.tables import User

    with opened(config) as ready, ready.store.read() as session:
        users = session.exec(select(User).order_by(col(User.folded))).all()
        if as_json:
            show([{"name": u.name, "role": u.role, "disabled": u.disabled_at is not None} for u in users])
            return
        for user in users:
            print(user.name, user.role, *(["disabled"] if user.disabled_at else []), sep="\t")  # noqa: T201


@users_app.command("password")
def password(name: Name, by: By = "unknown", config: ConfigPath = HERE) -> None:
    """Give an account a new password, print it this once, and sign it out everywhere."""
    from vocbot.sdk.clock import RealClock
    from vocbot.store.users import find_user, hashed, new_password, set_password

    new = new_password()
    with opened(config) as ready, ready.store.write() as session:
        user = find_user(session, name)
        if user is None:
            raise _unknown(name)
        set_password(session, user, hashed(new), by, RealClock().now())
        print(f"{user.name} ({user.role}): {new}")  # noqa: T201


@users_app.command("disable")
def disable(name: Name, by: By = "unknown", config: ConfigPath = HERE) -> None:
    """Let an account come in no more."""
    from vocbot.sdk.clock import RealClock
    from vocbot.store.users import disable as close
    from vocbot.store.users import find_user

    with opened(config) as ready, ready.store.write() as session:
        user = find_user(session, name)
        if user is None:
            raise _unknown(name)
        close(session, user, by, RealClock().now())


def _unknown(name: str) -> VocbotError:
    return VocbotError(f"there is no account called {name}; `vocbot user list` shows all")
