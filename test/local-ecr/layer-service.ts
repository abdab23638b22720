import type { LayerDownloads } from './layer-downloads';
import type { LayerUploads } from './layer-uploads';
import type { IssuedPassword } from './registry-passwords';

/** Services for operations on layers and for logins to the registry. */
export interface LayerService {
  /** Whether PutImage requires the layers of a manifest. */
  readonly areChecked: boolean;
  /** Minimum size of every part except the last. */
  readonly minimumPartSize: number;
  readonly uploads: LayerUploads;
  readonly downloads: LayerDownloads;
  /** Endpoint of the registry protocol. */
  readonly endpoint: string;
  /** Endpoint that GetAuthorizationToken returns instead. */
  readonly proxyEndpoint?: string;
  /** Creates a password for a caller. */
  issuePassword(): IssuedPassword;
}
