import { App, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { declareEveryConstruct, Place } from './every-construct';
import { concatenatedTexts, parseSource, readSource, sourceFiles } from './source-texts';
import { ImageCopy, ImageSource, PublicRepository, Repository } from '../src';

/** A place with two Regions. */
function place(partition: string, one: string, other: string, rest = { hasEcrPublic: false, isKnown: true }): Place {
  const regions = {
    'us-east-1': one, 'eu-west-1': other, 'ap-south-1': other, 'eu-central-1': one, 'us-west-2': one, 'eu-north-1': other,
  };
  return { partition, regions, ...rest };
}

/** The domains of the partitions: https://docs.aws.amazon.com/general/latest/gr/rande.html */
const PLACES: ReadonlyArray<[string, string, Place]> = [
  ['cn-north-1', 'amazonaws.com.cn', place('aws-cn', 'cn-north-1', 'cn-northwest-1')],
  ['us-gov-west-1', 'amazonaws.com', place('aws-us-gov', 'us-gov-west-1', 'us-gov-east-1')],
  // no ARN that the test passes has the partition `aws`, so that each of them comes from the library
  ['any Region', '{"Ref":"AWS::URLSuffix"}', place('aws-eusc', 'xx-one-1', 'xx-other-1', { hasEcrPublic: true, isKnown: false })],
];

describe.each(PLACES)('every construct, synthesized for %s', (_, suffix, where) => {
  const app = new App({ analyticsReporting: false });
  declareEveryConstruct(app, where);
  const viaServices = new Array<string>();
  // `src/private/handler/partition.ts` has the reason for the values, which are removed here
  const templates = app.synth().stacks.map(({ template }) => JSON.stringify(template, (key, value) => {
    if (key !== 'kms:ViaService') return value as unknown;
    viaServices.push(JSON.stringify(value));
    return undefined;
  }));

  test('names no partition', () => {
    expect(templates.flatMap(text => around(text, /arn:aws(?!-)/g))).toEqual([]);
  });

  test('names no host of a partition, other than principals of services, which have the same names in every partition', () => {
    const hosts = templates.map(withoutPrincipals).flatMap(text => around(text, /amazonaws|\.on\.aws|\.api\.aws|aws\.amazon/g));
    expect(hosts).toEqual([]);
  });

  test('allows Amazon ECR to use KMS under the domain of the partition too', () => {
    expect(viaServices.length).toBeGreaterThan(0);
    expect(viaServices.filter(value => !value.includes(suffix))).toEqual([]);
  });
});

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
 * Service-linked roles have the names of their principals in every partition, for example in China:
 * https://docs.amazonaws.cn/en_us/AmazonECR/latest/userguide/slr-replication.html
 */
function withoutPrincipals(template: string): string {
  return template.replace(/\\?"(Service|Principal)\\?":\\?"[a-z.-]+\.amazonaws\.com\\?"/g, '')
    // a service-linked role, and the services that create or get a role
    .replace(/aws-service-role\/[a-z0-9.-]+|"iam:(AWSServiceName|PassedToService)":("[^"]+"|\[[^\]]+\])/g, '');
}

/** Returns each occurrence, with some text before and after it. */
function around(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => text.slice(Math.max(0, index - 60), index + found.length + 20));
}

describe('the sources', () => {
  /** Every text with a host or an ARN of one partition, with the reason why it is right in all of them. */
  const ACCEPTED: ReadonlyArray<[RegExp, string]> = [
    [/^(ecr|lambda|events|states|scheduler)\.amazonaws\.com$/, 'principal of a service'],
    [/^(replication\.ecr|pullthroughcache\.ecr|inspector2)\.amazonaws\.com$/, 'principal of a service with a service-linked role'],
    [/^aws iam create-service-linked-role --aws-service-name replication\.ecr\.amazonaws\.com$/, 'the same, in a command'],
    [/^\{"Service":"lambda\.amazonaws\.com"\}$/, 'the same, in a comparison'],
    [/^grantPull\(new iam\.ServicePrincipal\('lambda\.amazonaws\.com'\)\)$/, 'the same, in a message'],
    [/^amazonaws\.com(\.cn)?$|^(amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn)$/, 'suffixes of all partitions'],
    [/^public\.ecr\.aws$|public\.ecr\.aws\/…/, 'the one host of Amazon ECR Public'],
    [/public\.ecr\.aws\/<alias of its registry>/, 'the same, in a message'],
    [/RepositoryPrincipal\.roles\('arn:aws:iam::111111111111:role\/\*'\)/, 'an example in a message'],
    [/^https:\/\/aws\.amazon\.com\/cloudwatch\/pricing\/$/, 'the source of a price'],
    [/^It must be the ARN of a role such as arn:aws:iam::111122223333:role\/reader\.$/, 'an example in a message'],
    [/--role arn:aws:iam::111122223333:role\/reader/, 'an example in the help of a command'],
  ];
  const texts = ['src', 'lambda', 'cli'].flatMap(sourceFiles).flatMap(file => concatenatedTexts(parseSource(readSource(file))))
    .filter(text => /amazonaws|amazonwebservices|\.aws\b|aws\.amazon\.com|arn:aws/.test(text) && !/https:\/\/docs\.aws\.amazon\.com/.test(text));

  test('have no host and no ARN of one partition', () => {
    expect(texts.filter(text => !ACCEPTED.some(([pattern]) => pattern.test(text)))).toEqual([]);
  });

  test.each(ACCEPTED)('have a text for the accepted pattern %s: %s', pattern => {
    expect(texts.some(text => pattern.test(text))).toBe(true);
  });
});

function stackIn(region?: string): Stack {
  return new Stack(new App(), 'Stack', region === undefined ? {} : { env: { account: '111111111111', region } });
}

describe('Amazon ECR Public, which is only in the partition aws', () => {
  test.each([
    ['cn-north-1', 'aws-cn'], ['us-gov-west-1', 'aws-us-gov'],
  ])('is refused at synthesis for a repository in %s', (region, partition) => {
    expect(() => new PublicRepository(stackIn(region), 'Gallery', { repositoryName: 'team/app' })).toThrow(
      `Stack/Gallery: Amazon ECR Public is only in the partition 'aws', but the stack is in '${partition}' (Region ${region}). Declare the`
        + ' public repository in a stack of an account in \'aws\'');
  });

  test.each([[undefined], ['eu-west-1'], ['xx-unknown-1']])('is not refused in the Region %s', region => {
    expect(() => new PublicRepository(stackIn(region), 'Gallery', { repositoryName: 'team/app' })).not.toThrow();
  });

  test.each([
    ['cn-north-1', false], ['us-gov-east-1', false], ['eu-west-1', true], [undefined, true],
  ])('a copy from it in %s is made with a token of the account: %s', (region, hasToken) => {
    const stack = stackIn(region);
    new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromEcrPublic('public.ecr.aws/docker/library/redis:7'),
      repository: Repository.fromRepositoryName(stack, 'To', 'to'),
      tags: ['7'],
    });
    const text = JSON.stringify((stack.node.root as App).synth().getStackByName('Stack').template);
    expect(text.includes('"WithPublicToken":true')).toBe(hasToken);
    expect(text.includes('ecr-public:GetAuthorizationToken')).toBe(hasToken);
  });
});

test('a key of the app allows Secrets Manager under both domains in China', () => {
  const stack = stackIn('cn-north-1');
  const secret = new secretsmanager.Secret(stack, 'Hub', { encryptionKey: new kms.Key(stack, 'Key') });
  new ImageCopy(stack, 'Copy', {
    source: ImageSource.fromRegistry('registry.example.com/team/app:v1', { credentials: secret }),
    repository: Repository.fromRepositoryName(stack, 'To', 'to'),
    tags: ['v1'],
  });
  const { Resources } = (stack.node.root as App).synth().getStackByName('Stack').template as { Resources: Record<string, any> };
  const key = Object.values(Resources).find(({ Type }) => Type === 'AWS::KMS::Key');
  const services = (key.Properties.KeyPolicy.Statement as any[]).filter(({ Principal }) => JSON.stringify(Principal).includes('ImageCopy'))
    .map(({ Condition }) => Condition.StringEquals['kms:ViaService']);
  expect(services).toEqual(['secretsmanager.cn-north-1.amazonaws.com', 'secretsmanager.cn-north-1.amazonaws.com.cn']);
});
