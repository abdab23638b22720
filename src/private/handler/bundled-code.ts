import { AssetStaging, CfnResource, FileAssetPackaging, Names, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  ASSET_RESOURCE_METADATA_ENABLED_CONTEXT, ASSET_RESOURCE_METADATA_IS_BUNDLED_KEY, ASSET_RESOURCE_METADATA_PATH_KEY,
  ASSET_RESOURCE_METADATA_PROPERTY_KEY,
} from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';

/**
 * Code of a function from a folder of this package. It renders the same as `lambda.Code.fromAsset`, which also declares an S3 bucket that
 * nothing here uses: loading the classes of buckets takes a tenth of the synthesis of an app with a hundred repositories.
 */
export class BundledCode extends lambda.Code {
  public readonly isInline = false;
  private stagedPath?: string;

  public constructor(private readonly folder: string) {
    super();
  }

  public bind(scope: Construct): lambda.CodeConfig {
    const code = new Construct(scope, 'Code');
    const stack = Stack.of(scope);
    const staging = new AssetStaging(code, 'Stage', { sourcePath: this.folder });
    this.stagedPath = staging.relativeStagedPath(stack);
    const { bucketName, objectKey } = stack.synthesizer.addFileAsset({
      packaging: FileAssetPackaging.ZIP_DIRECTORY,
      sourceHash: staging.assetHash,
      fileName: this.stagedPath,
      deployTime: true,
      displayName: Names.stackRelativeConstructPath(code),
    });
    return { s3Location: { bucketName, objectKey } };
  }

  /** Adds the path of the code for `sam local`, if the context of the app asks for it. https://github.com/aws/aws-cdk/issues/1432 */
  public override bindToResource(resource: CfnResource, { resourceProperty = 'Code' }: lambda.ResourceBindOptions = {}): void {
    if (!resource.node.tryGetContext(ASSET_RESOURCE_METADATA_ENABLED_CONTEXT)) return;
    resource.addMetadata(ASSET_RESOURCE_METADATA_PATH_KEY, this.stagedPath);
    resource.addMetadata(ASSET_RESOURCE_METADATA_IS_BUNDLED_KEY, false);
    resource.addMetadata(ASSET_RESOURCE_METADATA_PROPERTY_KEY, resourceProperty);
  }
}
