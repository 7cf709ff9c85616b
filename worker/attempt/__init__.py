"""One attempt at a job: inputs, the engine, the lease, and results."""
