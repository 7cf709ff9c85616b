"""Webhooks (Standard Webhooks 1.0.0): endpoints, messages, signatures, delivery and retries."""
