"""Queues, fairness, backoff, concurrency limits, worker registry and throughput."""
