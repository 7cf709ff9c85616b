"""Settings, ids and the catalogue of base models."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.base_models import find, load_catalogue, read_base_model
from shared.clock import FrozenClock, SystemClock
from shared.errors import ConfigurationError, Fenced, Invalid, Unavailable
from shared.families import FAMILIES, Family
from shared.ids import is_id, new_id
from shared.program import MISCONFIGURED, TEMPORARY, load, run
from shared.settings import Settings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHOREO_LEASE_SECONDS", "30")
    monkeypatch.setenv("CHOREO_BASE_MODELS", '{"a": "/weights/a"}')
    settings = Settings()
    assert (settings.lease_seconds, settings.base_models) == (30.0, {"a": Path("/weights/a")})


def test_a_typo_in_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHOREO_LEASE_SECOND", "30")
    with pytest.raises(ValidationError, match="CHOREO_LEASE_SECOND"):
        Settings()


def test_settings_are_closed_and_frozen():
    with pytest.raises(ValidationError, match="leese"):
        Settings(leese=1)  # pyright: ignore[reportCallIssue]
    with pytest.raises(ValidationError, match="frozen"):
        Settings().lease_seconds = 1  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("former", "present", "value"),
    [
        ("BEAT_SECONDS", "HEARTBEAT_SECONDS", 7.0),
        ("LEFTOVERS_SECONDS", "ORPHANED_OBJECTS_SECONDS", 9.0),
        ("MAGIC_PROMPTS", "FAULT_INJECTION", True),
    ],
)
class TestARenamedSetting:
    def test_is_accepted_under_its_former_name_with_a_warning(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, former: str, present: str, value: float
    ):
        monkeypatch.setenv(f"CHOREO_{former}", str(value))
        assert getattr(Settings(), present.lower()) == value
        assert f"CHOREO_{former} is now called CHOREO_{present}" in caplog.text

    def test_is_accepted_from_a_file_under_its_former_name(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, former: str, present: str, value: float
    ):
        (tmp_path / "value").write_text(f"{value}\n")
        monkeypatch.setenv(f"CHOREO_{former}_FILE", str(tmp_path / "value"))
        assert getattr(Settings(), present.lower()) == value

    def test_has_no_warning_under_its_present_name(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, former: str, present: str, value: float
    ):
        monkeypatch.setenv(f"CHOREO_{present}", str(value))
        assert getattr(Settings(), present.lower()) == value
        assert former not in caplog.text

    def test_must_not_be_set_under_both_names(
        self, monkeypatch: pytest.MonkeyPatch, former: str, present: str, value: float
    ):
        monkeypatch.setenv(f"CHOREO_{former}", str(value))
        monkeypatch.setenv(f"CHOREO_{present}", str(value))
        with pytest.raises(ConfigurationError, match=f"set CHOREO_{present} or CHOREO_{former}"):
            load()


def test_production_needs_a_secret():
    with pytest.raises(ValidationError, match="CHOREO_SECRET_KEY"):
        Settings(environment="production")


def test_production_needs_what_has_a_default_for_one_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHOREO_ENVIRONMENT", "production")
    with pytest.raises(ConfigurationError) as caught:
        load()
    missing = ("SECRET_KEY", "PUBLIC_URL", "DATABASE_URL", "BROKER_URL", "STORAGE_URL")
    assert [name for name in missing if f"CHOREO_{name}" not in caught.value.message] == []


def test_a_setting_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "key").write_text("s3cret\n")
    (tmp_path / "bases").write_text('{"a": "/weights/a"}')
    monkeypatch.setenv("CHOREO_SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("CHOREO_BASE_MODELS_FILE", str(tmp_path / "bases"))
    settings = Settings()
    assert (settings.secret_key.get_secret_value(), settings.base_models) == ("s3cret", {"a": Path("/weights/a")})


@pytest.mark.parametrize(
    ("variables", "reported"),
    [
        ({"SECRET_KEY": "hidden", "SECRET_KEY_FILE": "/dev/null"}, "set CHOREO_SECRET_KEY or CHOREO_SECRET_KEY_FILE"),
        ({"SECRET_KEY_FILE": "/no/such/file"}, "CHOREO_SECRET_KEY_FILE: .*No such file"),
        ({"HTTP_PORT": "hidden"}, "CHOREO_HTTP_PORT: .*valid integer"),
        ({"SECRET_KEY": "hidden", "LEASE_SECOND": "30"}, "unknown environment variables: CHOREO_LEASE_SECOND$"),
        ({"SECRET_KEY": "hidden", "CANCEL_GRACE_SECONDS": "99"}, "CHOREO_CANCEL_GRACE_SECONDS must be shorter"),
    ],
)
def test_what_is_wrong_is_named_and_no_value_repeated(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], reported: str
):
    for name, value in variables.items():
        monkeypatch.setenv(f"CHOREO_{name}", value)
    with pytest.raises(ConfigurationError, match=reported) as caught:
        load()
    assert "hidden" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("S3_ENDPOINT_URL", ["127.0.0.1:9000", "minio", "http://", "ftp://x", "http://x:port", "http://x y", "//x"]),
        ("S3_PUBLIC_ENDPOINT_URL", ["cdn.example", "https:/x"]),
        ("S3_REGION", ["", "eu west", "x\n"]),
        ("PUBLIC_URL", ["nonsense", "http://[::1", "http://x:99999"]),
        ("BROKER_URL", ["nonsense", "http://x", "redis://", "redis://h:port/0", "redis://h/x", "amqp://h//", ""]),
        ("DATABASE_URL", ["nonsense", "oracle://h/d", "postgresql://u:hidden@h/d", "mysql+pymysql://h/d", ""]),
        ("STORAGE_URL", ["nonsense", "directory:", "s3://", "s3://a/b", "s3:bucket", "s3://Bad Bucket!", ""]),
        ("LEASE_SECONDS", ["nan", "inf", "1e400", "1e300", "0", "-1", "x", ""]),
        ("BACKOFF_SECONDS", ["nan", "inf", "1e300", "-1"]),
        ("MAX_ATTEMPTS", ["0", "1e9", "1.5", "99999999999999999999"]),
        ("UPLOAD_PART_BYTES", ["1", "99999999999999"]),
        ("WEBHOOK_ALLOWED_NETWORKS", ['["x"]', '["10.0.0.1/8"]', '["10.0.0.0/33"]']),
        ("BASE_MODELS", ["{}"]),
    ],
)
def test_a_setting_of_the_wrong_form_is_named(monkeypatch: pytest.MonkeyPatch, name: str, values: list[str]):
    for value in values:
        monkeypatch.setenv(f"CHOREO_{name}", value)
        with pytest.raises(ConfigurationError, match=f"CHOREO_{name}") as caught:
            load()
        assert "hidden" not in caught.value.message, value


@pytest.mark.parametrize("name", ["S3_ACCESS_KEY", "S3_SECRET_KEY"])
def test_half_of_the_s3_credentials_is_an_error(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(f"CHOREO_{name}", "hidden")
    with pytest.raises(ConfigurationError, match="must be set together"):
        load()


def _misconfigured(_: Settings) -> None:
    raise ConfigurationError("no")


def _unavailable(_: Settings) -> None:
    raise Unavailable("later")


@pytest.mark.parametrize(
    ("program", "status"),
    [(lambda _: None, 0), (lambda _: 3, 3), (_misconfigured, MISCONFIGURED), (_unavailable, TEMPORARY)],
)
def test_a_program_ends_with_a_status(program: Callable[[Settings], int | None], status: int):
    with pytest.raises(SystemExit) as ended:
        run(program)
    assert ended.value.code == status


def test_a_heartbeat_must_fit_into_the_lease():
    with pytest.raises(ValidationError, match="CHOREO_HEARTBEAT_SECONDS"):
        Settings(heartbeat_seconds=60, lease_seconds=60)


MOMENTS = st.integers(0, 2**35).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS, MOMENTS)
def test_ids_sort_by_age(one: datetime, other: datetime):
    earlier, later = sorted([one, other])
    first, second = new_id("job", earlier), new_id("job", later)
    assert is_id(first, "job")
    assert first[:14] <= second[:14]


def test_an_id_is_a_ulid():
    moment = datetime(2016, 7, 30, 23, 54, 10, 259000, tzinfo=UTC)  # the specification's own example
    assert new_id("clip", moment, entropy=lambda size: b"\xff" * size) == "clip_01ARZ3NDEK" + "Z" * 16


@pytest.mark.parametrize(
    "text",
    ["job_", "job_01ARYZ6S41ZZZZZZZZZZZZZZZU", "con_01ARYZ6S41ZZZZZZZZZZZZZZZZ", "job_81ARYZ6S41ZZZZZZZZZZZZZZZZ"],
)
def test_what_is_no_job_id(text: str):
    assert not is_id(text, "job")


def test_clocks_tell_utc():
    clock = FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.advance(1.5) == clock.now() == datetime(2026, 1, 1, 0, 0, 1, 500000, tzinfo=UTC)
    assert SystemClock().now().tzinfo is UTC


def test_an_error_says_its_docstring():
    assert str(Fenced()) == "Another attempt owns the job now; this one stops and writes nothing."
    assert (Fenced.code, Fenced.status, Fenced.is_a_fact) == ("fenced", 409, True)


def test_a_base_model_without_a_card_has_the_release_defaults(tmp_path: Path):
    info = read_base_model("zeroscope", tmp_path)
    assert (info.family, info.training["learning_rate"], info.generation["guidance_scale"]) == ("unet3d", 5e-4, 12.0)


def test_a_card_overrides_what_it_states(tmp_path: Path):
    card = {"id": "small", "family": "unet3d", "revision": "7", "limits": {"frames": [8, 16, 8], "size": [64, 64, 8]}}
    (tmp_path / "choreo.json").write_text(json.dumps(card | {"training_defaults": {"rank": 16}}))
    catalogue = load_catalogue(Settings(base_models={"mine": tmp_path}))
    info = find(catalogue, None)
    assert (info.id, info.revision, info.training["rank"], info.training["steps"]) == ("mine", "7", 16, 1000)
    assert [frames for frames in range(30) if info.limits.frames.accepts(frames)] == [8, 16]


INDEXES = {
    "unet3d": {"unet": ["diffusers", "UNet3DConditionModel"]},
    "animatediff": {"unet": ["diffusers", "UNetMotionModel"]},
    "wan": {"transformer": ["diffusers", "WanTransformer3DModel"]},
}


@pytest.mark.parametrize("family", INDEXES)
def test_the_family_is_read_from_the_folder_and_brings_its_defaults(tmp_path: Path, family: Family):
    (tmp_path / "model_index.json").write_text(json.dumps(INDEXES[family]))
    (tmp_path / "choreo.json").write_text(json.dumps({"training_defaults": {"rank": 16}}))
    info = read_base_model("mine", tmp_path)
    assert (info.family, info.training["rank"], info.training["steps"]) == (family, 16, 1000)
    assert info.generation["scheduler"] == info.family_info.samplers[0]
    assert info.family_info.supports_spatial_path or info.training["spatial_path"] == "none"
    assert info.family_info.supports_highway or info.generation["highway"]["mode"] == "off"
    for values in (info.training, info.generation):
        assert info.limits.frames.accepts(values["num_frames"])
        assert all(info.limits.size.accepts(values[side]) for side in ("height", "width"))


def write_configs(folder: Path, **configs: dict[str, object]) -> Path:
    for name, config in ({"index": INDEXES["unet3d"]} | configs).items():
        file = {"index": "model_index.json", "scheduler": "scheduler/scheduler_config.json", "card": "choreo.json"}
        path = folder / file.get(name, f"{name}/config.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize(("cells", "size"), [(8, (64, 64)), ([40, 72], (320, 576))])
def test_the_size_that_a_folder_states_comes_before_the_familys(tmp_path: Path, cells: object, size: tuple[int, int]):
    vae = {"block_out_channels": [32, 64, 64, 64]}
    info = read_base_model("small", write_configs(tmp_path, unet={"sample_size": cells}, vae=vae))
    for values in (info.training, info.generation):
        assert (values["height"], values["width"], values["num_frames"]) == (*size, 16)
    write_configs(tmp_path, card={"generation_defaults": {"width": 128}, "training_defaults": {"height": 96}})
    info = read_base_model("small", tmp_path)
    assert (info.generation["width"], info.training["height"], info.training["width"]) == (128, 96, size[1])


@pytest.mark.parametrize(("factor", "multiple"), [(8, 16), (16, 32), (None, 16)])
def test_sides_are_multiples_of_what_one_token_covers(tmp_path: Path, factor: int | None, multiple: int):
    configs = {"transformer": {"patch_size": [1, 2, 2]}, "vae": {"scale_factor_spatial": factor}}
    write_configs(tmp_path, index=INDEXES["wan"], **configs)
    assert read_base_model("mine", tmp_path).limits.size == (64, 1280, multiple)
    write_configs(tmp_path, card={"limits": {"frames": [5, 9, 4], "size": [64, 640, 64]}})
    assert read_base_model("mine", tmp_path).limits.size == (64, 640, 64)


@pytest.mark.parametrize("cells", [None, 1, 4096, [8], "8"])
def test_a_size_that_is_none_or_is_not_supported_is_not_taken(tmp_path: Path, cells: object):
    configs = {"unet": {"sample_size": cells}, "vae": {"block_out_channels": [32, 64, 64, 64]}}
    assert read_base_model("odd", write_configs(tmp_path, **configs)).training["height"] == 384
    assert read_base_model("odd", write_configs(tmp_path, vae={})).training["height"] == 384


@pytest.mark.parametrize(
    ("index", "scheduler", "sampler"),
    [
        ("unet3d", "EulerDiscreteScheduler", "euler"),
        ("animatediff", "DPMSolverMultistepScheduler", "dpmpp_2m"),
        ("animatediff", "LCMScheduler", "lcm"),
        ("animatediff", "PNDMScheduler", "ddim"),
        ("wan", "FlowMatchEulerDiscreteScheduler", "euler"),
        ("wan", "UniPCMultistepScheduler", "unipc"),
    ],
)
def test_the_sampler_is_that_of_the_folders_scheduler(tmp_path: Path, index: str, scheduler: str, sampler: str):
    write_configs(tmp_path, index=INDEXES[index], scheduler={"_class_name": scheduler})
    assert read_base_model("mine", tmp_path).generation["scheduler"] == sampler


def test_a_card_names_a_sampler_that_its_family_supports(tmp_path: Path):
    write_configs(tmp_path, card={"generation_defaults": {"scheduler": "unipc"}})
    assert read_base_model("mine", tmp_path).generation["scheduler"] == "unipc"
    write_configs(tmp_path, index=INDEXES["wan"], card={"generation_defaults": {"scheduler": "ddim"}})
    with pytest.raises(ConfigurationError, match=r"choreo\.json: scheduler: wan supports unipc, euler"):
        read_base_model("mine", tmp_path)


def test_frames_may_come_one_first_and_then_in_groups():
    frames = FAMILIES["wan"].limits.frames
    assert [number for number in range(20) if frames.accepts(number)] == [1, 5, 9, 13, 17]
    assert str(frames) == "1 to 121 in steps of 4"


def test_an_image_model_with_motion_modules_is_animatediff(tmp_path: Path):
    (tmp_path / "model_index.json").write_text(json.dumps({"unet": ["diffusers", "UNet2DConditionModel"]}))
    with pytest.raises(ConfigurationError, match=r"model_index\.json: unet is .* which makes images"):
        read_base_model("mine", tmp_path)
    (tmp_path / "motion_adapter").mkdir()
    (tmp_path / "motion_adapter" / "config.json").write_text("{}")
    assert read_base_model("mine", tmp_path).family == "animatediff"


def test_a_card_may_not_contradict_its_folder(tmp_path: Path):
    (tmp_path / "model_index.json").write_text(json.dumps(INDEXES["wan"]))
    (tmp_path / "choreo.json").write_text('{"family": "unet3d"}')
    with pytest.raises(ConfigurationError, match=r"choreo\.json: the family is 'unet3d', but .* says 'wan'"):
        read_base_model("mine", tmp_path)


@pytest.mark.parametrize("index", ["{", "[]", '{"unet": "odd"}'])
def test_a_wrong_index_names_its_file(tmp_path: Path, index: str):
    (tmp_path / "model_index.json").write_text(index)
    with pytest.raises(ConfigurationError, match=r"model_index\.json"):
        read_base_model("mine", tmp_path)


def test_a_preset_may_have_defaults_of_its_own(tmp_path: Path):
    (tmp_path / "choreo.json").write_text(
        json.dumps({"training_defaults": {"steps": 9}, "preset_defaults": {"motion-director": {"learning_rate": 0.25}}})
    )
    info = read_base_model("mine", tmp_path)
    other, own = info.training_with("motion-director"), info.training_with(None)
    assert (other["preset"], other["steps"], other["learning_rate"]) == ("motion-director", 9, 0.25)
    assert (own["preset"], own["steps"], own["learning_rate"]) == ("tap", 9, 5e-4)


@pytest.mark.parametrize(
    "card",
    [
        '{"famly": "unet3d"}',
        "{",
        '{"training_defaults": {"rnk": 4}}',
        '{"preset_defaults": {"tap": {"rnk": 4}}}',
        '{"preset_defaults": {"top": {"rank": 4}}}',
        '{"generation_defaults": {"prompt": "x"}}',
    ],
)
def test_a_wrong_card_names_its_file(tmp_path: Path, card: str):
    (tmp_path / "choreo.json").write_text(card)
    with pytest.raises(ConfigurationError, match=r"choreo\.json"):
        read_base_model("mine", tmp_path)


def test_an_unknown_base_model_is_named():
    with pytest.raises(Invalid, match="'nope'") as caught:
        find({}, "nope")
    assert caught.value.errors[0].pointer == "/base_model"
