import { CommandLine, RunOptions } from './command-line';
import { NEWEST_TEN, POLICY, SHIELDED } from './policies';

const BROKEN = { rules: [{ ...NEWEST_TEN.rules[0], rulePriority: 0, action: { type: 'delete' } }] };
const TWO = ['rules[0] (rulePriority 0): \'rulePriority\' must be a whole number of at least 1, got: 0',
  'rules[0] (rulePriority 0): \'action.type\' must be one of expire, transition, got: "delete"'];
const ARCHIVES = { code: 'lifecycle-archive-minimum', message: expect.stringMatching(/^rule 3 archives images\. /) };
let line: CommandLine;

beforeEach(() => {
  line = new CommandLine();
  line.write('fine.json', NEWEST_TEN);
  line.write('warned.json', POLICY);
  line.write('broken.json', BROKEN);
});
afterEach(() => line.remove());

const lint = (args: readonly string[], options?: RunOptions) => line.run(['lint', '--policy', ...args], options);

test('lint prints no problems and no warnings for a policy without either', async () => {
  expect(await lint(['fine.json', '--strict'])).toEqual({ status: 0, stdout: 'fine.json: no problems, no warnings\n', stderr: '' });
});

test('lint prints a warning with its code and fails on it only with --strict', async () => {
  const { status, stdout, stderr } = await lint(['warned.json']);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^warning: rule 3 archives images\. .* \(lifecycle-archive-minimum\)\nwarned\.json: no problems, 1 warning\n$/);
  expect(await lint(['warned.json', '--strict'])).toEqual({ status: 1, stdout, stderr: '' });
});

test('lint prints all problems', async () => {
  expect(await lint(['broken.json'])).toEqual({
    status: 1, stdout: `problem: ${TWO[0]}\nproblem: ${TWO[1]}\nbroken.json: 2 problems, no warnings\n`, stderr: '',
  });
});

test.each([
  ['fine.json', 0, { problems: [], warnings: [] }],
  ['warned.json', 0, { problems: [], warnings: [ARCHIVES] }],
  ['broken.json', 1, { problems: TWO, warnings: [] }],
])('lint --json prints the problems and warnings of %s', async (file, expected, found) => {
  const { status, stdout, stderr } = await lint([file, '--json']);
  expect([status, stderr]).toEqual([expected, '']);
  expect(JSON.parse(stdout)).toEqual(found);
  if (file === 'warned.json') expect(await lint([file, '--json', '--strict'])).toEqual({ status: 1, stdout, stderr: '' });
});

test('lint reads standard input', async () => {
  expect(await lint(['-'], { input: JSON.stringify(NEWEST_TEN) }))
    .toEqual({ status: 0, stdout: 'standard input: no problems, no warnings\n', stderr: '' });
});

test('lint reports invalid JSON as one problem on one line', async () => {
  line.write('broken.json', '{\n"rules": oops\n}');
  const { status, stdout, stderr } = await lint(['broken.json']);
  expect([status, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^problem: the policy must be JSON: .*\nbroken\.json: 1 problem, no warnings\n$/);
});

describe('lint recognizes', () => {
  const rules = (...selections: object[]) =>
    ({ rules: selections.map((selection, index) => ({ rulePriority: index + 1, selection, action: { type: 'expire' } })) });
  const count = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber });

  test.each<[string, object, string[]]>([
    ['a prefix beside the equal pattern', rules({ tagStatus: 'tagged', tagPrefixList: ['abc'], ...count(3) },
      { tagStatus: 'tagged', tagPatternList: ['abc*'], ...count(3) }, { tagStatus: 'any', ...count(5) }), ['lifecycle-unreachable-rule']],
    ['an age of a hundred years', rules(
      { tagStatus: 'tagged', tagPatternList: ['latest'], countType: 'sinceImagePushed', countUnit: 'days', countNumber: 36_500 },
      { tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 60 },
    ), []],
    ['a count of 999 beside one of 5',
      rules({ tagStatus: 'tagged', tagPrefixList: ['v'], ...count(5) }, { tagStatus: 'tagged', tagPrefixList: ['prod'], ...count(999) }),
      ['lifecycle-keep-cannot-work']],
    ['a wide count after a narrow one', rules({ tagStatus: 'tagged', tagPatternList: ['*.*.*'], ...count(20) },
      { tagStatus: 'tagged', tagPatternList: ['*'], ...count(20) }), ['lifecycle-count-used-up']],
    ['ten overlapping patterns',
      rules(...[...'abcdefghij'].map(letter => ({ tagStatus: 'tagged', tagPatternList: [`*-${letter}x-*`], ...count(5) }))),
      Array<string>(9).fill('lifecycle-overlapping-patterns')],
    ['the rules of an image shield in their places', SHIELDED, []],
    ['the rules of an image shield in the wrong places', rules(
      { tagStatus: 'tagged', tagPatternList: ['dev-*'], ...count(5) },
      { tagStatus: 'tagged', tagPatternList: ['in-use-*'], ...count(1_000_000) },
      { tagStatus: 'tagged', tagPatternList: ['was-in-use-*'], ...count(5) },
      { tagStatus: 'tagged', tagPatternList: ['pr-*'], ...count(5) },
    ), ['lifecycle-keep-tag-not-first', 'lifecycle-released-too-early']],
    ['a rule that expires images in use', rules({ tagStatus: 'tagged', tagPatternList: ['in-use-*'], ...count(5) }),
      ['lifecycle-keep-tag-expired']],
  ])('%s', async (_name, policy, codes) => {
    line.write('policy.json', policy);
    const { status, stdout } = await lint(['policy.json', '--json']);
    const { problems, warnings } = JSON.parse(stdout) as { problems: string[]; warnings: Array<{ code: string }> };
    expect([status, problems, warnings.map(({ code }) => code)]).toEqual([0, [], codes]);
  });
});

test('lint fails for a missing file', async () => {
  expect(await lint(['absent.json'])).toEqual({ status: 1, stdout: '', stderr: 'error: absent.json: no such file\n' });
});
