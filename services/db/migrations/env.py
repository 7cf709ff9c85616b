"""Alembic's entry point: it always runs on the connection that `services.db.migrations` hands in."""

from alembic import context

from services.db.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
