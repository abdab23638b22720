import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT, CommandLine, describedImage, digestOf, RunOptions } from './command-line';
import { POLICY } from './policies';
import { IMAGES, many, recordedRepository, simulateRecorded } from './recorded-repository';

let line: CommandLine;

beforeEach(() => { line = recordedRepository(); });
afterEach(() => line.remove());

const simulate = (args?: readonly string[], options?: RunOptions) => simulateRecorded(line, args, options);

describe('--json', () => {
  test('prints only the array to standard output', async () => {
    const { status, stdout, stderr } = await simulate(['--json', '--html', 'report.html']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(IMAGES.length);
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining([
      {
        imageDigest: digestOf('A'),
        imageTags: ['prod-1'],
        imagePushedAt: '2026-05-02T00:00:00.000Z',
        imageSizeInBytes: 1000,
        action: 'EXPIRE',
        appliedRulePriority: 1,
        reason: 'rule 1: number 2 of 2 from the newest, beyond the limit of 1',
      },
      {
        imageDigest: digestOf('D'),
        imageTags: [],
        imagePushedAt: '2026-05-29T00:00:00.000Z',
        imageSizeInBytes: 1000,
        action: 'KEEP',
        appliedRulePriority: null,
        reason: 'rule 2: pushed 3 days ago, limit 7',
      },
    ]));
    expect(JSON.parse(stdout).map((row: { imageDigest: string }) => row.imageDigest)).toEqual(IMAGES.map(({ id }) => digestOf(id)));
    expect(stderr).toMatch(/^warning: .*\nnote: simulated for 2026-06-01T00:00:00\.000Z\nnote: report written to report\.html\n$/);
    expect((await simulate(['--json'])).stdout).toBe(stdout);
  });

  test('contains null for an unknown size', async () => {
    line.write('images.json', [{ ...describedImage(IMAGES[0]), imageSizeInBytes: undefined }]);
    expect(JSON.parse((await simulate(['--json'])).stdout)).toMatchObject([{ imageSizeInBytes: null }]);
  });

  test('exits without an error if the reader closes the pipe', async () => {
    line.write('many.json', many(2000).map(describedImage));
    const { status, stderr } = await simulate(['--json', '--images', 'many.json', '--policy', 'ten.json'], { isHeadOnly: true });
    expect([status, stderr]).toEqual([0, `note: simulated for ${AT}\n`]);
  });
});

describe('--html', () => {
  test('writes the report and prints its path', async () => {
    const { status, stderr } = await simulate(['--html', 'report.html']);
    expect(status).toBe(0);
    expect(stderr).toContain('note: report written to report.html\n');
    const page = readFileSync(join(line.folder, 'report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    for (const text of ['images.json under policy.json', digestOf('A'), 'One production image', String(Date.parse(AT))]) {
      expect(page).toContain(text);
    }
  });

  test('writes only the page to standard output if the file is -', async () => {
    await simulate(['--html', 'report.html']);
    const { status, stdout, stderr } = await simulate(['--html', '-']);
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(join(line.folder, 'report.html'), 'utf8'));
    expect(stderr).toMatch(/^warning: rule 3 archives images\. .*\n$/);
  });

  test('fails if the file cannot be written', async () => {
    expect(await simulate(['--html', 'nowhere/report.html']))
      .toMatchObject({ status: 1, stderr: expect.stringMatching(/\nerror: cannot write nowhere\/report\.html: no such folder\. Create it first\n$/) });
  });
});

describe('simulate', () => {
  test.each(
    [['--images', { imageDetails: IMAGES.map(describedImage) }], ['--policy', POLICY]] as const,
  )('reads standard input with %s -', async (option, content) => {
    const { stdout } = await simulate([option, '-', '--json'], { input: JSON.stringify(content) });
    expect(stdout).toBe((await simulate(['--json'])).stdout);
  });

  test('reads UTF-16, which Windows PowerShell writes', async () => {
    line.write('images.json', Buffer.from(`\ufeff${JSON.stringify(IMAGES.map(describedImage))}`, 'utf16le'));
    line.write('policy.json', `\ufeff${JSON.stringify(POLICY)}`);
    expect((await simulate()).stdout).toContain('7 images: 2 expire');
  });

  test('warns about images that were pushed after the time of the simulation', async () => {
    expect((await simulate(['--at', '2026-05-20'])).stderr)
      .toContain('warning: 2 of the images were pushed after 2026-05-20T00:00:00.000Z; the simulation includes them\n');
  });
});

describe('simulate fails', () => {
  test.each<[string, string, RegExp | string]>([
    ['images.json', '{"imageDetails": [\n{"a" 1}]}', /^error: images\.json: the images must be JSON: .*\n$/],
    ['images.json', '{"imageIds": []}',
      'error: images.json: \'imageDetails\' must be a list, as aws ecr describe-images prints it, got: an object with \'imageIds\'\n'],
    ['images.json', JSON.stringify({ imageDetails: [{ ...describedImage(IMAGES[0]), imagePushedAt: undefined }] }),
      'error: images.json: \'imageDetails[0].imagePushedAt\' must be a time such as 2026-01-31T12:00:00+00:00, got: nothing\n'],
    ['images.json', JSON.stringify([{ ...describedImage(IMAGES[0]), imageTags: 'a' }]),
      'error: images.json: \'[0].imageTags\' must be a list of strings, got: "a"\n'],
    ['images.json', JSON.stringify({ imageDetails: [describedImage(IMAGES[0])], NextToken: 'abc' }),
      /^error: images\.json: the list is incomplete .*\n$/],
    ['ten.json', '{"rules":\n oops}', /^error: ten\.json: the policy must be JSON: .*\n$/],
    ['ten.json', '{"rules": []}', 'error: ten.json: \'rules\' must have 1 to 50 rules, got: none\n'],
  ])('if %s contains %s', async (name, content, message) => {
    line.write(name, content);
    const { status, stdout, stderr } = await simulate(['--policy', 'ten.json']);
    expect([status, stdout]).toEqual([1, '']);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });

  test('with at most ten problems and the number of the others', async () => {
    line.write('images.json', many(30).map(image => ({ ...describedImage(image), imageDigest: 1 })));
    const { stderr } = await simulate(['--policy', 'ten.json']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(11);
    expect(stderr).toMatch(/\nerror: 20 more problems are not shown\n$/);
  });

  test.each([
    ['--images', 'absent.json', 'no such file'], ['--policy', 'absent.json', 'no such file'], ['--images', '.', 'is a folder, not a file'],
  ])(
    'for %s %s with the message: %s', async (option, file, why) => {
      const { status, stderr } = await simulate([...option === '--policy' ? [] : ['--policy', 'ten.json'], option, file]);
      expect([status, stderr]).toEqual([1, `error: ${file}: ${why}\n`]);
    });
});
