"""Appearance metrics: consistency, diversity, leakage and text alignment, on inputs with known results."""

import json
import shutil

import numpy as np
import pytest
import torch
from transformers import CLIPConfig, CLIPModel, XCLIPConfig, XCLIPModel

from services.motion.errors import NotAMetricModel
from services.motion.evaluation.metrics.clip import Clip, ClipMetrics, text_alignment
from services.motion.evaluation.metrics.embedding import (
    ColourHistogram,
    EmbeddingMetrics,
    appearance_diversity,
    temporal_consistency,
)
from services.motion.evaluation.metrics.exact import Exact
from services.motion.evaluation.metrics.registry import Column, EvaluationInput, fill
from services.motion.evaluation.metrics.xclip import XClip
from services.motion.world import paths, scenes
from tests.motion.models import build_tokenizer

CPU = torch.device("cpu")
RED, BLUE = (220, 40, 40), (50, 80, 230)
TEXT = {
    "vocab_size": 54, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "max_position_embeddings": 12, "bos_token_id": 52, "eos_token_id": 53, "pad_token_id": 53,
}  # fmt: skip
VISION = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32,
    "patch_size": 16,
}  # fmt: skip


def plain(colour, num_frames=3, size=32):
    return np.full((num_frames, size, size, 3), colour, np.uint8)


def world(*appearance, motion="moving right", seed=0):
    path = paths.draw(motion, np.random.default_rng(seed), 8)
    return scenes.render(scenes.Appearance(*appearance), path)


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    """A tiny CLIP of the real class, its weights in half precision as many are."""
    folder = tmp_path_factory.mktemp("tiny-clip")
    torch.manual_seed(0)
    CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=8)).half().save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def xclip_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny-xclip")
    torch.manual_seed(0)
    vision = VISION | {
        "num_frames": 4, "mit_hidden_size": 8, "mit_intermediate_size": 8, "mit_num_hidden_layers": 1,
        "mit_num_attention_heads": 2,
    }  # fmt: skip
    config = XCLIPConfig(
        text_config=TEXT, vision_config=vision, projection_dim=8, prompt_layers=1, prompt_num_attention_heads=2
    )
    XCLIPModel(config).save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    return folder


# ---------------------------------------------------------------- vectors


def test_consistency_is_the_mean_cosine_of_different_frames():
    turned = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert temporal_consistency(turned) == pytest.approx(1 / 3)
    assert temporal_consistency(turned[:1]) is None


def test_diversity_is_between_prompts_only():
    same, other = np.array([[1.0, 0.0]] * 2), np.array([[0.0, 1.0]] * 2)
    assert appearance_diversity([same, same, other], ["a", "a", "b"]) == pytest.approx(1.0)
    assert appearance_diversity([same, same], ["a", "b"]) == pytest.approx(0.0)
    assert appearance_diversity([same, other], ["a", "a"]) is None


# ---------------------------------------------------------------- colours


def test_the_histogram_sees_colours_and_not_places():
    vectors = ColourHistogram().images(np.concatenate([plain(RED, 1), plain(BLUE, 1), plain(RED, 1)]))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0] * 3)
    assert vectors[0] @ vectors[2] == pytest.approx(1.0)
    assert vectors[0] @ vectors[1] < 0.6
    moving = ColourHistogram().images(world("red", "circle", "navy"))
    assert temporal_consistency(moving) > 0.99


def test_leakage_is_what_the_adapter_adds_to_the_base():
    red, blue = plain(RED), plain(BLUE)
    evaluation_input = EvaluationInput(["a", "b"], np.stack([red, blue]), [red], ["c"], np.stack([blue, blue]))
    found = {column.name: column for column in EmbeddingMetrics(ColourHistogram()).measure(evaluation_input)}
    leaked, clean = found["leakage"].values
    assert leaked > 0.3
    assert clean == pytest.approx(0.0)
    assert found["temporal_consistency"].mean == pytest.approx(1.0)
    asked_for = EmbeddingMetrics(ColourHistogram()).measure(evaluation_input._replace(captions=["a", "b"]))[-1]
    assert (asked_for.name, asked_for.mean) == ("leakage", None)
    assert EmbeddingMetrics(ColourHistogram()).measure(evaluation_input._replace(references_FHWX=[]))[-1].mean is None


# ---------------------------------------------------------------- CLIP


def test_clip_gives_unit_vectors_that_are_the_models_own(clip_folder):
    clip, pictures = Clip(clip_folder, CPU), np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    images, texts = clip.images(pictures), clip.texts(["a cup", "a " * 40])
    assert np.linalg.norm(images, axis=1) == pytest.approx([1.0] * 3)
    model = CLIPModel.from_pretrained(clip_folder, dtype=torch.float32).eval()
    tokens = build_tokenizer()(["a cup"], return_tensors="pt")
    with torch.no_grad():
        answer = model(**tokens, pixel_values=clip._eye.preprocess(pictures))
        expected = (answer.logits_per_image / model.logit_scale.exp())[:, 0]
    assert images @ texts[0] == pytest.approx(expected.numpy(), abs=1e-5)
    assert text_alignment(images, texts[0]) == pytest.approx(float(expected.mean()), abs=1e-5)


def test_the_folders_own_normalisation_is_used(clip_folder, tmp_path):
    folder = shutil.copytree(clip_folder, tmp_path / "clip")
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0, 0, 0], "image_std": [1, 1, 1]}))
    assert Clip(folder, CPU)._eye.preprocess(plain((255, 0, 51), 1))[0, :, 0, 0].tolist() == pytest.approx(
        [1.0, 0.0, 0.2]
    )


def test_clip_measures_text_alignment_and_appearance(clip_folder):
    clips = np.stack([plain(RED), plain(BLUE)])
    columns = ClipMetrics(Clip(clip_folder, CPU)).measure(
        EvaluationInput(["a cup", "a bear"], clips, [plain(RED)], [], clips)
    )
    found = {column.name: column for column in columns}
    assert found.keys() == {"text_alignment", "temporal_consistency", "diversity", "leakage"}
    assert found["leakage"].values == pytest.approx([0.0, 0.0], abs=1e-9)
    assert "tiny-clip" in found["text_alignment"].how


def test_xclip_reads_a_whole_clip_in_time(xclip_folder):
    instrument, frames = XClip(xclip_folder, CPU), np.concatenate([plain(RED, 4), plain(BLUE, 4)])
    forward, still = instrument.alignment(frames, "a cup"), instrument.alignment(plain(RED, 8), "a cup")
    assert -1.0 <= forward <= 1.0
    assert forward != still
    [column] = instrument.measure(EvaluationInput(["a cup"], frames[None]))
    assert (column.name, column.values) == ("video_text_alignment", [forward])


@pytest.mark.parametrize("kind", ["missing", "another model", "no weights"])
def test_a_folder_that_is_no_clip_is_named(kind, clip_folder, xclip_folder, tmp_path):
    folder = xclip_folder if kind == "another model" else tmp_path / "clip"
    if kind == "no weights":
        shutil.copytree(clip_folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    with pytest.raises(NotAMetricModel, match=str(folder)):
        Clip(folder, CPU)


# ---------------------------------------------------------------- the world, and all together


def test_the_world_is_measured_exactly():
    reference = world("red", "circle", "navy", seed=3)
    clips = np.stack([world("green", "square", "navy", seed=4), world("red", "square", "teal", seed=5)])
    prompts = ["a green square moving right on a teal background"] * 2
    found = {column.name: column for column in Exact().measure(EvaluationInput(prompts, clips, [reference]))}
    assert found["text_alignment"].values == pytest.approx([2 / 3, 2 / 3])
    assert found["leakage"].values == pytest.approx([1 / 3, 1 / 3])
    assert min(found["motion_fidelity"].values) > 0.9


def test_the_world_cannot_measure_everything():
    still = world("red", "circle", "navy", motion="standing still")
    clips = world("green", "square", "teal")[None]
    foreign = {column.name: column for column in Exact().measure(EvaluationInput(["a bear"], clips, [still]))}
    assert [column.mean for column in foreign.values()] == [None] * 3
    assert "captions of the bundled world" in foreign["text_alignment"].reason
    assert "changes its place" in foreign["motion_fidelity"].reason
    prompts = ["a red circle moving right on a navy background"]
    own = {column.name: column for column in Exact().measure(EvaluationInput(prompts, clips, [still]))}
    assert own["leakage"].mean is None
    alone = {column.name: column for column in Exact().measure(EvaluationInput(prompts, clips))}
    assert alone["text_alignment"].mean == 0.0
    assert "no reference" in alone["leakage"].reason


def test_the_first_that_measures_gives_the_name():
    class Fixed:
        def __init__(self, name, value):
            self.name, self.value = name, value

        def measure(self, evaluation_input):
            return [Column("leakage", self.name, [self.value], "why")]

    def names(*instruments):
        return {column.name: column.mean for column in fill(instruments, EvaluationInput(["a"], plain(RED)[None]))}

    assert names(Fixed("exact", 0.1), Fixed("clip", 0.2)) == {"leakage": 0.1, "leakage_clip": 0.2}
    assert names(Fixed("exact", None), Fixed("clip", 0.2)) == {"leakage": 0.2}
    assert names(Fixed("exact", 0.1), Fixed("clip", None)) == {"leakage": 0.1}
