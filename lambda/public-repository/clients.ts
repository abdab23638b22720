import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { S3Client } from '@aws-sdk/client-s3';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';
import { CLIENT } from '../shared/aws/clients';

/** The clients that the handler needs besides those of its own stack. Tests pass clients of the real SDK that point at local fakes. */
export interface PublicClients {
  ecrPublic(): ECRPUBLICClient;
  /** In the stack's Region, where its assets are. */
  s3(): S3Client;
}

export function awsPublicClients(): PublicClients {
  return {
    ecrPublic: () => new ECRPUBLICClient({ ...CLIENT, region: PUBLIC_REGION }),
    s3: () => new S3Client(CLIENT),
  };
}
