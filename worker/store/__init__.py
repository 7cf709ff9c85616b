"""The worker's transactions on the database: job operations and worker registration."""
