"""The bundled base model: a small world of moving shapes in which separation can be measured exactly."""
