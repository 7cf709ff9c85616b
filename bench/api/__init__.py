"""Load tests of the HTTP API, compared with the bare framework doing a single insert."""
