"""A short run of what `make fuzz` does for long: each operation of the document with good and bad data, all checks."""

from pathlib import Path

import pytest

from tests.fuzz.run import fuzz
from tests.service import Service
from tests.worker import working


@pytest.mark.timeout(900)
def test_no_answer_is_one_that_the_document_does_not_know(sqlite_service: Service, tmp_path: Path):
    with working(sqlite_service):
        verdict = fuzz(sqlite_service, tmp_path, "--seed", "1", "--phases", "examples,fuzzing", "--max-examples", "4")
    assert verdict.num_failures == 0, verdict.text
    assert verdict.num_cases >= 200
