"""What can be wrong with what the engine is given. Each error has a stable code and says whose fault it is."""

from typing import ClassVar, Literal

Fault = Literal["user", "service"]


class MotionError(ValueError):
    """The engine cannot do this with what it was given; trying again changes nothing."""

    code: ClassVar[str] = "motion"
    fault: ClassVar[Fault] = "user"


class Unsuitable(MotionError):
    """A size, mode, rank or other value that the base or the concept does not allow."""

    code = "unsuitable"


class NoTargets(MotionError):
    """The network has no layer that this preset adapts."""

    code = "no_targets"


class HighwayUnsupported(MotionError):
    """The network has no skip connection that starts at a temporal attention."""

    code = "highway_unsupported"


class SpatialPathUnsupported(MotionError):
    """The network has no layers that see one frame alone, so that appearance has no path of its own."""

    code = "spatial_path_unsupported"


class NotAVideo(MotionError):
    """The file has no video stream that can be decoded."""

    code = "clip_unreadable"


class NotABaseModel(MotionError):
    """The folder does not hold a base model that can be run; the message names what is wrong."""

    code, fault = "base_model_unreadable", "service"


class UnsupportedPrediction(MotionError):
    """The base predicts something that this engine has no target for."""

    code, fault = "prediction_unsupported", "service"


class NotAnAdapter(MotionError):
    """The file is missing, or not an artifact that this engine wrote."""

    code, fault = "adapter_unreadable", "service"


class NotImportable(MotionError):
    """The file is no adapter that another program wrote for a network like this."""

    code = "adapter_not_importable"


class CheckpointMismatch(MotionError):
    """The checkpoint is unreadable or of another training, so that resuming from it would lie."""

    code, fault = "checkpoint_mismatch", "service"


class NotAMetricModel(MotionError):
    """The folder does not hold the model that measures; the message names what is wrong."""

    code, fault = "metric_model_unreadable", "service"
