"""The engine's log: complete lines, each reported once, and only to its own job."""

from pathlib import Path

from services.motion.engine.process_log import MAX_BYTES, MAX_LAST_LINES, MAX_LINE_LENGTH, MAX_NEW_LINES, EngineLog


def append(log: EngineLog, text: str) -> None:
    with log.path.open("a") as file:
        file.write(text)


def test_lines_are_complete_and_reported_once(tmp_path: Path):
    log = EngineLog(tmp_path / "engine.log")
    assert (log.new_lines(), log.last_lines()) == ([], [])
    append(log, "one\n\ntwo\nhal")
    assert log.new_lines() == ["one", "two"]
    append(log, "f\n")
    assert log.new_lines() == ["half"]
    assert log.new_lines() == []
    assert log.last_lines() == ["one", "two", "half"]


def test_a_job_sees_its_own_lines_only(tmp_path: Path):
    log = EngineLog(tmp_path / "engine.log")
    append(log, "the prompt of a tenant\n")
    log.start_job()
    assert (log.new_lines(), log.last_lines()) == ([], [])
    append(log, "mine\n")
    assert (log.new_lines(), log.last_lines()) == (["mine"], ["mine"])


def test_long_output_is_truncated(tmp_path: Path):
    log = EngineLog(tmp_path / "engine.log")
    append(log, "x" * 2 * MAX_BYTES + "\n" + "".join(f"{number}\n" for number in range(1000)))
    assert log.new_lines() == [str(number) for number in range(1000 - MAX_NEW_LINES, 1000)]
    assert log.last_lines() == [str(number) for number in range(1000 - MAX_LAST_LINES, 1000)]
    append(log, "y" * 2 * MAX_LINE_LENGTH)
    assert log.last_lines()[-1] == "y" * MAX_LINE_LENGTH
    assert log.new_lines() == []
