"""Runs the scripts of one set of tables on the connection it is given. Imports nothing of ours: see migrate.py."""

from alembic import context

connection = context.config.attributes["connection"]
part = context.config.attributes["part"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    version_table=f"vocbot_version_{part}",
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
