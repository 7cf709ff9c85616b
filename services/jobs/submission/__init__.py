"""From a request to a queued job: defaults, limits, estimates and promotion."""
