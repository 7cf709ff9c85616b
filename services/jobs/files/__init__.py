"""A job's files in object storage: inputs, checkpoints, previews and orphaned objects."""
