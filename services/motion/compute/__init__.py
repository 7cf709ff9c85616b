"""Devices, precision, offload and gradient checkpointing."""
