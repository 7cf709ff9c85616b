"""Object storage: one port, a folder on one machine or an S3 bucket behind it."""
