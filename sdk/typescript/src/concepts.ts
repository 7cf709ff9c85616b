/** Motion concepts, their versions and aliases. */

import { join } from "node:path";

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

/** Create and read concepts, versions and aliases. */
export class Concepts {
  constructor(private readonly calls: Calls) {}

  /** Creates an empty concept; trainings add versions. */
  async create(body: ConceptCreate, once: Once = {}): Promise<Concept> {
    return (await createConcept({ client: this.calls.client, body, headers: keyed(once) })).data;
  }

  /** @throws NotFound */
  async get(id: string): Promise<Concept> {
    return (await getConcept({ client: this.calls.client, path: { concept_id: id } })).data;
  }

  /** All concepts, newest first; pages are read on demand. */
  list(): AsyncGenerator<Concept, void> {
    return walk(this.calls, (query) => listConcepts({ client: this.calls.client, query }));
  }

  /** Changes the given fields. */
  async update(id: string, body: ConceptPatch): Promise<Concept> {
    return (await updateConcept({ client: this.calls.client, path: { concept_id: id }, body })).data;
  }

  /** Deletes a concept with its versions. */
  async delete(id: string): Promise<void> {
    await deleteConcept({ client: this.calls.client, path: { concept_id: id } });
  }

  /** The versions of a concept, newest first. */
  versions(id: string): AsyncGenerator<ConceptVersion, void> {
    return walk(this.calls, (query) => listVersions({ client: this.calls.client, path: { concept_id: id }, query }));
  }

  /** One version with its adapter (a fresh URL), recipe and metrics. */
  async version(id: string, version: number): Promise<ConceptVersion> {
    return (await getVersion({ client: this.calls.client, path: { concept_id: id, version } })).data;
  }

  /**
   * Writes a version's adapter and configuration into `folder`, for `PeftModel.from_pretrained`; resolves to the folder.
   * `adapter_model.safetensors`, the name that peft expects, has the bytes of the artifact `adapter.safetensors`.
   *
   * @throws NotFound, or TransferFailed if the storage refused or the SHA-256 is wrong.
   */
  async download(id: string, version: number, folder: string): Promise<string> {
    const { adapter, adapter_config: config } = await this.version(id, version);
    const { storage } = this.calls;
    await storage.fetch(adapter, join(folder, "adapter_model.safetensors"));
    if (config) await storage.fetch(config, join(folder, "adapter_config.json"));
    return folder;
  }

  /**
   * Moves an alias to a version, if it still refers to `expected_version` (omitted: the alias is new).
   *
   * @throws Conflict with code `alias_moved` if the alias refers to another version.
   */
  async setAlias(id: string, name: string, body: AliasPut): Promise<Alias> {
    return (await putAlias({ client: this.calls.client, path: { concept_id: id, name }, body })).data;
  }
}
