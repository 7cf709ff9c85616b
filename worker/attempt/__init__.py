"""One attempt at a job: its inputs, the engine, the lease, and its results."""
