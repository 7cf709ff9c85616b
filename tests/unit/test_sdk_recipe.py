"""`choreo train --set`: a recipe from pairs, the highway's fields among them."""

import pytest
from typer import BadParameter

from choreo.command.train import recipe


def test_pairs_become_the_fields_of_a_recipe():
    made = recipe(["rank=8", 'highway={"mode": "full"}', "horizontal_flip=true"], preset="tap", steps=None)
    assert made.to_dict() == {"rank": 8, "highway": {"mode": "full"}, "horizontal_flip": True, "preset": "tap"}


def test_what_is_no_field_is_refused():
    with pytest.raises(BadParameter, match="FIELD=VALUE"):
        recipe(["tempo=3"])
