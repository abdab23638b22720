import { CommandLine, RunOptions } from './command-line';
import { NEWEST_TEN, POLICY } from './policies';

const BROKEN = { rules: [{ ...NEWEST_TEN.rules[0], rulePriority: 0, action: { type: 'delete' } }] };
const TWO = ['rules[0] (rulePriority 0): \'rulePriority\' must be a whole number of at least 1, got: 0',
  'rules[0] (rulePriority 0): \'action.type\' must be one of expire, transition, got: "delete"'];
const ARCHIVES = { code: 'lifecycle-archive-minimum', message: expect.stringMatching(/^rule 3 archives: /) };
let line: CommandLine;

beforeEach(() => {
  line = new CommandLine();
  line.write('fine.json', NEWEST_TEN);
  line.write('warned.json', POLICY);
  line.write('broken.json', BROKEN);
});
afterEach(() => line.remove());

const lint = (args: readonly string[], options?: RunOptions) => line.run(['lint', '--policy', ...args], options);

test('nothing wrong', async () => {
  expect(await lint(['fine.json', '--strict'])).toEqual({ status: 0, stdout: 'fine.json: no problems, no warnings\n', stderr: '' });
});

test('a warning with its code; only --strict fails on it', async () => {
  const { status, stdout, stderr } = await lint(['warned.json']);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^warning: rule 3 archives: .* \(lifecycle-archive-minimum\)\nwarned\.json: no problems, 1 warning\n$/);
  expect(await lint(['warned.json', '--strict'])).toEqual({ status: 1, stdout, stderr: '' });
});

test('all problems', async () => {
  expect(await lint(['broken.json'])).toEqual({
    status: 1, stdout: `problem: ${TWO[0]}\nproblem: ${TWO[1]}\nbroken.json: 2 problems, no warnings\n`, stderr: '',
  });
});

test.each([
  ['fine.json', 0, { problems: [], warnings: [] }],
  ['warned.json', 0, { problems: [], warnings: [ARCHIVES] }],
  ['broken.json', 1, { problems: TWO, warnings: [] }],
])('--json of %s', async (file, expected, found) => {
  const { status, stdout, stderr } = await lint([file, '--json']);
  expect([status, stderr]).toEqual([expected, '']);
  expect(JSON.parse(stdout)).toEqual(found);
  if (file === 'warned.json') expect(await lint([file, '--json', '--strict'])).toEqual({ status: 1, stdout, stderr: '' });
});

test('standard input', async () => {
  expect(await lint(['-'], { input: JSON.stringify(NEWEST_TEN) }))
    .toEqual({ status: 0, stdout: 'standard input: no problems, no warnings\n', stderr: '' });
});

test('what is no JSON is a problem, on one line', async () => {
  line.write('broken.json', '{\n"rules": oops\n}');
  const { status, stdout, stderr } = await lint(['broken.json']);
  expect([status, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^problem: the policy must be JSON: .*\nbroken\.json: 1 problem, no warnings\n$/);
});

test('a file that is not there', async () => {
  expect(await lint(['absent.json'])).toEqual({ status: 1, stdout: '', stderr: 'error: absent.json: no such file\n' });
});
