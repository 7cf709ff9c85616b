"""A job of any kind, as the document's union names it."""

from choreo.generated.models import EvaluationJob, GenerationJob, TrainingJob

Job = EvaluationJob | GenerationJob | TrainingJob
