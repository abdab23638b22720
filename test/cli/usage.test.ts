import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLine } from './command-line';

let line: CommandLine;

beforeEach(() => { line = new CommandLine(); });
afterEach(() => line.remove());

test.each([
  ['simulate', 'specify either --images <file> or --repository <name>'],
  ['simulate --policy p.json', 'specify either --images <file> or --repository <name>'],
  ['simulate --region eu-west-1',
    'specify either --images <file> or --repository <name> (--region and --registry-id only locate it)'],
  ['simulate --images i.json', '--images requires --policy <file>'],
  ['simulate --images - --policy -', 'only one of --images and --policy can be read from standard input'],
  ['simulate --images i.json --repository app', 'option \'--images <file>\' cannot be used with option \'--repository <name>\''],
  ['simulate --images i.json --policy p.json --region eu-west-1',
    'option \'--images <file>\' cannot be used with option \'--region <region>\''],
  ['simulate --images i.json --policy p.json --registry-id 1',
    'option \'--images <file>\' cannot be used with option \'--registry-id <account>\''],
  ['simulate --image i.json', 'unknown option \'--image\' (Did you mean --images?)'],
  ['simulate --images', 'option \'--images <file>\' argument missing'],
  ...['yesterday', '2026-02-30', '2026-6-1', '2026-06-01T25:00Z', '1780272000'].map(at => [
    `simulate --images i.json --policy p.json --at ${at}`,
    `option '--at <time>' argument '${at}' is invalid. It must be an ISO 8601 time such as 2026-01-31T12:00:00Z.`,
  ]),
  ['simulate --images i.json --policy p.json --json --html -', 'only one of --json and --html - can be written to standard output'],
  ['lint', '--policy <file> is required'],
  ['lint --polcy p.json', 'unknown option \'--polcy\' (Did you mean --policy?)'],
  ['teardown --prefix pr/ --requir-tag a=b', 'unknown option \'--requir-tag\' (Did you mean --require-tag?)'],
  ['--versoin', 'unknown option \'--versoin\' (Did you mean --version?)'],
  ['help simulat', 'unknown command \'simulat\' (Did you mean simulate?)'],
  ['lint --policy p.json more', 'too many arguments for \'lint\'. Expected 0 arguments but got 1.'],
  ['simulat', 'unknown command \'simulat\' (Did you mean simulate?)'],
  ...['frobnicate', 'help frobnicate'].map(args => [
    args, 'unknown command \'frobnicate\'. The commands are report, simulate, lint, teardown, adopt, shield, claims, help',
  ]),
  ['--frobnicate', 'unknown option \'--frobnicate\'. The options are --version, --help'],
  ['lint --frobnicate', 'unknown option \'--frobnicate\'. The options are --policy, --json, --strict, --help'],
  ['help lint more', '\'lint\' has no commands'],
  ['help shield statu', 'unknown command \'statu\' (Did you mean status?)'],
  ['shield frobnicate', 'unknown command \'frobnicate\'. The commands are status, stop, start, release'],
  ['shield status', 'required option \'--bucket <bucket>\' not specified'],
  ['shield stop', 'required option \'--bucket <bucket>\' not specified'],
  ['shield start', 'required option \'--bucket <bucket>\' not specified'],
  ...['s3://b', 'B', 'a', 'my-shield/state'].map(bucket => [
    `shield status --bucket ${bucket}`,
    `option '--bucket <bucket>' argument '${bucket}' is invalid. It must be the name of a bucket, without s3:// and without a key.`,
  ]),
  ['shield status --bucket my-shield --repositry app', 'unknown option \'--repositry\' (Did you mean --repository?)'],
  ['shield release --yes', 'specify --prefix <prefix>, --repository <name>, or --all-repositories'],
  ['shield release --prefix team/ --repository app',
    'option \'--repository <name...>\' cannot be used with option \'--prefix <prefix>\''],
  ['shield release --prefix Team/', 'option \'--prefix <prefix>\' argument \'Team/\' is invalid. It must be the beginning of repository'
    + ' names, such as team/.'],
  ['shield release --prefix team/ --tag-prefix -x',
    'option \'--tag-prefix <prefix>\' argument \'-x\' is invalid. It must be the beginning of tags such as in-use-, with at most 96'
    + ' characters.'],
  ['shield release --prefix team/ --max-images 0', 'option \'--max-images <n>\' argument \'0\' is invalid. It must be at least 1.'],
  ['claims remov shop', 'unknown command \'remov\'. The commands are list, remove'],
  ['claims list shop', 'too many arguments for \'list\'. Expected 0 arguments but got 1.'],
  ['claims remove', 'missing required argument \'stack\''],
  ...['1shop', '/other/parameter', 'arn:aws:s3:::b'].map(stack => [
    `claims remove ${stack} --yes`,
    `command-argument value '${stack}' is invalid for argument 'stack'. It must be the name of a stack, its UUID, or the name of a`
      + ' parameter below /cdk-ecr-keeper/registry/replication/ or /cdk-ecr-keeper/registry/scanning/.',
  ]),
])('%s is invalid usage', async (args, message) => {
  expect(await line.run(args.split(' '))).toEqual({ status: 2, stdout: '', stderr: `error: ${message}\n` });
});

test('without a command, the program prints its help to standard error and exits with 2', async () => {
  const { status, stdout, stderr } = await line.run([]);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Usage: cdk-ecr-keeper');
});

test.each(['--version', '-V'])('%s prints the version of the package', async option => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { version: string };
  expect(await line.run([option])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  '', 'report', 'simulate', 'lint', 'teardown', 'adopt', 'shield', 'shield status', 'shield stop', 'shield start', 'shield release',
  'claims', 'claims list', 'claims remove', 'help',
])('help %s prints the same text as --help', async command => {
  const args = command.split(' ').filter(name => name !== '');
  const expected = await line.run([...args, '--help']);
  expect(expected.status).toBe(0);
  expect(await line.run(['help', ...args])).toEqual(expected);
});

test.each([
  ['', ['simulate', 'lint', 'adopt', 'Exit codes: 0', 'ecr:DescribeImages', 'ecr:GetLifecyclePolicy']],
  ['report', [
    '--region', '--public', '--profile', '--role', '--external-id', '--html', '--csv', '--json', '--in-use', '--not-pulled', '--resume',
    '--print-policy', 'Examples:', 'ecr:DescribeRepositories', 'tag:GetResources', 'Exit codes: 0', '130',
  ]],
  ['simulate', [
    '--policy', '--images', '--repository', '--region', '--registry-id', '--at', '--all', '--json', '--html',
    'Examples:', '--filter tagStatus=ANY,imageStatus=ANY', 'ecr:DescribeImages', 'ecr:GetLifecyclePolicy', 'Exit codes: 0',
  ]],
  ['lint', ['--policy', '--json', '--strict', 'Examples:', 'IAM actions: none', 'Exit codes: 0']],
  ['shield', ['status', 'stop', 'start', 'release', 'Examples:']],
  ['shield status', [
    '--bucket', '--repository', '--tag-prefix', '--no-verify', '--all', '--region', '--json',
    'Examples:', 's3:ListBucket', 's3:GetObject', 'ecr:DescribeImages', 'ecr:GetLifecyclePolicy', 'Exit codes: 0',
  ]],
  ['shield stop', ['--bucket', '--reason', '--region', 'Examples:', 's3:PutObject', 'Exit codes: 0']],
  ['shield start', ['--bucket', '--region', 'Examples:', 's3:DeleteObject', 'Exit codes: 0']],
  ['shield release', [
    '--prefix', '--repository', '--all-repositories', '--tag-prefix', '--region', '--max-images', '--dry-run', '--yes',
    'Examples:', 'ecr:PutImage', 'ecr:BatchDeleteImage', 'Exit codes: 0',
  ]],
  ['claims', ['list', 'remove', 'Examples:']],
  ['claims list', [
    '--region', '--json', 'Examples:', 'ssm:GetParametersByPath', 'cloudformation:DescribeStacks', 'Exit codes: 0',
  ]],
  ['claims remove', [
    '--keep-rules', '--region', '--dry-run', '--yes', 'Examples:', 'ssm:DeleteParameter', 'ecr:PutReplicationConfiguration',
    'Exit codes: 0',
  ]],
])('%s --help describes options, permissions, and exit codes', async (command, texts) => {
  const { status, stdout, stderr } = await line.run([...command.split(' ').filter(name => name !== ''), '--help']);
  expect([status, stderr]).toEqual([0, '']);
  for (const text of texts) expect(stdout).toContain(text);
});
