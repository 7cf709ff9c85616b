"""Files of a training or generation: adapters, inverted noise and reports; import of other trainers' adapters."""
