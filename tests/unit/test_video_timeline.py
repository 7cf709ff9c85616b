"""The times of a clip's frames."""

from fractions import Fraction

import pytest

from services.video.timeline import Clock, Timeline, finest_rate, slot

NTSC_FILM = Fraction(24000, 1001)


def _rate(times: list[Fraction], *declared: Fraction) -> Fraction:
    return finest_rate(Timeline(times, Fraction(1, 30), declared), 60)


@pytest.mark.parametrize("rate", [Fraction(8), NTSC_FILM, Fraction(25), Fraction(30000, 1001), Fraction(60)])
@pytest.mark.parametrize("num_frames", [2, 3, 100])
def test_a_constant_rate_is_kept(rate: Fraction, num_frames: int) -> None:
    times = [round(number / rate * 10_000) * Fraction(1, 10_000) for number in range(num_frames)]
    assert _rate(times, rate, rate) == rate


def test_a_low_average_does_not_hide_a_burst() -> None:
    times = [Fraction(number, 30) for number in range(60)] + [Fraction(8)]
    assert _rate(times, Fraction(61, 8), Fraction(30)) == 30
    assert _rate(times, Fraction(61, 8)) == 30


def test_frames_at_two_of_three_slots_keep_their_places() -> None:
    times = [Fraction(number, 30) for number in range(90) if number % 3 != 2]
    assert _rate(times, Fraction(20)) == 30


def test_film_that_repeats_fields_has_the_rate_of_the_film() -> None:
    fields = [5 * (number // 2) + 2 * (number % 2) for number in range(48)]
    assert _rate([Fraction(field * 1001, 60000) for field in fields], NTSC_FILM, Fraction(60000, 1001)) == NTSC_FILM


def test_the_rate_is_bounded() -> None:
    assert _rate([Fraction(number, 120) for number in range(240)], Fraction(120)) == 60
    assert _rate([Fraction(0), Fraction(3)], Fraction(1, 3)) == 1
    assert _rate([Fraction(round(number * 1000 / 120), 1000) for number in range(240)], Fraction(120)) == 60


def test_no_frame_is_without_a_slot() -> None:
    times = [Fraction(0), Fraction(1, 7), Fraction(1, 3), Fraction(2, 5), Fraction(9, 10), Fraction(19)]
    rate = _rate(times)
    slots = [slot(time, rate) for time in times]
    assert sorted(set(slots)) == slots


def test_the_clock_only_rises() -> None:
    clock = Clock(Fraction(1, 10), restarts=False)
    stamps = [Fraction(number, 10) for number in (50, 51, 51, 0, 1, 2000)]
    assert [clock.at(stamp) * 10 for stamp in stamps] == [0, 1, 2, 3, 4, 2003]


def test_a_broadcast_clock_may_jump() -> None:
    clock = Clock(Fraction(1, 10), restarts=True)
    assert [clock.at(Fraction(stamp)) * 10 for stamp in (50, 51, 5000, 5001)] == [0, 10, 11, 21]
