"""Contains all the data models used in inputs/outputs"""

from .alias import Alias
from .alias_put import AliasPut
from .artifact import Artifact
from .attempt import Attempt
from .attempt_outcome import AttemptOutcome
from .audit_entry import AuditEntry
from .audit_entry_details import AuditEntryDetails
from .base_model import BaseModel
from .base_model_family import BaseModelFamily
from .base_model_generation_defaults import BaseModelGenerationDefaults
from .base_model_limits import BaseModelLimits
from .base_model_readiness import BaseModelReadiness
from .base_model_revision import BaseModelRevision
from .base_model_samplers_item import BaseModelSamplersItem
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
from .concept_create_quality_gate import ConceptCreateQualityGate
from .concept_metadata import ConceptMetadata
from .concept_patch import ConceptPatch
from .concept_patch_metadata_type_0 import ConceptPatchMetadataType0
from .concept_patch_quality_gate_type_0 import ConceptPatchQualityGateType0
from .concept_quality_gate import ConceptQualityGate
from .concept_version import ConceptVersion
from .concept_version_metrics import ConceptVersionMetrics
from .concept_version_ref import ConceptVersionRef
from .dead_letter import DeadLetter
from .dead_letter_kind import DeadLetterKind
from .deadlines import Deadlines
from .deletion import Deletion
from .deletion_kind import DeletionKind
from .deletion_reason import DeletionReason
from .delivery_state import DeliveryState
from .drain import Drain
from .endpoint_test import EndpointTest
from .evaluation_estimate import EvaluationEstimate
from .evaluation_job import EvaluationJob
from .evaluation_job_metadata import EvaluationJobMetadata
from .evaluation_request import EvaluationRequest
from .evaluation_request_metadata import EvaluationRequestMetadata
from .evaluation_request_scheduler_type_0 import EvaluationRequestSchedulerType0
from .evaluation_result import EvaluationResult
from .evaluation_result_base_metrics import EvaluationResultBaseMetrics
from .evaluation_result_metrics import EvaluationResultMetrics
from .evaluation_result_not_measured import EvaluationResultNotMeasured
from .evaluation_settings import EvaluationSettings
from .evaluation_settings_scheduler import EvaluationSettingsScheduler
from .evaluation_spec import EvaluationSpec
from .evaluation_spec_scheduler import EvaluationSpecScheduler
from .event import Event
from .event_data import EventData
from .generation_estimate import GenerationEstimate
from .generation_job import GenerationJob
from .generation_job_metadata import GenerationJobMetadata
from .generation_request import GenerationRequest
from .generation_request_metadata import GenerationRequestMetadata
from .generation_request_scheduler_type_0 import GenerationRequestSchedulerType0
from .generation_result import GenerationResult
from .generation_spec import GenerationSpec
from .generation_spec_scheduler import GenerationSpecScheduler
from .get_usage_per import GetUsagePer
from .health import Health
from .highway import Highway
from .highway_mode import HighwayMode
from .highway_request import HighwayRequest
from .highway_request_mode_type_0 import HighwayRequestModeType0
from .interval import Interval
from .job_checkpoint import JobCheckpoint
from .job_error import JobError
from .job_error_fault import JobErrorFault
from .job_event_data import JobEventData
from .job_event_data_kind import JobEventDataKind
from .job_event_data_metadata import JobEventDataMetadata
from .job_metrics import JobMetrics
from .job_preview import JobPreview
from .job_preview_state import JobPreviewState
from .job_state import JobState
from .job_urls import JobUrls
from .job_warning import JobWarning
from .jobs_usage import JobsUsage
from .jobs_usage_kind import JobsUsageKind
from .key import Key
from .key_create import KeyCreate
from .key_create_scopes_item import KeyCreateScopesItem
from .key_scopes_item import KeyScopesItem
from .key_with_token import KeyWithToken
from .key_with_token_scopes_item import KeyWithTokenScopesItem
from .list_dead_letters_kind import ListDeadLettersKind
from .list_jobs_kind_type_0 import ListJobsKindType0
from .log_line import LogLine
from .log_line_level import LogLineLevel
from .metric_bounds import MetricBounds
from .metric_point import MetricPoint
from .other_job import OtherJob
from .other_job_metadata import OtherJobMetadata
from .page_audit_entry import PageAuditEntry
from .page_clip import PageClip
from .page_concept import PageConcept
from .page_concept_version import PageConceptVersion
from .page_dead_letter import PageDeadLetter
from .page_deletion import PageDeletion
from .page_event import PageEvent
from .page_job import PageJob
from .page_key import PageKey
from .page_log_line import PageLogLine
from .page_tenant import PageTenant
from .page_webhook_delivery import PageWebhookDelivery
from .page_webhook_endpoint import PageWebhookEndpoint
from .page_worker import PageWorker
from .preview_request import PreviewRequest
from .problem import Problem
from .problem_field import ProblemField
from .progress import Progress
from .promotion_request import PromotionRequest
from .quota import Quota
from .quota_policy import QuotaPolicy
from .range_ import Range
from .refused_write import RefusedWrite
from .requeued import Requeued
from .storage_usage import StorageUsage
from .tenant import Tenant
from .tenant_create import TenantCreate
from .tenant_limits import TenantLimits
from .tenant_limits_gpu_period import TenantLimitsGpuPeriod
from .tenant_patch import TenantPatch
from .training_clip import TrainingClip
from .training_estimate import TrainingEstimate
from .training_job import TrainingJob
from .training_job_metadata import TrainingJobMetadata
from .training_recipe import TrainingRecipe
from .training_recipe_gradient_checkpointing import TrainingRecipeGradientCheckpointing
from .training_recipe_preset import TrainingRecipePreset
from .training_recipe_request import TrainingRecipeRequest
from .training_recipe_request_gradient_checkpointing_type_0 import (
    TrainingRecipeRequestGradientCheckpointingType0,
)
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
from .upload_part import UploadPart
from .upload_part_headers import UploadPartHeaders
from .usage import Usage
from .usage_report import UsageReport
from .version_clip import VersionClip
from .version_event_data import VersionEventData
from .vocabulary import Vocabulary
from .vocabulary_terms import VocabularyTerms
from .webhook_attempt import WebhookAttempt
from .webhook_delivery import WebhookDelivery
from .webhook_delivery_type import WebhookDeliveryType
from .webhook_endpoint import WebhookEndpoint
from .webhook_endpoint_create import WebhookEndpointCreate
from .webhook_endpoint_create_event_types_item import (
    WebhookEndpointCreateEventTypesItem,
)
from .webhook_endpoint_disabled_reason_type_0 import WebhookEndpointDisabledReasonType0
from .webhook_endpoint_event_types_item import WebhookEndpointEventTypesItem
from .webhook_endpoint_patch import WebhookEndpointPatch
from .webhook_endpoint_patch_event_types_type_0_item import (
    WebhookEndpointPatchEventTypesType0Item,
)
from .webhook_endpoint_with_secret import WebhookEndpointWithSecret
from .webhook_endpoint_with_secret_disabled_reason_type_0 import (
    WebhookEndpointWithSecretDisabledReasonType0,
)
from .webhook_endpoint_with_secret_event_types_item import (
    WebhookEndpointWithSecretEventTypesItem,
)
from .webhook_payload import WebhookPayload
from .webhook_payload_data import WebhookPayloadData
from .webhook_payload_type import WebhookPayloadType
from .worker import Worker
from .worker_state import WorkerState

__all__ = (
    "Alias",
    "AliasPut",
    "Artifact",
    "Attempt",
    "AttemptOutcome",
    "AuditEntry",
    "AuditEntryDetails",
    "BaseModel",
    "BaseModelFamily",
    "BaseModelGenerationDefaults",
    "BaseModelLimits",
    "BaseModelReadiness",
    "BaseModelRevision",
    "BaseModels",
    "BaseModelSamplersItem",
    "BaseModelTrainingDefaults",
    "Clip",
    "ClipCreate",
    "ClipRejection",
    "ClipState",
    "Concept",
    "ConceptAliases",
    "ConceptCreate",
    "ConceptCreateMetadata",
    "ConceptCreateQualityGate",
    "ConceptMetadata",
    "ConceptPatch",
    "ConceptPatchMetadataType0",
    "ConceptPatchQualityGateType0",
    "ConceptQualityGate",
    "ConceptVersion",
    "ConceptVersionMetrics",
    "ConceptVersionRef",
    "DeadLetter",
    "DeadLetterKind",
    "Deadlines",
    "Deletion",
    "DeletionKind",
    "DeletionReason",
    "DeliveryState",
    "Drain",
    "EndpointTest",
    "EvaluationEstimate",
    "EvaluationJob",
    "EvaluationJobMetadata",
    "EvaluationRequest",
    "EvaluationRequestMetadata",
    "EvaluationRequestSchedulerType0",
    "EvaluationResult",
    "EvaluationResultBaseMetrics",
    "EvaluationResultMetrics",
    "EvaluationResultNotMeasured",
    "EvaluationSettings",
    "EvaluationSettingsScheduler",
    "EvaluationSpec",
    "EvaluationSpecScheduler",
    "Event",
    "EventData",
    "GenerationEstimate",
    "GenerationJob",
    "GenerationJobMetadata",
    "GenerationRequest",
    "GenerationRequestMetadata",
    "GenerationRequestSchedulerType0",
    "GenerationResult",
    "GenerationSpec",
    "GenerationSpecScheduler",
    "GetUsagePer",
    "Health",
    "Highway",
    "HighwayMode",
    "HighwayRequest",
    "HighwayRequestModeType0",
    "Interval",
    "JobCheckpoint",
    "JobError",
    "JobErrorFault",
    "JobEventData",
    "JobEventDataKind",
    "JobEventDataMetadata",
    "JobMetrics",
    "JobPreview",
    "JobPreviewState",
    "JobState",
    "JobsUsage",
    "JobsUsageKind",
    "JobUrls",
    "JobWarning",
    "Key",
    "KeyCreate",
    "KeyCreateScopesItem",
    "KeyScopesItem",
    "KeyWithToken",
    "KeyWithTokenScopesItem",
    "ListDeadLettersKind",
    "ListJobsKindType0",
    "LogLine",
    "LogLineLevel",
    "MetricBounds",
    "MetricPoint",
    "OtherJob",
    "OtherJobMetadata",
    "PageAuditEntry",
    "PageClip",
    "PageConcept",
    "PageConceptVersion",
    "PageDeadLetter",
    "PageDeletion",
    "PageEvent",
    "PageJob",
    "PageKey",
    "PageLogLine",
    "PageTenant",
    "PageWebhookDelivery",
    "PageWebhookEndpoint",
    "PageWorker",
    "PreviewRequest",
    "Problem",
    "ProblemField",
    "Progress",
    "PromotionRequest",
    "Quota",
    "QuotaPolicy",
    "Range",
    "RefusedWrite",
    "Requeued",
    "StorageUsage",
    "Tenant",
    "TenantCreate",
    "TenantLimits",
    "TenantLimitsGpuPeriod",
    "TenantPatch",
    "TrainingClip",
    "TrainingEstimate",
    "TrainingJob",
    "TrainingJobMetadata",
    "TrainingRecipe",
    "TrainingRecipeGradientCheckpointing",
    "TrainingRecipePreset",
    "TrainingRecipeRequest",
    "TrainingRecipeRequestGradientCheckpointingType0",
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
    "UploadPart",
    "UploadPartHeaders",
    "Usage",
    "UsageReport",
    "VersionClip",
    "VersionEventData",
    "Vocabulary",
    "VocabularyTerms",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookDeliveryType",
    "WebhookEndpoint",
    "WebhookEndpointCreate",
    "WebhookEndpointCreateEventTypesItem",
    "WebhookEndpointDisabledReasonType0",
    "WebhookEndpointEventTypesItem",
    "WebhookEndpointPatch",
    "WebhookEndpointPatchEventTypesType0Item",
    "WebhookEndpointWithSecret",
    "WebhookEndpointWithSecretDisabledReasonType0",
    "WebhookEndpointWithSecretEventTypesItem",
    "WebhookPayload",
    "WebhookPayloadData",
    "WebhookPayloadType",
    "Worker",
    "WorkerState",
)
