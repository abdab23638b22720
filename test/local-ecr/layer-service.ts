import type { LayerDownloads } from './layer-downloads';
import type { LayerUploads } from './layer-uploads';
import type { IssuedPassword } from './registry-passwords';

/** What operations on layers, and whoever logs in to the registry, need of the world around. */
export interface LayerService {
  /** Whether PutImage wants the layers of a manifest. */
  readonly areChecked: boolean;
  /** Of every part but the last. */
  readonly minimumPartSize: number;
  readonly uploads: LayerUploads;
  readonly downloads: LayerDownloads;
  /** Where the registry protocol is spoken. */
  readonly endpoint: string;
  /** What GetAuthorizationToken tells in its place. */
  readonly proxyEndpoint?: string;
  /** A password for whoever asks. */
  issuePassword(): IssuedPassword;
}
