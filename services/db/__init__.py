"""The database: engine, sessions, tables and migrations. SQLite on one machine, PostgreSQL by URL."""
