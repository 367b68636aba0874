"""Runs migrations on the connection that the caller has open; see matcher.adapters.sql_store.migrate."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
