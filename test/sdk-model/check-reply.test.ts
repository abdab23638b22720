import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeImageScanFindingsCommand, DescribeImagesCommand, ECRClient, ListImageReferrersCommand } from '@aws-sdk/client-ecr';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { failOnViolations, takeViolations } from './violations';
import { queryWire } from '../local-cloudformation/query-wire';
import { AwsError } from '../local-ecr/aws-error';
import { jsonWire } from '../local-ecr/json-wire';
import { LocalService, Wire } from '../local-ecr/local-service';
import { restWire } from '../local-lambda/rest-wire';
import { s3Wire } from '../local-s3/s3-wire';

/** A fake that gives one answer to everything. */
class Planted extends LocalService {
  static async start(wire: Wire, answer: object): Promise<Planted> {
    const planted = new Planted(wire, answer);
    await planted.listen();
    return planted;
  }

  private constructor(wire: Wire, private readonly planted: object) {
    super(wire, {});
  }

  protected perform(): object {
    if (this.planted instanceof AwsError) throw this.planted;
    return this.planted;
  }
}

interface Client {
  send(command: object): Promise<unknown>;
}

const ECR = { wire: jsonWire('ecr', 'AmazonEC2ContainerRegistry_V20150921'), Client: ECRClient };
const CLOUDFORMATION = {
  wire: queryWire('cloudformation', '2010-05-15', 'http://cloudformation.amazonaws.com/doc/2010-05-15/'), Client: CloudFormationClient,
};
const LAMBDA = { wire: restWire, Client: LambdaClient };
const S3 = { wire: s3Wire, Client: S3Client };

const IMAGES = new DescribeImagesCommand({ repositoryName: 'app' });
const REFERRERS = new ListImageReferrersCommand({ repositoryName: 'app', subjectId: { imageDigest: 'sha256:a' } });
const FINDINGS = new DescribeImageScanFindingsCommand({ repositoryName: 'app', imageId: {} });
const STACKS = new DescribeStacksCommand({});
const OBJECT = new GetObjectCommand({ Bucket: 'a', Key: 'b' });
const OBJECTS = new ListObjectsV2Command({ Bucket: 'a' });
const image = (members: object) => ({ imageDetails: [members] });
const STACK = { StackName: 'a', CreationTime: new Date(), StackStatus: 'CREATE_COMPLETE' };

/** What is wrong, the service, the call, the answer, and the message. */
const VIOLATIONS: ReadonlyArray<readonly [string, { readonly wire: Wire; readonly Client: unknown }, object, object, string]> = [
  ['an unknown member', ECR, IMAGES, image({ imageSize: 1 }),
    'ecr:DescribeImages DescribeImages.imageDetails[0].imageSize is not a member'],
  ['a required member that is missing', ECR, REFERRERS, { referrers: [{ digest: 'a', mediaType: 'b' }] },
    'ecr:ListImageReferrers ListImageReferrers.referrers[0].size is missing, but ImageReferrer requires it'],
  ['a number that is text', ECR, IMAGES, image({ imageSizeInBytes: '1' }), 'imageDetails[0].imageSizeInBytes must be a number, got "1"'],
  ['a time that is text', ECR, IMAGES, image({ imagePushedAt: '2026-11-28T12:00:00Z' }), 'imagePushedAt must be a time in epoch seconds'],
  ['a time that is a Date', ECR, IMAGES, image({ imagePushedAt: new Date() }), 'imagePushedAt must be a time in epoch seconds, got a Date'],
  ['a time in milliseconds', ECR, IMAGES, image({ imagePushedAt: 1_795_000_000_000 }), 'imagePushedAt must be a time in epoch seconds'],
  ['text in place of a list', ECR, IMAGES, image({ imageTags: '1' }), 'imageDetails[0].imageTags must be a list, got "1"'],
  ['a list in place of a structure', ECR, IMAGES, image([]), 'imageDetails[0] must be a structure, got []'],
  ['null in place of text', ECR, IMAGES, { nextToken: null }, 'DescribeImages.nextToken must be text, got null'],
  ['a value outside of an enumeration', ECR, IMAGES, image({ imageStatus: 'GONE' }),
    'imageStatus is "GONE", which is not in the enumeration'],
  ['a key outside of an enumeration', ECR, FINDINGS, { imageScanFindings: { findingSeverityCounts: { BAD: 1 } } },
    'findingSeverityCounts has the key "BAD", which is not in the enumeration'],
  ['an error of another operation', ECR, IMAGES, new AwsError('RepositoryPolicyNotFoundException', 'a'),
    'the operation does not declare the error RepositoryPolicyNotFoundException, and it is not an error of all operations'],
  ['an error with the status code of the other side', ECR, IMAGES, new AwsError('ImageNotFoundException', 'a', 500),
    'the status code of ImageNotFoundException is 500, but the fault is that of the client'],
  ['an error with an unknown member', ECR, IMAGES, new AwsError('ImageNotFoundException', 'a', 400, { image: 'b' }),
    'ImageNotFoundException.image is not a member of ImageNotFoundException'],
  ['an unknown member in XML', CLOUDFORMATION, STACKS, { Stacks: [{ ...STACK, Name: 'a' }] }, 'Stacks[0].Name is not a member of Stack'],
  ['a required member that is missing in XML', CLOUDFORMATION, STACKS, { Stacks: [{ ...STACK, CreationTime: undefined }] },
    'cloudformation:DescribeStacks DescribeStacks.Stacks[0].CreationTime is missing, but Stack requires it'],
  ['a time in XML that is a number', CLOUDFORMATION, STACKS, { Stacks: [{ ...STACK, CreationTime: 1_795_000_000 }] },
    'Stacks[0].CreationTime must be a time such as 2026-11-28T12:00:00Z, got "1795000000"'],
  ['a value outside of an enumeration in XML', CLOUDFORMATION, STACKS, { Stacks: [{ ...STACK, StackStatus: 'FINE' }] },
    'Stacks[0].StackStatus is "FINE", which is not in the enumeration'],
  ['a boolean in XML that is neither true nor false', CLOUDFORMATION, STACKS, { Stacks: [{ ...STACK, DisableRollback: 'no' }] },
    'Stacks[0].DisableRollback must be a boolean, got "no"'],
  ['an unknown error in XML', CLOUDFORMATION, STACKS, new AwsError('StackNotThere', 'a'), 'does not declare the error StackNotThere'],
  ['an unknown member in a list of objects', S3, OBJECTS, { Name: 'a', Contents: [{ Key: 'b', Content: 'c' }] },
    's3:ListObjectsV2 ListObjectsV2.Contents[0].Content is not a member of Object'],
  ['a number in XML that is none', S3, OBJECTS, { Name: 'a', Contents: [{ Key: 'b', Size: 'big' }] }, 'Contents[0].Size must be a number'],
  ['an unknown error of an object', S3, OBJECT, new AwsError('ObjectGone', 'a', 404),
    's3:GetObject the operation does not declare the error'],
  ['an unknown member of REST with JSON', LAMBDA, new ListFunctionsCommand({}), { Lambdas: [] }, 'ListFunctions.Lambdas is not a member'],
  ['an unknown error of REST with JSON', LAMBDA, new ListFunctionsCommand({}), new AwsError('FunctionGone', 'a', 404), 'FunctionGone'],
];

test.each(VIOLATIONS)('a fake that answers with %s fails its call and its test', async (
  _what, { wire, Client }, command, answer, message,
) => {
  const planted = await Planted.start(wire, answer);
  const client: Client = new (Client as new (config: object) => Client)({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    forcePathStyle: true,
    endpoint: planted.endpoint,
    requestHandler: planted.inProcess(),
  });
  const call = client.send(command);
  await expect(call).rejects.toMatchObject({ name: 'LocalServiceDefect' });
  await planted.stop();
  expect(failOnViolations).toThrow(message);
  expect(takeViolations()).toEqual([]);
});

test('the message names at most five problems of an answer', async () => {
  const planted = await Planted.start(ECR.wire, { imageDetails: Array.from({ length: 7 }, () => ({ a: 1 })) });
  const client = new ECRClient({
    region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1, endpoint: planted.endpoint,
  });
  await expect(client.send(IMAGES)).rejects.toThrow('imageDetails[4].a is not a member of ImageDetail; and 2 more');
  client.destroy();
  await planted.stop();
  expect(takeViolations()).toHaveLength(1);
});
