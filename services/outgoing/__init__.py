"""Outgoing HTTP to addresses that tenants name: address policy (SSRF protection) and pinned connections."""
