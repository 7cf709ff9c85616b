"""How the worker's programs log: one line per fact, to stderr."""

import logging


def set_up() -> None:
    """Log at INFO, with times in UTC as the record has them."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
