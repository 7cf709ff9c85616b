"""What leaves for strangers' addresses: where it may go, and a connection that goes nowhere else."""
