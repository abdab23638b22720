import type { Descriptor } from '../../src/core/images/manifest';
import type { FetchedManifest } from '../shared/images/manifest';

/** Where images are copied from. */
export interface ImageSource {
  /** As messages name it. */
  readonly name: string;
  /** The repository that layers can be mounted from, if it is in ECR. */
  readonly repositoryArn?: string;
  /** @throws UserError when there is none */
  manifest(tagOrDigest: string): Promise<FetchedManifest>;
  /** As `manifest`, but undefined when there is none. */
  tryManifest(tagOrDigest: string): Promise<FetchedManifest | undefined>;
  /** The contents of a layer or configuration from a byte on. */
  blob(blob: Descriptor, from: number): Promise<AsyncIterable<Uint8Array>>;
  /** Digests of the artifacts whose subject is the image: signatures, attestations, SBOMs. */
  referrers(digest: string): Promise<string[]>;
}
