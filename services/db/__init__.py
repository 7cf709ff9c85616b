"""The record: engine, sessions, tables and migrations; SQLite on one machine, PostgreSQL by URL."""
