"""What a generated clip is measured by (METHOD.md 11)."""
