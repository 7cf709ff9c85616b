"""What a worker has in memory, as far as it says so."""

from services.db.sessions import Database
from shared.clock import FrozenClock
from worker.presence import Presence


def test_it_names_the_latest():
    presence = Presence(Database.__new__(Database), FrozenClock(), worker="w", queues=[])
    for base_model in ("a", "b", "a", "c"):
        presence.warmed(base_model)
    assert presence._warm == ("c", "a")
    presence.cooled()
    assert presence._warm == ()
