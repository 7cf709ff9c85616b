"""Side-by-side measurements and their recorded results; each module says what it compares and how to run it."""
