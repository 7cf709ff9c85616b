-- Run once, by the image of PostgreSQL, in an empty data folder: the role of the service, which is no superuser, and its
-- database. The migrations run with this role too, so it owns the database.
\set password `cat "${DATABASE_PASSWORD_FILE:-/run/secrets/database_password}"`
CREATE ROLE choreo LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE choreo OWNER choreo;
REVOKE ALL ON DATABASE choreo FROM PUBLIC;
