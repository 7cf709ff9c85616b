"""Signed notifications to the tenants' own servers: what is sent, where it may go, and when it is tried again."""
