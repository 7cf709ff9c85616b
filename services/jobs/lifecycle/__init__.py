"""Operations that move a job on: attempts, reaping, cancellation, retention and dead letters."""
