"""The world's metrics on clips with known results."""

import numpy as np
import pytest

from services.motion.world import attributes, paths, scenes, trajectories

NUM_FRAMES = 16


def draw(motion: str, seed: int = 0) -> paths.Path:
    return paths.draw(motion, np.random.default_rng(seed), NUM_FRAMES)


@pytest.mark.parametrize("shape", scenes.SHAPES)
@pytest.mark.parametrize("background", scenes.BACKGROUNDS)
def test_every_attribute_is_read_back_from_the_pixels(shape: str, background: str) -> None:
    for seed, colour in enumerate(scenes.COLOURS):
        drawn = scenes.Appearance(colour, shape, background)
        path = draw("moving right", seed)
        seen = attributes.measure(scenes.render(drawn, path))
        assert seen.appearance == drawn
        assert np.abs(seen.centre_F2 - path.centre_F2).max() < 0.02


@pytest.mark.parametrize("motion", paths.PRETRAINED)
def test_every_pretrained_motion_is_named_from_its_pixels(motion: str) -> None:
    for seed in range(10):
        seen = attributes.measure(scenes.render(scenes.Appearance("white", "cross", "navy"), draw(motion, seed)))
        assert trajectories.name_pretrained(seen.centre_F2, seen.radius_F) == motion


def test_an_empty_clip_shows_no_shape_and_has_no_fidelity() -> None:
    seen = attributes.measure(np.full((NUM_FRAMES, 64, 64, 3), scenes.BACKGROUNDS["teal"], np.uint8))
    assert (seen.colour, seen.shape, seen.background) == ("none", "none", "teal")
    assert trajectories.fidelity(seen.centre_F2, [draw("orbiting").centre_F2]) == 0.0


@pytest.mark.parametrize("motion", ["orbiting", "bouncing", "moving right", "swinging"])
def test_a_motion_agrees_with_itself_wherever_it_starts_and_heads(motion: str) -> None:
    reference_F2 = draw(motion, 1).centre_F2
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert trajectories.fidelity(0.8 * reference_F2 @ turn + 0.3, [reference_F2]) == pytest.approx(1.0)


def test_an_orbit_agrees_at_any_phase_but_not_backwards() -> None:
    orbit_F2 = draw("orbiting").centre_F2
    assert trajectories.fidelity(np.roll(orbit_F2, 5, axis=0), [orbit_F2]) == pytest.approx(1.0)
    assert trajectories.fidelity(orbit_F2[::-1], [orbit_F2]) < 0.05


@pytest.mark.parametrize(("motion", "most"), [("moving up", 0.35), ("swinging", 0.55), ("bouncing", 0.05)])
def test_other_motions_do_not_pass_for_an_orbit(motion: str, most: float) -> None:
    references = [draw("orbiting", seed).centre_F2 for seed in range(3)]
    assert trajectories.fidelity(draw(motion, 7).centre_F2, references) < most


def test_trembling_in_the_right_shape_is_marked_down() -> None:
    orbit_F2 = draw("orbiting").centre_F2
    assert trajectories.fidelity(0.1 * orbit_F2, [orbit_F2]) == pytest.approx(0.2)


def test_missing_frames_are_left_out_until_too_many_are() -> None:
    orbit_F2 = draw("orbiting").centre_F2
    few, many = orbit_F2.copy(), orbit_F2.copy()
    few[2:4], many[2:8] = np.nan, np.nan
    assert trajectories.fidelity(few, [orbit_F2]) == pytest.approx(1.0)
    assert trajectories.fidelity(many, [orbit_F2]) == 0.0


def test_fidelity_refuses_references_that_say_nothing() -> None:
    orbit_F2 = draw("orbiting").centre_F2
    with pytest.raises(ValueError, match="at least one"):
        trajectories.fidelity(orbit_F2, [])
    with pytest.raises(ValueError, match="stands still"):
        trajectories.fidelity(orbit_F2, [draw("standing still").centre_F2])


def test_alignment_and_leakage_count_attributes() -> None:
    reference = scenes.Appearance("red", "circle", "navy")
    prompted = scenes.Appearance("green", "square", "navy")
    shown = scenes.Appearance("red", "square", "navy")
    assert attributes.text_alignment(shown, prompted) == pytest.approx(2 / 3)
    assert attributes.leakage(shown, prompted, reference) == 0.5
    assert attributes.leakage(prompted, prompted, reference) == 0.0
    with pytest.raises(ValueError, match="differs"):
        attributes.leakage(shown, reference, reference)
