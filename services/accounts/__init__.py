"""Tenants, API keys, quotas, rate limits, usage, idempotency keys and the audit log."""
