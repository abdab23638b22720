import type { SourceImage } from './source-image';

export interface Errand {
  readonly source: SourceImage;
  /** Endpoint of the API. GetAuthorizationToken returns the Docker endpoint. */
  readonly endpoint: string;
  readonly repositoryName: string;
}

export interface Ride {
  /** Seconds from the start of its process to its end. */
  readonly seconds: number;
  /** Seconds after the handler was loaded. */
  readonly workSeconds?: number;
  readonly peakMB?: number;
  /** Reason of a failure. */
  readonly failure?: string;
  /** Number of bytes that it reports as sent, if it reports it. */
  readonly saidSent?: number;
}

/** One of the two compared programs. */
export interface Copier {
  readonly name: 'ours' | 'skopeo';
  copy(errand: Errand): Promise<Ride>;
  stop(): Promise<void>;
}
