"""A job of any kind, as the document's union names it."""

from choreo.generated.models import GenerationJob, TrainingJob

Job = GenerationJob | TrainingJob
