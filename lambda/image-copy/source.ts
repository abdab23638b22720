import type { Descriptor } from '../../src/core/images/manifest';
import type { FetchedManifest } from '../shared/images/manifest';

/** The repository that an image is copied from. */
export interface ImageSource {
  /** Name of the source in messages. */
  readonly name: string;
  /** Repository that layers can be mounted from, if the source is in ECR. */
  readonly repositoryArn?: string;
  /** End of the message for an image that does not exist: other possible causes, and what to do. */
  readonly remedy: string;
  /** Returns undefined if the image does not exist. */
  manifest(tagOrDigest: string): Promise<FetchedManifest | undefined>;
  /** Returns the contents of a layer or configuration from the given byte on. */
  blob(blob: Descriptor, from: number): Promise<AsyncIterable<Uint8Array>>;
  /** Returns the digests of the artifacts whose subject is the image: signatures, attestations, SBOMs. */
  referrers(digest: string): Promise<string[]>;
}
