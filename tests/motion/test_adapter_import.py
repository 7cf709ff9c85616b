"""Import of other trainers' adapters, from matrices built here in their format."""

import json
from collections.abc import Iterator
from pathlib import Path

import peft
import pytest
import torch
from diffusers import UNet3DConditionModel
from torch import Tensor, nn

from services.motion.__main__ import main
from services.motion.artifacts import adapter_files, adapter_import
from services.motion.errors import NotAnAdapter, NotImportable
from services.motion.families.unet import use_plain_attention
from services.motion.method import adapters
from tests.motion.inputs import forward
from tests.motion.models import build_unet

RANK = 3
PARTS = {
    "motion-director": ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2"),
    "tap-release": ("to_k", "to_out.0"),
    "tap": ("to_k",),
}


class Injected(nn.Module):
    """A linear layer with a low-rank path: y = Wx + dropout(up(down(x))) at a scale of 1."""

    def __init__(self, linear: nn.Linear, generator: torch.Generator, rank: int = RANK) -> None:
        super().__init__()
        self.linear = linear
        self.lora_down = nn.Linear(linear.in_features, rank, bias=False)
        self.dropout = nn.Dropout(0.1)
        self.lora_up = nn.Linear(rank, linear.out_features, bias=False)
        for each in (self.lora_down, self.lora_up):
            nn.init.normal_(each.weight, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) + self.dropout(self.lora_up(self.lora_down(x)))


def inject(
    unet: UNet3DConditionModel, parts: tuple[str, ...], kind: str = "TransformerTemporalModel", most: int = 1000
) -> list[Tensor]:
    """Put such layers into the network; the list of their matrices as those programs save it."""
    generator = torch.Generator().manual_seed(4)
    saved: list[Tensor] = []
    for owner, name, linear in list(linears(unet, kind)):
        if name.endswith(parts):
            injected = Injected(linear, generator, RANK if len(saved) < most else 1).eval()
            parent, _, child = name.rpartition(".")
            owner.get_submodule(parent)._modules[child] = injected
            saved += [injected.lora_up.weight, injected.lora_down.weight]
    return saved


def linears(unet: nn.Module, kind: str) -> Iterator[tuple[nn.Module, str, nn.Linear]]:
    """The linears of attention and feed-forward in every module of that class, in the order of registration."""
    for owner in unet.modules():
        if type(owner).__name__ == kind:
            for name, module in owner.named_modules():
                if isinstance(module, nn.Linear) and any(part in name for part in ("attn1", "attn2", "ff")):
                    yield owner, name, module


@pytest.fixture
def plain_attention(bundle):
    """The network that wrote the file uses the attention of the bundle on a CPU."""

    def build() -> UNet3DConditionModel:
        unet = build_unet()
        use_plain_attention(unet, bundle.device)
        return unet

    return build


@pytest.mark.parametrize("preset", PARTS)
def test_an_imported_adapter_predicts_what_the_other_program_would(bundle, plain_attention, tmp_path, preset):
    other = plain_attention()
    torch.save(inject(other, PARTS[preset]), tmp_path / "unet.pt")
    adapter = adapter_import.convert(bundle, tmp_path / "unet.pt")
    assert adapter.recipe["recipe"] == {"preset": preset, "rank": RANK, "alpha": RANK}
    adapter_files.save_adapter(tmp_path / "ours", adapter)
    before = forward(bundle.unet)
    adapter_files.apply_adapter(bundle.unet, adapter_files.load_adapter(tmp_path / "ours"))
    found, expected = forward(bundle.unet), forward(other)
    adapters.detach(bundle.unet, "motion")
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(found, before, rtol=1e-2, atol=1e-2)


def test_tap_qk_must_be_named(bundle, tmp_path):
    """Its matrices have the shapes of keys with output projections, which trainers write."""
    torch.save(inject(build_unet(), ("to_q", "to_k")), tmp_path / "a.pt")
    assert adapter_import.convert(bundle, tmp_path / "a.pt").recipe["recipe"]["preset"] == "tap-release"
    named = adapter_import.convert(bundle, tmp_path / "a.pt", preset="tap-qk")
    assert set(named.config.target_modules) == set(adapters.target_modules(bundle.unet, "tap-qk"))


def test_the_import_command_writes_an_adapter_for_sample(base_folder, bundle, tmp_path, capsys):
    torch.save(inject(build_unet(), PARTS["tap-release"]), tmp_path / "unet.pt")
    arguments = ["import", str(tmp_path / "unet.pt"), "--base", str(base_folder), "--out", str(tmp_path / "ours")]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "preset tap-release, rank 3" in captured.err
    assert captured.out.splitlines()[0] == str(tmp_path / "ours" / "adapter.safetensors")
    small = ["--frames", "2", "--height", "32", "--width", "32", "--steps", "1"]
    sampled = ["sample", "--base", str(base_folder), "--adapter", str(tmp_path / "ours"), "--prompt", "a bear", *small]
    assert main([*sampled, "--out", str(tmp_path / "video.mp4")]) == 0
    facts = adapter_files.load_adapter(tmp_path / "ours").recipe
    assert facts["imported"]["file"] == "unet.pt"
    assert facts["base"]["content_hash"] == bundle.content_hash


def test_mixed_ranks_are_imported_and_exported(bundle, plain_attention, tmp_path):
    other = plain_attention()
    torch.save(inject(other, PARTS["tap-release"], most=20), tmp_path / "a.pt")
    adapter = adapter_import.convert(bundle, tmp_path / "a.pt")
    assert set(adapter.config.rank_pattern.values()) | {adapter.config.r} == {RANK, 1}
    adapter_files.save_adapter(tmp_path, adapter, components=bundle.lora_components)
    unet = plain_attention()
    adapter_files.apply_adapter(unet, adapter_files.load_adapter(tmp_path))
    assert torch.allclose(forward(unet), forward(other), atol=1e-5)
    theirs = peft.PeftModel.from_pretrained(plain_attention(), tmp_path)
    assert torch.allclose(forward(theirs), forward(other), atol=1e-5)


class MaliciousPickle:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.write_text, (self.path, "ran")


PAIR = [torch.zeros(8, 3), torch.zeros(3, 8)]
WRONG = {
    "no list": ({"a": torch.zeros(2, 2)}, "expected a list of matrices, found dict"),
    "empty": ([], "expected a list of matrices"),
    "no matrix": ([torch.zeros(2)], "entry 0 is not a matrix"),
    "integers": ([torch.zeros(2, 2, dtype=torch.int64)], "entry 0 is not a matrix"),
    "odd": ([*PAIR, torch.zeros(8, 3)], "not pairs of up and down"),
    "a pair of two ranks": ([*PAIR, torch.zeros(8, 2), torch.zeros(3, 8)], r"pair 1 has no common rank"),
    "not finite": ([torch.full((8, 3), torch.inf), PAIR[1]], "entry 0 has numbers that are not finite"),
    "another network": (PAIR * 9, "9 pairs of these shapes match no preset on this base model"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_refuses_other_files(bundle, tmp_path, kind):
    value, expected = WRONG[kind]
    torch.save(value, tmp_path / "a.pt")
    with pytest.raises(NotImportable, match=expected):
        adapter_import.convert(bundle, tmp_path / "a.pt")


def test_a_spatial_adapter_is_recognized(bundle, tmp_path):
    parts = ("attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0", "ff.net.0.proj", "ff.net.2")
    torch.save(inject(build_unet(), parts, "Transformer2DModel"), tmp_path / "a.pt")
    with pytest.raises(NotImportable, match="a spatial adapter"):
        adapter_import.convert(bundle, tmp_path / "a.pt")


def test_shapes_are_checked_against_a_preset_that_was_asked_for(bundle, tmp_path):
    matrices = inject(build_unet(), PARTS["tap"])
    torch.save(matrices, tmp_path / "a.pt")
    with pytest.raises(NotImportable, match="linear layers are adapted"):
        adapter_import.convert(bundle, tmp_path / "a.pt", preset="motion-director")
    wider = next(index for index, each in enumerate(matrices[::2]) if each.shape[0] == 16)
    matrices[2 * wider] = torch.zeros(8, RANK)
    torch.save(matrices, tmp_path / "a.pt")
    with pytest.raises(NotImportable, match="is 16 x 16 and its pair 8 x 16"):
        adapter_import.convert(bundle, tmp_path / "a.pt", preset="tap")


def test_nothing_in_a_file_is_run(bundle, tmp_path):
    torch.save([MaliciousPickle(tmp_path / "trace")], tmp_path / "a.pt")
    with pytest.raises(NotImportable):
        adapter_import.convert(bundle, tmp_path / "a.pt")
    assert not (tmp_path / "trace").exists()


def test_only_safetensors_are_read_as_an_adapter(base_folder, tmp_path, capsys):
    torch.save(PAIR, tmp_path / "a.pt")
    with pytest.raises(NotAnAdapter, match="not a safetensors file"):
        adapter_files.load_adapter(tmp_path / "a.pt")
    arguments = ["sample", "--base", str(base_folder), "--adapter", str(tmp_path / "a.pt"), "--prompt", "a bear"]
    assert main([*arguments, "--out", str(tmp_path / "video.mp4")]) == 2
    assert "services.motion import" in capsys.readouterr().err


def test_the_saved_adapter_has_its_origin(bundle, tmp_path):
    torch.save(inject(build_unet(), PARTS["tap"]), tmp_path / "a.pt")
    adapter = adapter_import.convert(bundle, tmp_path / "a.pt")
    assert json.loads(json.dumps(adapter.recipe))["imported"]["sha256"] == adapter_files.adapter_hash(tmp_path / "a.pt")
