"""Jobs: what may happen to one (states), how it is stored (repository) and who asks for it (service)."""
