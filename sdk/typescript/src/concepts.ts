/** Motion concepts, their versions and aliases. */

import { type Calls, keyed, type Once, walk } from "./calls.js";
import {
  createConcept,
  deleteConcept,
  getConcept,
  getVersion,
  listConcepts,
  listVersions,
  putAlias,
  updateConcept,
} from "./generated/sdk.gen.js";
import type { Alias, AliasPut, Concept, ConceptCreate, ConceptPatch, ConceptVersion } from "./generated/types.gen.js";

/** Make concepts, look at what they learned, point names at versions. */
export class Concepts {
  constructor(private readonly calls: Calls) {}

  /** An empty concept; trainings give it versions. */
  async create(body: ConceptCreate, once: Once = {}): Promise<Concept> {
    return (await createConcept({ client: this.calls.client, body, headers: keyed(once) })).data;
  }

  /** @throws NotFound */
  async get(id: string): Promise<Concept> {
    return (await getConcept({ client: this.calls.client, path: { concept_id: id } })).data;
  }

  /** All concepts, the newest first; pages are read as they are needed. */
  list(): AsyncGenerator<Concept, void> {
    return walk(this.calls, (query) => listConcepts({ client: this.calls.client, query }));
  }

  /** Changes what is given and leaves the rest. */
  async update(id: string, body: ConceptPatch): Promise<Concept> {
    return (await updateConcept({ client: this.calls.client, path: { concept_id: id }, body })).data;
  }

  /** Deletes a concept with its versions. */
  async delete(id: string): Promise<void> {
    await deleteConcept({ client: this.calls.client, path: { concept_id: id } });
  }

  /** The versions of a concept, the newest first. */
  versions(id: string): AsyncGenerator<ConceptVersion, void> {
    return walk(this.calls, (query) => listVersions({ client: this.calls.client, path: { concept_id: id }, query }));
  }

  /** One version with its adapter (a fresh URL), recipe and metrics. */
  async version(id: string, version: number): Promise<ConceptVersion> {
    return (await getVersion({ client: this.calls.client, path: { concept_id: id, version } })).data;
  }

  /**
   * Points an alias at a version, if it still points at `expected_version` (left out: nowhere yet).
   *
   * @throws Conflict with code `alias_moved` when it points elsewhere by now.
   */
  async setAlias(id: string, name: string, body: AliasPut): Promise<Alias> {
    return (await putAlias({ client: this.calls.client, path: { concept_id: id, name }, body })).data;
  }
}
