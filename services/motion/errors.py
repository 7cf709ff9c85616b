"""Errors of the motion engine. Each class has a stable error code and states who caused it, user or service."""

from typing import ClassVar, Literal

Fault = Literal["user", "service"]


class MotionError(ValueError):
    """The request cannot be carried out; another attempt would fail in the same way."""

    code: ClassVar[str] = "motion"
    fault: ClassVar[Fault] = "user"


class Unsuitable(MotionError):
    """A size, mode, rank or other value that the base model or the concept does not support."""

    code = "unsuitable"


class NoTargets(MotionError):
    """The network has no linear layer that the adapter preset trains."""

    code = "no_targets"


class HighwayUnsupported(MotionError):
    """The network has no skip connection that starts at a temporal attention layer."""

    code = "highway_unsupported"


class SpatialPathUnsupported(MotionError):
    """The network has no layers that process single frames, so no separate adapters can learn the appearance."""

    code = "spatial_path_unsupported"


class Diverged(MotionError):
    """Numbers of the computation are not finite; the message says where, and which parameters to lower."""

    code = "diverged"


class NotAVideo(MotionError):
    """The file has no video stream that can be decoded."""

    code = "clip_unreadable"


class NotABaseModel(MotionError):
    """The folder does not hold a supported base model; the message says what is wrong."""

    code, fault = "base_model_unreadable", "service"


class UnsupportedPrediction(MotionError):
    """The base model's prediction type or noise schedule is not supported."""

    code, fault = "prediction_unsupported", "service"


class NotAnAdapter(MotionError):
    """The file is missing or was not written by this engine."""

    code, fault = "adapter_unreadable", "service"


class NotImportable(MotionError):
    """The file is not another program's adapter for this network."""

    code = "adapter_not_importable"


class CheckpointMismatch(MotionError):
    """The training checkpoint is unreadable or belongs to a different training."""

    code, fault = "checkpoint_mismatch", "service"


class NotAMetricModel(MotionError):
    """The folder does not hold the required metric model; the message says what is wrong."""

    code, fault = "metric_model_unreadable", "service"
