import { AwsError } from '../local-ecr/aws-error';
import { DEFAULT_ACCOUNT } from '../local-ecr/principals';
import type { Place } from '../local-ecr/registry';

export interface Code {
  /** Image URI with a tag or a digest. @default - the code is a .zip file */
  readonly imageUri?: string;
  /** Digest of the tag at that time. @default - the digest in `imageUri`, which is then required */
  readonly imageDigest?: string;
}

export interface FunctionProps extends Code {
  /** Published versions: 1 and on. @default - none */
  readonly versions?: readonly Code[];
  /** The version that an alias points to. @default - none */
  readonly aliases?: Record<string, string>;
}

/** A function with its versions, as GetFunction and ListFunctions return it. */
export class LambdaFunction {
  readonly arn: string;
  private readonly codes: ReadonlyMap<string, Code>;

  constructor(
    readonly name: string, private readonly props: FunctionProps, { account = DEFAULT_ACCOUNT, region = 'us-east-1' }: Place,
    private readonly modified: Date,
  ) {
    this.arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
    this.codes = new Map([['$LATEST', props], ...(props.versions ?? []).map((code, index) => [String(index + 1), code] as const)]);
    for (const code of this.codes.values()) resolvedUri(code);
    for (const [alias, version] of Object.entries(props.aliases ?? {})) {
      if (!this.codes.has(version)) throw new Error(`alias ${alias} points to version ${version}, which ${name} does not have`);
    }
  }

  get(qualifier: string | undefined): object {
    const version = this.version(qualifier);
    const code = this.codes.get(version)!;
    return {
      Configuration: { ...this.configuration(version, qualifier), State: 'Active', LastUpdateStatus: 'Successful' },
      Code: code.imageUri === undefined
        ? { RepositoryType: 'S3', Location: `https://code.invalid/${this.name}` }
        : { RepositoryType: 'ECR', ImageUri: code.imageUri, ResolvedImageUri: resolvedUri(code) },
    };
  }

  /** Returns only the unqualified ARN, or the ARN of every version. */
  list(all: boolean): object[] {
    return all ? [...this.codes.keys()].map(version => this.configuration(version, version)) : [this.configuration('$LATEST', undefined)];
  }

  private version(qualifier = '$LATEST'): string {
    const version = this.props.aliases?.[qualifier] ?? qualifier;
    if (!this.codes.has(version)) throw notFound(`${this.arn}:${qualifier}`);
    return version;
  }

  private configuration(version: string, qualifier: string | undefined): object {
    const [, digest] = resolvedUri(this.codes.get(version)!)?.split('@sha256:') ?? [];
    return {
      FunctionName: this.name,
      FunctionArn: qualifier === undefined ? this.arn : `${this.arn}:${qualifier}`,
      Version: version,
      CodeSha256: digest ?? 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      PackageType: digest === undefined ? 'Zip' : 'Image',
      LastModified: this.modified.toISOString().replace('Z', '+0000'),
      ...digest === undefined ? { Runtime: 'nodejs22.x', Handler: 'index.handler' } : {},
    };
  }
}

export function notFound(arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
}

/** Returns the repository with the digest and without the tag. */
function resolvedUri({ imageUri, imageDigest }: Code): string | undefined {
  if (imageUri === undefined) return undefined;
  const [, repository, digestInUri] = /^([^@]+?)(?::[\w.-]+)?(?:@(sha256:[0-9a-f]{64}))?$/.exec(imageUri) ?? [];
  const digest = digestInUri ?? imageDigest;
  if (!repository || !digest) throw new Error(`${imageUri}: no digest, which Lambda always resolves`);
  return `${repository}@${digest}`;
}
