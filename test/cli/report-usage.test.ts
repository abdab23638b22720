import { readdirSync } from 'node:fs';
import { reportAccountForEachTest } from './report-account';

jest.mock('../../cli/report/page/render-registry-page', () => ({ renderRegistryPage: () => '' }));

const account = reportAccountForEachTest();
const ROLE = 'arn:aws:iam::111122223333:role/reader';

test.each([
  [['--external-id', 'report'], '--external-id requires --role'],
  [['--public', '--in-use'], '--in-use requires --region with --public, because anyone can run images of ECR Public'],
  [['--public', '--not-pulled', '30'], '--not-pulled requires --region with --public, because ECR Public records no pulls'],
  [['--html', '-', '--csv', '-'], 'only one of --html, --csv, and --json can be written to standard output'],
  [['--html', 'a', '--json', 'a'], '--html and --json both name \'a\'. Give each output its own file'],
  [['--csv', './a', '--json', 'a'], '--csv and --json both name \'a\'. Give each output its own file'],
  [['--html', 'a', '--csv', 'b/../a'], '--html and --csv both name \'a\'. Give each output its own file'],
  [['--html', 'a', '--csv', 'a.progress'], 'no output can be the file for the progress'],
  [['--csv='], 'an output needs a file name, or - for standard output'],
  [['--csv', '-', '--html', 'a', '--resume'], '--resume cannot continue a CSV file on standard output'],
  [['--json', '-', '--resume'], '--resume requires an output in a file, because the progress is kept beside it'],
  [['--region', 'Mars'], 'option \'--region <region...>\' argument \'Mars\' is invalid. It must be a Region such as eu-west-1.'],
  [['--role', 'reader'], 'option \'--role <arn>\' argument \'reader\' is invalid. It must be the ARN of a role such as'
    + ' arn:aws:iam::111122223333:role/reader.'],
  [['--role', ROLE, '--external-id', '!'], 'option \'--external-id <id>\' argument \'!\' is invalid. It must have 2 to 1,224 letters,'
    + ' digits, and characters of +=,.@:/-.'],
  [['--not-pulled', '0'], 'option \'--not-pulled <days>\' argument \'0\' is invalid. It must be at least 1.'],
  [['--not-pulled', '36501'], 'option \'--not-pulled <days>\' argument \'36501\' is invalid. It must be at most 36500.'],
  [['app', 'b'], 'unexpected argument \'app\''],
  [['us-east-1'], 'unexpected argument \'us-east-1\'. To select a Region, use --region us-east-1'],
])('report %j is invalid usage', async (args, message) => {
  expect(await account().run(args)).toEqual({ status: 2, stdout: '', stderr: `error: ${message}\n` });
  expect([account().calls, readdirSync(account().folder)]).toEqual([{}, []]);
});

test('all combinations of options that cannot work are reported at once', async () => {
  const args = ['--public', '--in-use', '--external-id', 'report', '--html', '-', '--json', '-', '--resume'];
  const { status, stderr } = await account().run(args);
  expect([status, stderr.split('\n').filter(line => line.startsWith('error: '))]).toEqual([2, [
    'error: --external-id requires --role',
    'error: --in-use requires --region with --public, because anyone can run images of ECR Public',
    'error: only one of --html, --csv, and --json can be written to standard output',
    'error: --resume requires an output in a file, because the progress is kept beside it',
  ]]);
});
