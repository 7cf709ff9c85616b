"""A job of any kind, as the document's union names it."""

from choreo.generated.models import EvaluationJob, GenerationJob, OtherJob, TrainingJob

Job = EvaluationJob | GenerationJob | OtherJob | TrainingJob
