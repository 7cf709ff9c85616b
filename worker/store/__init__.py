"""The worker's access to the database: jobs and its own registration."""
