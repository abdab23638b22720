import { CommandLine } from './command-line';

let line: CommandLine;

beforeEach(() => { line = new CommandLine(); });
afterEach(() => line.remove());

const invalid = (option: string, argument: string, why: string) => `option '${option}' argument '${argument}' is invalid. ${why}`;

test.each([
  ['--yes', 'specify repository names or --prefix'],
  ['--empty --except-tags prod-* app', 'specify repository names or --prefix. --except-tags reads every word after it as a pattern, so'
    + ' put the'
    + ' names first'],
  ['--protected-tags prod app', 'specify repository names or --prefix. --protected-tags reads every word after it as a pattern, so put'
    + ' the names'
    + ' first'],
  ['app --prefix pr/ --require-tag a=b', 'specify either repository names or --prefix, not both'],
  ['--prefix pr/', '--prefix requires --require-tag <key=value>. Only repositories with the tag are removed'],
  ['app --max-repositories 60', '--max-repositories requires --prefix'],
  ['app --except-tags prod-*', '--except-tags requires --empty, because a deletion removes all images'],
  ['app --except-newest 3', '--except-newest requires --empty, because a deletion removes all images'],
  ['app --public --region eu-west-1', '--public does not support --region, because ECR Public is only in us-east-1'],
  ['app --public --in-use-by ecs', '--public does not support --in-use-by, because anyone can run images of ECR Public'],
  ['--public --prefix pr/ --require-tag a=b', 'option \'--public\' cannot be used with option \'--prefix <prefix/>\''],
  ['app --public --empty --except-newest 1', 'option \'--public\' cannot be used with option \'--except-newest <n>\''],
  ['app --public --empty --except-tags a', 'option \'--public\' cannot be used with option \'--except-tags <pattern...>\''],
  ['app --public --pulled-within 7d', 'option \'--public\' cannot be used with option \'--pulled-within <duration>\''],
  ...['ROOT', 'pr', '/', 'PR/'].map(prefix => [
    `--prefix ${prefix} --require-tag a=b`,
    invalid('--prefix <prefix/>', prefix, 'It must be the beginning of repository names and end with a slash, such as preview/.'),
  ]),
  ...['App', 'app:v1', '000000000000.dkr.ecr.us-east-1.amazonaws.com/App'].map(name => [
    name, `command-argument value '${name}' is invalid for argument 'repository'. It must be a repository name such as`
      + ' team/app, without a registry or a tag.',
  ]),
  ['app --region eu-west', invalid('--region <region>', 'eu-west', 'It must be a Region such as eu-west-1.')],
  ...['7', '0d', '-1d', '7w', '1.5h', '0s', 's', '90S'].map(time => [
    `app --pulled-within=${time}`, invalid('--pulled-within <duration>', time, 'It must be a duration such as 30m, 12h, or 7d.'),
  ]),
  ['app --pushed-within 7', invalid('--pushed-within <duration>', '7', 'It must be a duration such as 30m, 12h, or 7d.')],
  ['app --in-use-by eks', invalid('--in-use-by <ecs|lambda>', 'eks', 'It must be one of ecs, lambda.')],
  ['--prefix pr/ --require-tag a=b --fail-on-absent', 'option \'--fail-on-absent\' cannot be used with option \'--prefix <prefix/>\''],
  ['app --require-tag purpose',
    invalid('--require-tag <key=value>', 'purpose', 'It must be a key and a value, such as purpose=preview.')],
  ['app --max-images many', invalid('--max-images <n>', 'many', 'It must be a whole number.')],
  ['app --empty --except-newest 0', invalid('--except-newest <n>', '0', 'It must be at least 1.')],
  ['app --empty --except-tags team/app',
    invalid('--except-tags <pattern...>', 'team/app', 'It cannot match any tag, because a tag consists of letters, digits, \'.\', \'_\','
      + ' and \'-\'.')],
  ['app --protected-tags v* app:v1',
    invalid('--protected-tags <pattern...>', 'app:v1', 'It cannot match any tag, because a tag consists of letters, digits, \'.\', \'_\','
      + ' and \'-\'.')],
  ['app --protected-tags a*b*c*d*e*f',
    invalid('--protected-tags <pattern...>', 'a*b*c*d*e*f', 'It must be a string with at most 4 wildcards (*).')],
  ['app --registry-id 000000000000', 'unknown option \'--registry-id\'. The options are --prefix, --max-repositories, --region, --public,'
    + ' --empty, --except-tags, --except-newest, --max-images, --protected-tags, --pushed-within, --pulled-within, --in-use-by,'
    + ' --require-tag, --fail-on-absent, --dry-run, --yes, --audit, --json, --help'],
])('teardown %s is invalid usage', async (args, message) => {
  expect(await line.run(['teardown', ...args.split(' '), '--dry-run'])).toEqual({ status: 2, stdout: '', stderr: `error: ${message}\n` });
});

test('teardown --help describes every option, the permissions, and the exit codes', async () => {
  const { status, stdout, stderr } = await line.run(['teardown', '--help']);
  expect([status, stderr]).toEqual([0, '']);
  for (const text of [
    '--prefix', '--max-repositories', '--region', '--public', '--empty', '--except-tags', '--except-newest', '--max-images',
    '--protected-tags', '--pushed-within', '--pulled-within',
    '--fail-on-absent',
    '--in-use-by', '--require-tag', '--dry-run', '--yes', '--audit', '--json', 'Examples:', 'ecr:DeleteRepository', 'ecr:BatchDeleteImage',
    'ecr:BatchGetImage',
    'ecr:ListImages', 'ecs:DescribeTaskDefinition', 'lambda:GetFunction', 'Exit codes: 0', '130',
  ]) expect(stdout).toContain(text);
});

test('the help of the program names the commands that call AWS', async () => {
  const { stdout } = await line.run(['--help']);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(new RegExp('Six commands call AWS: report, simulate --repository [^.]*, adopt, teardown, shield, and'
    + ' claims\\. Only teardown, shield stop, start, and release, and claims remove make changes\\.'));
});
