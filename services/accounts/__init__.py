"""Tenants, their API keys and the answers they may ask for twice."""
