"""How networks are computed: devices, precision, offload and gradient checkpointing."""
