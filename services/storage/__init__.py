"""Object storage: a port with two implementations, a local directory and an S3 bucket."""
