"""Contains all the data models used in inputs/outputs"""

from .alias import Alias
from .alias_put import AliasPut
from .artifact import Artifact
from .attempt import Attempt
from .attempt_outcome import AttemptOutcome
from .base_model import BaseModel
from .base_model_family import BaseModelFamily
from .base_model_generation_defaults import BaseModelGenerationDefaults
from .base_model_limits import BaseModelLimits
from .base_model_stamp import BaseModelStamp
from .base_model_training_defaults import BaseModelTrainingDefaults
from .base_models import BaseModels
from .clip import Clip
from .clip_create import ClipCreate
from .clip_rejection import ClipRejection
from .clip_state import ClipState
from .concept import Concept
from .concept_aliases import ConceptAliases
from .concept_create import ConceptCreate
from .concept_create_metadata import ConceptCreateMetadata
from .concept_metadata import ConceptMetadata
from .concept_patch import ConceptPatch
from .concept_patch_metadata_type_0 import ConceptPatchMetadataType0
from .concept_version import ConceptVersion
from .concept_version_metrics import ConceptVersionMetrics
from .concept_version_ref import ConceptVersionRef
from .deadlines import Deadlines
from .event import Event
from .event_data import EventData
from .generation_job import GenerationJob
from .generation_job_metadata import GenerationJobMetadata
from .generation_request import GenerationRequest
from .generation_request_metadata import GenerationRequestMetadata
from .generation_result import GenerationResult
from .generation_spec import GenerationSpec
from .health import Health
from .highway import Highway
from .highway_mode import HighwayMode
from .highway_request import HighwayRequest
from .highway_request_mode_type_0 import HighwayRequestModeType0
from .job_error import JobError
from .job_error_fault import JobErrorFault
from .job_news import JobNews
from .job_news_kind import JobNewsKind
from .job_news_metadata import JobNewsMetadata
from .job_state import JobState
from .job_urls import JobUrls
from .list_jobs_kind_type_0 import ListJobsKindType0
from .page_clip import PageClip
from .page_concept import PageConcept
from .page_concept_version import PageConceptVersion
from .page_event import PageEvent
from .page_job import PageJob
from .problem import Problem
from .problem_field import ProblemField
from .progress import Progress
from .range_ import Range
from .refused_write import RefusedWrite
from .training_clip import TrainingClip
from .training_job import TrainingJob
from .training_job_metadata import TrainingJobMetadata
from .training_recipe import TrainingRecipe
from .training_recipe_preset import TrainingRecipePreset
from .training_recipe_request import TrainingRecipeRequest
from .training_recipe_request_preset_type_0 import TrainingRecipeRequestPresetType0
from .training_recipe_request_spatial_path_type_0 import (
    TrainingRecipeRequestSpatialPathType0,
)
from .training_recipe_spatial_path import TrainingRecipeSpatialPath
from .training_request import TrainingRequest
from .training_request_metadata import TrainingRequestMetadata
from .training_result import TrainingResult
from .training_result_metrics import TrainingResultMetrics
from .training_spec import TrainingSpec
from .upload import Upload
from .upload_headers import UploadHeaders
from .usage import Usage
from .version_clip import VersionClip
from .version_news import VersionNews
from .webhook_payload import WebhookPayload
from .webhook_payload_data import WebhookPayloadData
from .webhook_payload_type import WebhookPayloadType

__all__ = (
    "Alias",
    "AliasPut",
    "Artifact",
    "Attempt",
    "AttemptOutcome",
    "BaseModel",
    "BaseModelFamily",
    "BaseModelGenerationDefaults",
    "BaseModelLimits",
    "BaseModels",
    "BaseModelStamp",
    "BaseModelTrainingDefaults",
    "Clip",
    "ClipCreate",
    "ClipRejection",
    "ClipState",
    "Concept",
    "ConceptAliases",
    "ConceptCreate",
    "ConceptCreateMetadata",
    "ConceptMetadata",
    "ConceptPatch",
    "ConceptPatchMetadataType0",
    "ConceptVersion",
    "ConceptVersionMetrics",
    "ConceptVersionRef",
    "Deadlines",
    "Event",
    "EventData",
    "GenerationJob",
    "GenerationJobMetadata",
    "GenerationRequest",
    "GenerationRequestMetadata",
    "GenerationResult",
    "GenerationSpec",
    "Health",
    "Highway",
    "HighwayMode",
    "HighwayRequest",
    "HighwayRequestModeType0",
    "JobError",
    "JobErrorFault",
    "JobNews",
    "JobNewsKind",
    "JobNewsMetadata",
    "JobState",
    "JobUrls",
    "ListJobsKindType0",
    "PageClip",
    "PageConcept",
    "PageConceptVersion",
    "PageEvent",
    "PageJob",
    "Problem",
    "ProblemField",
    "Progress",
    "Range",
    "RefusedWrite",
    "TrainingClip",
    "TrainingJob",
    "TrainingJobMetadata",
    "TrainingRecipe",
    "TrainingRecipePreset",
    "TrainingRecipeRequest",
    "TrainingRecipeRequestPresetType0",
    "TrainingRecipeRequestSpatialPathType0",
    "TrainingRecipeSpatialPath",
    "TrainingRequest",
    "TrainingRequestMetadata",
    "TrainingResult",
    "TrainingResultMetrics",
    "TrainingSpec",
    "Upload",
    "UploadHeaders",
    "Usage",
    "VersionClip",
    "VersionNews",
    "WebhookPayload",
    "WebhookPayloadData",
    "WebhookPayloadType",
)
