import { CommandLine, describedImage, digestOf, RecordedImage } from './command-line';
import { NEWEST_TEN, SHIELDED } from './policies';
import { many, recordedRepository, simulateRecorded } from './recorded-repository';

let line: CommandLine;

beforeEach(() => { line = recordedRepository(); });
afterEach(() => line.remove());

const simulate = (args?: readonly string[]) => simulateRecorded(line, args);

describe('the table', () => {
  test('shows the summary and the images of each action, and is the same for each run', async () => {
    const { status, stdout, stderr } = await simulate();
    expect(stdout).toBe(`\
images.json under policy.json, as of 2026-06-01T00:00:00.000Z
7 images: 2 expire, 1 archive, 4 keep
sizes: 2 kB expire, 1 kB archive, 4 kB keep (a layer that images share is counted for each image, so the sum is not what you pay for)

rule 1 (One production image): would expire 1 of 2 images that it applies to
rule 2: would expire 1 of 2 images that it applies to
rule 3: would archive 1 of 1 image that it applies to
no rule selects 2 images

expire: 2 images
  AGE  DIGEST        RULE  TAGS        REASON
  8d   430000000000  2     <untagged>  pushed 8 days ago, limit 7
  30d  410000000000  1     prod-1      number 2 of 2 from the newest, beyond the limit of 1

archive: 1 image
  AGE   DIGEST        RULE  TAGS   REASON
  200d  450000000000  3     dev-1  pulled 100 days ago, limit 90

keep: 4 images
  AGE   DIGEST        RULE  TAGS            REASON
  3d    440000000000  2     <untagged>      pushed 3 days ago, limit 7
  20d   420000000000  1     prod-2, latest  number 1 of 2 from the newest, within the limit of 1
  400d  460000000000  -     other           no rule selects it
  500d  470000000000  -     <untagged>      no rule selects it
`);
    expect(stderr).toMatch(/^warning: rule 3 archives images\. .* \(lifecycle-archive-minimum\)\n$/);
    expect(status).toBe(0);
    expect((await simulate()).stdout).toBe(stdout);
  });

  test('shows at most 20 images for each action, and no kept images if there are more than 20, unless --all is set', async () => {
    line.write('many.json', many(55).map(describedImage));
    const few = await simulate(['--images', 'many.json', '--policy', 'ten.json']);
    expect(few.stdout.match(/^ {2}\d+d .*$/gm)).toHaveLength(20 + 10);
    expect(few.stdout).toContain('\n  and 25 more (--all lists them)\n');
    line.write('31.json', many(31).map(describedImage));
    const kept = await simulate(['--images', '31.json']);
    expect(kept.stdout).toContain('\nkeep: 31 images (--all lists them)\n');
    expect(kept.stdout).not.toMatch(/^ {2}\d+d /m);
    const all = await simulate(['--images', 'many.json', '--policy', 'ten.json', '--all']);
    expect(all.stdout.match(/^ {2}\d+d .*$/gm)).toHaveLength(55);
    expect(all.stdout).not.toContain('--all');
  });

  test('shows what a policy with the rules of an image shield does, without a warning', async () => {
    line.write('shielded.json', SHIELDED);
    line.write('shielded-images.json', [
      { id: 'A', tags: ['dev-1', 'in-use-0123456789ab'], pushedDaysAgo: 400 },
      { id: 'B', tags: ['dev-2', 'was-in-use-0123456789ab'], pushedDaysAgo: 8 },
      { id: 'C', tags: ['was-in-use-ab0123456789'], pushedDaysAgo: 31 },
      { id: 'D', tags: ['v1', 'was-in-use-ab9876543210'], pushedDaysAgo: 30 },
    ].map(describedImage));
    const { stdout, stderr } = await simulate(['--images', 'shielded-images.json', '--policy', 'shielded.json', '--all']);
    expect(stderr).toBe('');
    expect(stdout).toContain(`
expire: 2 images
  AGE  DIGEST        RULE  TAGS                            REASON
  8d   420000000000  4     dev-2, was-in-use-0123456789ab  pushed 8 days ago, limit 7
  31d  430000000000  5     was-in-use-ab0123456789         pushed 31 days ago, limit 30

keep: 2 images
  AGE   DIGEST        RULE  TAGS                         REASON
  30d   440000000000  5     v1, was-in-use-ab9876543210  pushed 30 days ago, limit 30
  400d  410000000000  1     dev-1, in-use-0123456789ab   keeps it; therefore rule 4, which would expire it, cannot act
`);
  });

  test('shows the number of images of unknown size, and no sizes if all are unknown', async () => {
    const [first, ...others] = many(3).map(describedImage);
    line.write('some.json', [first, ...others.map(image => ({ ...image, imageSizeInBytes: undefined }))]);
    expect((await simulate(['--images', 'some.json'])).stdout).toContain(
      'sizes: 0 B expire, 0 B archive, 1 kB keep, and 2 images of unknown size (a layer that images share is counted for each'
        + ' image, ',
    );
    line.write('none.json', others.map(image => ({ ...image, imageSizeInBytes: undefined })));
    expect((await simulate(['--images', 'none.json'])).stdout).not.toContain('sizes: ');
  });

  test('has totals of 0 for an empty repository', async () => {
    line.write('none.json', { imageDetails: [] });
    expect((await simulate(['--images', 'none.json'])).stdout).toContain('0 images: 0 expire, 0 archive, 0 keep\n');
  });

  test('is for the current time by default', async () => {
    const before = Date.now();
    const { stdout } = await line.run(['simulate', '--policy', 'policy.json', '--images', 'images.json']);
    const at = Date.parse(/as of (\S+)\n/.exec(stdout)![1]);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  test('contains no control characters from tags, descriptions, and names', async () => {
    line.write('evil.json', [describedImage({ id: 'A', tags: ['a\u001b[2J', 'b\nc'], pushedDaysAgo: 1 })]);
    line.write('evil-policy.json', { rules: [{ ...NEWEST_TEN.rules[0], description: 'x\u001b[2J\ny' }] });
    const { stdout } = await simulate(['--images', 'evil.json', '--policy', 'evil-policy.json']);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('rule 1 (x\ufffd[2J y): would ');
    expect(stdout).toContain('a\ufffd[2J, b c');
  });
});

describe('indexes', () => {
  const index: RecordedImage = { id: 'I', tags: ['prod-9'], pushedDaysAgo: 9, isIndex: true };
  const child: RecordedImage = { id: 'J', pushedDaysAgo: 9 };

  test('that are kept are noted if untagged images would be removed', async () => {
    line.write('images.json', [index, child].map(describedImage));
    expect((await simulate()).stdout).toContain('note: 1 multi-architecture index is kept, and ECR also keeps every image that a kept'
      + ' index refers to. '
      + 'describe-images does not return these references, so ECR may keep some of the 1 untagged images that the simulation expires or'
      + ' archives\n');
  });

  test.each<[string, RecordedImage[]]>([
    ['that are removed', [index, { ...index, id: 'K', pushedDaysAgo: 1, isIndex: undefined }, child]],
    ['without an untagged image that would be removed', [index, { ...child, pushedDaysAgo: 1 }]],
    ['that do not exist', [{ ...index, isIndex: undefined }, child]],
  ])('%s are not mentioned', async (_name, images) => {
    line.write('images.json', images.map(describedImage));
    const { stdout } = await simulate();
    expect(stdout).toContain(`${images.length} images`);
    expect(stdout).not.toContain('index');
  });
});

describe('reference artifacts', () => {
  const image: RecordedImage = { id: 'I', tags: ['v1'], pushedDaysAgo: 9.2 };
  const [signature, sbom] = ['S', 'T'].map(id => ({ ...describedImage({ id, pushedDaysAgo: 9.1 }), subjectManifestDigest: digestOf('I') }));
  beforeEach(() => {
    line.write('images.json', [describedImage(image), signature, sbom]);
    line.write('one.json', { rules: [{ ...NEWEST_TEN.rules[0], selection: { ...NEWEST_TEN.rules[0].selection, countNumber: 1 } }] });
  });

  test('that are removed with their subject are counted separately from the images of the rules', async () => {
    const { stdout, stderr } = await simulate(['--policy', 'one.json']);
    expect(stdout).toContain('3 images: 3 expire, 0 archive, 0 keep\n');
    expect(stdout).toContain('\nrule 1: would expire 2 of 3 images that it applies to\n'
      + '1 reference artifact (signatures, SBOMs, attestations) is removed or archived with its subject image\n');
    expect(stdout).toMatch(/ {2}1 {5}<untagged> {2}number 1 of 3 .*; but ECR expires it with its subject, by rule 1 \(sha256:49/);
    expect(stderr).toMatch(/^warning: rule 1 counts 1 reference artifact .* \(lifecycle-counts-referrers\)\n$/);
  });

  test('that a rule removes from a kept image cause a warning', async () => {
    const { stdout, stderr } = await simulate();
    expect(stdout).toContain('3 images: 2 expire, 0 archive, 1 keep\n');
    expect(stderr).toContain('warning: rule 2 would expire 2 reference artifacts (signatures, SBOMs, attestations) of images that are'
      + ` kept, such as ${digestOf('S')} of v1`);
    expect(stderr).toMatch(/\(lifecycle-expires-referrers\)\n$/);
  });

  test('are not treated as images of a kept index', async () => {
    line.write('images.json', [describedImage({ ...image, isIndex: true }), signature]);
    expect((await simulate()).stdout).not.toContain('multi-architecture');
  });
});
