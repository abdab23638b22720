import { readFileSync } from 'fs';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { logoProblems } from '../../core/public-repository/catalog';

/** Returns the problems of the file of a logo. */
export function logoFileProblems(path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    return logoProblems(readFileSync(path));
  } catch (error) {
    return [`'catalogData.logo' must be the path of a PNG file that can be read, got: ${path} (${(error as Error).message})`];
  }
}

/** Returns the logo as an asset, because it is too large for the properties of a custom resource. A different logo has a different key. */
export function logoAsset(scope: Construct, path: string | undefined): assets.Asset | undefined {
  return path === undefined ? undefined : new assets.Asset(scope, 'Logo', { path });
}
