"""Benchmarks and their recorded results. Each module states what it compares and how to run it."""
