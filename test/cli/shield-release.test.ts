import { Outcome, RunOptions } from './command-line';
import { REGION, shieldAccountForEachTest } from './shield-account';
import { keepTag, releasedTag } from '../../src/core/shield/tags';
import type { Call } from '../local-ecr/local-service';

const account = shieldAccountForEachTest();
const keep = (digest: string, generation?: number) => keepTag('in-use-', digest, generation);
const released = (digest: string) => releasedTag('in-use-', digest);

const release = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  account().shield(['release', ...args], options);

/** Runs the command as if standard input and standard error were a terminal. */
const attended = (args: readonly string[], input: string): Promise<Outcome> => {
  account().line.write('terminal.js',
    'process.stdin.isTTY = true; process.stderr.isTTY = true; process.stderr.columns = 120; process.stderr.hasColors = () => false;');
  return release(args, { input, env: { NODE_OPTIONS: '--require ./terminal.js' } });
};

const deletions = () => account().ecr.calls.filter(({ operation }) => operation === 'BatchDeleteImage');

describe('shield release', () => {
  test('replaces the keep tags under the prefixes, and changes nothing else', async () => {
    const [app, other] = [await account().addKept('team/app', 2), await account().addKept('other/app', 1)];
    const [shop] = await account().addKept('shop/web', 1);
    const before = account().tagsOf('other/app');
    const { status, stdout, stderr } = await release(['--prefix', 'team/', '--prefix', 'shop/', '--yes']);
    expect([status, stdout, stderr]).toEqual([0, 'released: 3 images\n', '']);
    expect(account().tagsOf('team/app')).toEqual({ [app[0]]: ['v1-0', released(app[0])], [app[1]]: ['v1-1', released(app[1])] });
    expect(account().tagsOf('shop/web')).toEqual({ [shop]: ['v1-0', released(shop)] });
    expect(account().tagsOf('other/app')).toEqual(before);
    expect(other).toHaveLength(1);
    expect(deletions().every(({ input }) => (input.imageIds as object[]).every(id => Object.keys(id).join() === 'imageTag'))).toBe(true);
  });

  test('keeps an image whose only tag is the keep tag, and removes the tags of all generations', async () => {
    const [digest] = await account().addKept('team/app', 1, { tags: [] });
    await account().tag('team/app', digest, keep(digest, 3));
    expect((await release(['--repository', 'team/app', '--yes'])).stdout).toBe('released: 1 image\n');
    expect(account().tagsOf('team/app')).toEqual({ [digest]: [released(digest)] });
  });

  test('adds the tag of the release and reads it before it removes a keep tag', async () => {
    await account().addKept('team/app', 1);
    await release(['--repository', 'team/app', '--yes']);
    expect(account().ecr.calls.map(({ operation }) => operation)).toEqual([
      'DescribeImages', // the plan
      'DescribeImages', 'BatchGetImage', 'PutImage', 'DescribeImages', 'BatchDeleteImage',
    ]);
  });

  test.each([1, 2, 3, 4, 5])('keeps the image if its other tags are removed after call %d', async number => {
    const [digest] = await account().addKept('team/app', 1);
    let calls = 0;
    account().ecr.onCall = async ({ accessKeyId }) => {
      if (accessKeyId === 'test' && ++calls === number) await account().untag('team/app', 'v1-0');
    };
    expect((await release(['--repository', 'team/app', '--yes'])).status).toBe(0);
    expect(account().tagsOf('team/app')).toEqual({ [digest]: [released(digest)] });
  });

  test('uses the prefix of --tag-prefix, and leaves tags that only look like keep tags', async () => {
    const [digest] = await account().addKept('team/app', 1);
    await account().tag('team/app', digest, keepTag('runs-', digest));
    const foreign = account().ecr.addImage({ repositoryName: 'team/app', tags: ['runs-0123456789ab'] });
    const { stdout } = await release(['--prefix', 'team/', '--tag-prefix', 'runs-', '--dry-run']);
    expect(stdout).toContain('\nnot changed: tags of 1 image that begin with runs-, but that a shield does not set\n');
    await release(['--prefix', 'team/', '--tag-prefix', 'runs-', '--yes']);
    expect(account().tagsOf('team/app')).toEqual({
      [digest]: ['v1-0', keep(digest), releasedTag('runs-', digest)], [foreign]: ['runs-0123456789ab'],
    });
  });

  test('reads repositories and images of more than one page', async () => {
    const digests = await account().addKept('zebra/app', 1);
    for (let index = 0; index < 1_001; index += 1) account().ecr.seed({ repositoryName: `app/${index}` });
    account().ecr.seed({ repositoryName: 'zebra/app', images: 1_200, kind: 'flat' });
    const last = account().ecr.addImage({ repositoryName: 'zebra/app' });
    await account().tag('zebra/app', last, keep(last));
    expect((await release(['--prefix', 'zebra/', '--yes'])).stdout).toBe('released: 2 images\n');
    expect(account().tagsOf('zebra/app')).toMatchObject({ [digests[0]]: ['v1-0', released(digests[0])], [last]: [released(last)] });
  });

  test('reads all repositories with --all-repositories', async () => {
    for (const name of ['team/app', 'other']) await account().addKept(name, 1);
    expect((await release(['--all-repositories', '--yes'])).stdout).toBe('released: 2 images\n');
  });

  test('does nothing if no image has a keep tag', async () => {
    account().ecr.seed({ repositoryName: 'team/app', images: 3, kind: 'flat' });
    expect(await release(['--prefix', 'team/', '--yes']))
      .toEqual({ status: 0, stdout: `to release: 0 images in 0 of 1 repository in ${REGION}\n`, stderr: '' });
    expect(account().writes).toEqual([]);
  });

  test('warns about a repository that does not exist', async () => {
    const { status, stderr } = await release(['--repository', 'team/app', '--yes']);
    expect([status, stderr]).toEqual([0, `warning: repository 'team/app' not found in ${REGION}. Check --region and your AWS profile\n`]);
  });

  test('works in the Region of --region', async () => {
    account().ecr.seed({ repositoryName: 'team/app', region: 'eu-west-1', images: 1, kind: 'flat' });
    const { stdout } = await release(['--repository', 'team/app', '--region', 'eu-west-1', '--dry-run']);
    expect(stdout).toBe('to release: 0 images in 0 of 1 repository in eu-west-1\n');
  });
});

describe('shield release shows the plan', () => {
  test('with the number of images of each repository and the first images, and changes nothing with --dry-run', async () => {
    const digests = await account().addKept('team/app', 22);
    await account().addKept('team/worker', 1, { tags: ['a', 'b', 'c', 'd'] });
    const { status, stdout } = await release(['--prefix', 'team/', '--dry-run']);
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 7)).toEqual([
      `to release: 23 images in 2 of 2 repositories in ${REGION}`, '',
      '  IMAGES  REPOSITORY', '  22      team/app', '  1       team/worker', '',
      '  REPOSITORY  DIGEST        TAGS TO REMOVE       OTHER TAGS',
    ]);
    expect(lines.slice(7, 27).every(line => line.startsWith('  team/app '))).toBe(true);
    expect(lines.slice(27)).toEqual(['  and 3 more images', '']);
    expect(stdout).toContain(`  team/app    ${digests[0].slice(7, 19)}  ${keep(digests[0])}  v1-0\n`);
    expect(account().writes).toEqual([]);
  });

  test('and asks for the number of images', async () => {
    await account().addKept('team/app', 2);
    const { status, stdout, stderr } = await attended(['--prefix', 'team/'], '2\n');
    expect([status, stdout]).toEqual([0, 'released: 2 images\n']);
    expect(stderr).toContain(`to release: 2 images in 1 of 1 repository in ${REGION}\n`);
    expect(stderr).toContain('To continue, type the number of images to release (2): ');
  });

  test.each([
    ['another number', '1\n'], ['yes', 'yes\n'], ['the end of the input', ''],
  ])('and changes nothing after %s', async (_, input) => {
    await account().addKept('team/app', 2);
    const { status, stderr } = await attended(['--prefix', 'team/'], input);
    expect(status).toBe(1);
    expect(stderr).toMatch(/error: the confirmation did not match 2\. Nothing was changed\n$/);
    expect(account().writes).toEqual([]);
  });
});

describe('shield release refuses', () => {
  test('more images than --max-images', async () => {
    await account().addKept('team/app', 3);
    const { status, stderr } = await release(['--prefix', 'team/', '--max-images', '2', '--yes']);
    expect([status, stderr]).toEqual([1, 'error: 3 images have keep tags, more than the maximum of 2. Nothing was changed. To release all'
      + ' of them, add --max-images 3\n']);
    expect(account().writes).toEqual([]);
  });

  test('to change anything without a terminal and without --yes', async () => {
    expect(await release(['--prefix', 'team/'], { input: '1\n' })).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: the command cannot ask for confirmation without a terminal. Add --yes, or --dry-run to see what would be released\n',
    });
    expect(account().ecr.calls).toEqual([]);
  });
});

describe('shield release reports', () => {
  test('an archived image and an image that cannot be read, which keep their tags', async () => {
    const [unreadable, healthy] = await account().addKept('team/app', 2);
    account().ecr.seed({ repositoryName: 'team/old' });
    const archived = account().ecr.addImage({ repositoryName: 'team/old' });
    account().ecr.vanish('team/old');
    account().ecr.seed({ repositoryName: 'team/old' });
    account().ecr.addImage({ repositoryName: 'team/old', tags: [keep(archived)], status: 'ARCHIVED' });
    account().ecr.faults.add({ kind: 'imageFailure', operation: 'BatchGetImage', imageDigest: unreadable, failureCode: 'KmsError' });
    const { status, stdout, stderr } = await release(['--prefix', 'team/', '--yes']);
    expect([status, stderr])
      .toEqual([1, 'error: 2 images of 3 could not be released. Fix the causes, then run the same command again\n']);
    expect(stdout).toContain('released: 1 image\nfailed: 2 images, which keep their tags\n');
    expect(stdout).toMatch(
      new RegExp(`\\n  team/app {4}${unreadable.slice(7, 19)}  the tag 'was-in-use-\\w+' cannot be added\\. .*KmsError`),
    );
    expect(stdout).toMatch(new RegExp(`\\n  team/old {4}${archived.slice(7, 19)}  the tag .+ is archived or no longer exists`));
    expect(account().tagsOf('team/app')).toEqual({
      [unreadable]: ['v1-0', keep(unreadable)], [healthy]: ['v1-1', released(healthy)],
    });
    expect(account().tagsOf('team/old')).toEqual({ [archived]: [keep(archived)] });
  });

  test('an image that somebody deletes in the meantime', async () => {
    await account().addKept('team/app', 1);
    account().ecr.onCall = call => {
      if (call.operation === 'DescribeImages') account().ecr.vanish('team/app');
    };
    const { status, stdout } = await release(['--prefix', 'team/', '--yes']);
    expect([status, stdout]).toEqual([0, 'released: 0 images\ndeleted by somebody else in the meantime: 1 image\n']);
  });

  test('a denial once for each repository, and releases the images of the others', async () => {
    await account().addKept('team/app', 3);
    await account().addKept('team/worker', 1);
    account().ecr.principal('test', {
      policy: [
        { Effect: 'Allow', Action: 'ecr:*', Resource: '*' },
        { Effect: 'Deny', Action: 'ecr:PutImage', Resource: 'arn:aws:ecr:*:*:repository/team/app' },
      ],
    });
    const { status, stdout } = await release(['--prefix', 'team/', '--yes']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^released: 1 image\nfailed: 1 image, which keeps its tags\nnot tried: 2 images\n/);
    expect(stdout).toContain('access denied to ecr:PutImage on repository \'team/app\'');
    expect(account().ecr.calls.filter(({ operation }) => operation === 'PutImage')).toHaveLength(2);
  });

  test('a repository that cannot be read, and releases the images of the others', async () => {
    await account().addKept('team/app', 1);
    await account().addKept('team/worker', 1);
    account().ecr.faults.add({ kind: 'accessDenied', operation: 'DescribeImages' });
    const { status, stdout, stderr } = await release(['--prefix', 'team/', '--yes']);
    expect([status, stdout]).toEqual([1, 'released: 1 image\n']);
    expect(stderr).toMatch(/^error: access denied to ecr:DescribeImages on repository 'team\/(app|worker)'/);
  });

  test('a denied list of repositories', async () => {
    account().ecr.faults.add({ kind: 'accessDenied', operation: 'DescribeRepositories' });
    const { status, stderr } = await release(['--prefix', 'team/', '--yes']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: access denied to ecr:DescribeRepositories/);
  });
});

describe('shield release continues', () => {
  /** Sends SIGINT during a call. The response to that call and all later responses wait until the signal has arrived. */
  function interruptedAt(concerns: (call: Call) => boolean): RunOptions {
    let send: (name: NodeJS.Signals) => void;
    let arrival: Promise<void> | undefined;
    account().ecr.onCall = async call => {
      if (!arrival && concerns(call)) {
        send('SIGINT');
        arrival = new Promise(resolve => setTimeout(resolve, 300));
      }
      await arrival;
    };
    return { onStart: to => { send = to; } };
  }

  test('after Ctrl-C, which finishes the current image', async () => {
    const digests = await account().addKept('team/app', 3);
    let puts = 0;
    const options = interruptedAt(({ operation }) => operation === 'PutImage' && ++puts === 2);
    const { status, stdout, stderr } = await release(['--prefix', 'team/', '--yes'], options);
    expect([status, stdout]).toEqual([130, 'released: 2 images\nnot tried: 1 image\n']);
    expect(stderr).toMatch(/note: interrupted\. To continue, run the same command again\n$/);
    const tags = account().tagsOf('team/app');
    const open = digests.filter(digest => tags[digest].includes(keep(digest)));
    expect(open).toHaveLength(1);
    expect(tags[open[0]]).not.toContain(released(open[0]));
    account().ecr.onCall = undefined;
    expect(await release(['--prefix', 'team/', '--yes'])).toMatchObject({ status: 0, stdout: 'released: 1 image\n' });
  });

  test('after Ctrl-C before the first change', async () => {
    await account().addKept('team/app', 1);
    const { status, stderr } = await release(['--prefix', 'team/', '--yes'],
      interruptedAt(({ operation }) => operation === 'DescribeRepositories'));
    expect([status, account().writes]).toEqual([130, []]);
    expect(stderr).toMatch(/note: interrupted before any change\n$/);
  });

  test.each([0, 1])('after the process is killed at write %d', async skip => {
    const [digest] = await account().addKept('team/app', 1, { tags: [] });
    account().ecr.faults.add({ kind: 'killAfter', operation: /PutImage|BatchDeleteImage/, skip });
    const { status } = await release(['--repository', 'team/app', '--yes'], {
      env: { AWS_ACCESS_KEY_ID: 'killed' },
      onStart: send => {
        account().ecr.onCall = () => {
          if (account().ecr.principals.isDead('killed')) send('SIGKILL');
        };
      },
    });
    expect(status).toBeNull();
    expect((await release(['--repository', 'team/app', '--yes'])).status).toBe(0);
    expect(account().tagsOf('team/app')).toEqual({ [digest]: [released(digest)] });
  });

  test('after a throttled call', async () => {
    await account().addKept('team/app', 1);
    account().ecr.faults.add({ kind: 'throttle', operation: 'PutImage' }, { kind: 'throttle', operation: 'BatchDeleteImage' });
    expect((await release(['--prefix', 'team/', '--yes'])).stdout).toBe('released: 1 image\n');
  });
});

test('release needs the documented permissions and no others', async () => {
  await account().addKept('team/app', 1);
  account().ecr.principal('test', {
    policy: [
      { Effect: 'Allow', Action: 'ecr:DescribeRepositories', Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:PutImage', 'ecr:BatchDeleteImage'],
        Resource: 'arn:aws:ecr:*:*:repository/team/*',
      },
    ],
  });
  expect((await release(['--prefix', 'team/', '--yes'])).status).toBe(0);
  expect(new Set(account().ecr.granted('test').map(({ action }) => action))).toEqual(new Set([
    'ecr:DescribeRepositories', 'ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:PutImage', 'ecr:BatchDeleteImage',
  ]));
});
