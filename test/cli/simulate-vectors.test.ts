import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT, CommandLine, describedImage, digestOf, RecordedImage } from './command-line';

interface Vector {
  readonly name: string;
  readonly images: readonly RecordedImage[];
  readonly rules: readonly object[];
  readonly expected: Record<string, [string, number]>;
}

/** Examples of the user guide, "Examples of lifecycle policies in Amazon ECR". */
const VECTORS = JSON.parse(readFileSync(join(__dirname, '..', 'local-ecr', 'lifecycle-vectors.json'), 'utf8')) as Vector[];
let line: CommandLine;

beforeEach(() => { line = new CommandLine(); });
afterEach(() => line.remove());

test('the file contains all vectors', () => expect(VECTORS).toHaveLength(12));

test.each(VECTORS.map(vector => [vector.name, vector] as const))('simulate equals the AWS user guide: %s', async (
  _name, { images, rules, expected },
) => {
  line.write('images.json', { imageDetails: images.map(describedImage) });
  line.write('policy.json', { rules });
  const { status, stdout } = await line.run(['simulate', '--policy', 'policy.json', '--images', 'images.json', '--at', AT, '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual(images.map(({ id, tags = [] }) => {
    const [action, appliedRulePriority] = expected[id] ?? ['KEEP', null];
    return {
      imageDigest: digestOf(id),
      imageTags: tags,
      imagePushedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      imageSizeInBytes: 1000,
      action: action === 'TRANSITION' ? 'ARCHIVE' : action, // the vectors use the actions of ECR's previews
      appliedRulePriority,
      reason: expect.any(String),
    };
  }));
});
