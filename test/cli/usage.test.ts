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
  ['frobnicate', 'unknown command \'frobnicate\'. The commands are simulate, lint, teardown, adopt, help'],
  ['help frobnicate', 'unknown command \'frobnicate\'. The commands are simulate, lint, teardown, adopt, help'],
  ['--frobnicate', 'unknown option \'--frobnicate\'. The options are --version, --help'],
  ['lint --frobnicate', 'unknown option \'--frobnicate\'. The options are --policy, --json, --strict, --help'],
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

test.each(['', 'simulate', 'lint', 'teardown', 'adopt', 'help'])('help %s prints the same text as --help', async command => {
  const args = command === '' ? [] : [command];
  const expected = await line.run([...args, '--help']);
  expect(expected.status).toBe(0);
  expect(await line.run(['help', ...args])).toEqual(expected);
});

test.each([
  ['', ['simulate', 'lint', 'adopt', 'Exit codes: 0', 'ecr:DescribeImages', 'ecr:GetLifecyclePolicy']],
  ['simulate', [
    '--policy', '--images', '--repository', '--region', '--registry-id', '--at', '--all', '--json', '--html',
    'Examples:', '--filter tagStatus=ANY,imageStatus=ANY', 'ecr:DescribeImages', 'ecr:GetLifecyclePolicy', 'Exit codes: 0',
  ]],
  ['lint', ['--policy', '--json', '--strict', 'Examples:', 'IAM actions: none', 'Exit codes: 0']],
])('%s --help describes options, permissions, and exit codes', async (command, texts) => {
  const { status, stdout, stderr } = await line.run([...command === '' ? [] : [command], '--help']);
  expect([status, stderr]).toEqual([0, '']);
  for (const text of texts) expect(stdout).toContain(text);
});
