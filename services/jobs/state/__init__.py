"""A job's stored state: transitions, repository (SQL), events, logs and the types that they share."""
