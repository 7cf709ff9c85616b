"""Pretraining of the bundled base model."""
