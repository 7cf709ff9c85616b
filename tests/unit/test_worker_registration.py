"""What a worker has in memory, as far as it says so."""

from services.db.sessions import Database
from shared.clock import FrozenClock
from worker.store.registration import WorkerRegistration


def test_it_names_the_latest():
    registration = WorkerRegistration(Database.__new__(Database), FrozenClock(), worker="w", queues=[])
    for base_model in ("a", "b", "a", "c"):
        registration.warmed(base_model)
    assert registration._warm == ("c", "a")
    registration.cooled()
    assert registration._warm == ()
