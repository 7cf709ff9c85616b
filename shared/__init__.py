"""What every process agrees on: settings, errors, ids, time and the shapes of the contract."""
