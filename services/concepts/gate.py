"""The quality gate: bounds of metrics that a version must meet before an alias moves to it. Missing metrics fail."""

from collections.abc import Iterator

from services.db.tables import ConceptRow, VersionRow
from shared.errors import Conflict, FieldError
from shared.schemas.concept import MetricBounds


class QualityGateRefused(Conflict):
    """The version does not meet its concept's quality gate; `force` moves the alias anyway."""

    code, title = "quality_gate", "Quality gate"


def check(concept: ConceptRow, version: VersionRow) -> None:
    """Raises QualityGateRefused with every violated bound."""
    errors = tuple(_violations(concept, version))
    if errors:
        raise QualityGateRefused("; ".join(error.message for error in errors), errors=errors)


def _violations(concept: ConceptRow, version: VersionRow) -> Iterator[FieldError]:
    for name, stated in concept.quality_gate.items():
        bounds, found = MetricBounds.model_validate(stated), version.metrics.get(name)
        if found is None:
            yield FieldError("/version", "not_measured", f"version {version.version} has no {name}")
        elif bounds.least is not None and not found >= bounds.least:
            yield FieldError("/version", "below_gate", f"{name} is {found:g}, at least {bounds.least:g} is demanded")
        elif bounds.greatest is not None and not found <= bounds.greatest:
            yield FieldError("/version", "above_gate", f"{name} is {found:g}, at most {bounds.greatest:g} is demanded")
