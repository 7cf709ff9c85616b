"""Motion concepts, their versions and aliases."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from choreo._sync.calls import PAGE, Calls, walk
from choreo.generated.api.concepts import (
    create_concept,
    delete_concept,
    get_concept,
    get_version,
    list_concepts,
    list_versions,
    put_alias,
    update_concept,
)
from choreo.generated.models import (
    Alias,
    AliasPut,
    Artifact,
    Concept,
    ConceptCreate,
    ConceptCreateMetadata,
    ConceptCreateQualityGate,
    ConceptPatch,
    ConceptPatchMetadataType0,
    ConceptPatchQualityGateType0,
    ConceptVersion,
)
from choreo.responses import argument, or_unset

PEFT_FILE, PEFT_CONFIG = "adapter_model.safetensors", "adapter_config.json"
Gate = Mapping[str, Mapping[str, float]]
"""Bounds by metric name: `least`, `greatest` or both."""


class Concepts:
    """Create and read concepts, versions and aliases."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def create(
        self,
        name: str,
        *,
        description: str = "",
        metadata: Mapping[str, str] | None = None,
        quality_gate: Gate | None = None,
        idempotency_key: str | None = None,
    ) -> Concept:
        """Create an empty concept; trainings add versions.

        `quality_gate` has the bounds that a version must meet for an alias: `{"leakage": {"greatest": 0.1}}`.
        """
        labels = argument(ConceptCreateMetadata.from_dict, metadata)
        gate = argument(ConceptCreateQualityGate.from_dict, quality_gate)
        body = ConceptCreate(name=name, description=description, metadata=labels, quality_gate=gate)
        key = or_unset(idempotency_key)
        return self._calls.ask(create_concept.sync, client=self._calls.client, body=body, idempotency_key=key)

    def get(self, id: str) -> Concept:
        """Raises NotFound."""
        return self._calls.ask(get_concept.sync, id, client=self._calls.client)

    def list(self) -> Iterator[Concept]:
        """All concepts, newest first; pages are read on demand."""
        return walk(
            lambda cursor: self._calls.ask(list_concepts.sync, client=self._calls.client, limit=PAGE, cursor=cursor)
        )

    def update(
        self,
        id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        quality_gate: Gate | None = None,
    ) -> Concept:
        """Change the given fields. Raises NotFound."""
        labels = None if metadata is None else argument(ConceptPatchMetadataType0.from_dict, metadata)
        gate = None if quality_gate is None else argument(ConceptPatchQualityGateType0.from_dict, quality_gate)
        body = ConceptPatch(
            name=or_unset(name),
            description=or_unset(description),
            metadata=or_unset(labels),
            quality_gate=or_unset(gate),
        )
        return self._calls.ask(update_concept.sync, id, client=self._calls.client, body=body)

    def delete(self, id: str) -> None:
        """Delete a concept with its versions. Raises NotFound."""
        self._calls.run(delete_concept.sync_detailed, id, client=self._calls.client)

    def versions(self, id: str) -> Iterator[ConceptVersion]:
        """The versions of a concept, newest first."""
        return walk(
            lambda cursor: self._calls.ask(list_versions.sync, id, client=self._calls.client, limit=PAGE, cursor=cursor)
        )

    def version(self, id: str, version: int) -> ConceptVersion:
        """One version with its adapter (a fresh URL), recipe and metrics. Raises NotFound."""
        return self._calls.ask(get_version.sync, id, version, client=self._calls.client)

    def download(self, id: str, version: int, folder: Path | str) -> Path:
        """Write a version's adapter and configuration into `folder`, for `PeftModel.from_pretrained`; return it.

        `adapter_model.safetensors`, the name that peft expects, has the bytes of the artifact `adapter.safetensors`.
        A version of an early service has no configuration.

        Raises:
            NotFound: there is no such version.
            TransferFailed: the storage refused, or the SHA-256 differs.
        """
        found = self.version(id, version)
        self._calls.storage.fetch(found.adapter, Path(folder) / PEFT_FILE)
        if isinstance(found.adapter_config, Artifact):
            self._calls.storage.fetch(found.adapter_config, Path(folder) / PEFT_CONFIG)
        return Path(folder)

    def set_alias(
        self, id: str, name: str, version: int, *, expected_version: int | None = None, force: bool = False
    ) -> Alias:
        """Move an alias to a version, if it still refers to `expected_version` (None: the alias is new).

        Raises:
            Conflict: with code `alias_moved` when it points elsewhere by now, `quality_gate` when the version does not
                measure what its concept demands, unless you `force` it.
        """
        body = AliasPut(version=version, expected_version=expected_version, force=force)
        return self._calls.ask(put_alias.sync, id, name, client=self._calls.client, body=body)
