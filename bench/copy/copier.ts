import type { SourceImage } from './source-image';

export interface Errand {
  readonly source: SourceImage;
  /** Of the API; the Docker endpoint is where GetAuthorizationToken says. */
  readonly endpoint: string;
  readonly repositoryName: string;
}

export interface Ride {
  /** From the start of its process to its end. */
  readonly seconds: number;
  /** Of them those after a handler was loaded. */
  readonly workSeconds?: number;
  readonly peakMB?: number;
  /** Why it did not succeed. */
  readonly failure?: string;
  /** What it says that it sent, where it says so. */
  readonly saidSent?: number;
}

/** One of the two that are compared. */
export interface Copier {
  readonly name: 'ours' | 'skopeo';
  copy(errand: Errand): Promise<Ride>;
  stop(): Promise<void>;
}
