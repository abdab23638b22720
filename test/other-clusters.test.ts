import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { keyMatcher, parseUseLine } from '../src/core/images/use-list';

const PROJECT = resolve(__dirname, '..');
const APP = '111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/app';
const DIGEST = `sha256:${'a'.repeat(64)}`;

interface CronJob {
  readonly kind: string;
  readonly spec: { jobTemplate: { spec: { template: { spec: { containers: [{ command: string[]; args: [string] }] } } } } };
}

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'other-clusters-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the script of the example with programs that stand in for kubectl and the AWS CLI. */
function run(kubectl: string): { status: number | null; uploads: string[]; lines: string[] } {
  const documents = parseAllDocuments(readFileSync(join(PROJECT, 'examples', 'kubernetes', 'cronjob.yaml'), 'utf8'))
    .map(document => document.toJS() as CronJob);
  const { spec } = documents.find(({ kind }) => kind === 'CronJob')!;
  const [{ command: [shell, ...options], args: [script] }] = spec.jobTemplate.spec.template.spec.containers;
  const [bin, bucket] = ['bin', 'bucket'].map(name => join(directory, name));
  mkdirSync(bin);
  mkdirSync(bucket);
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  program('kubectl', kubectl);
  program('aws', `[ "$1 $2 $3" = "s3 cp --only-show-errors" ] || exit 9\ncp "$4" "${bucket}/$(echo "$5" | tr / %)"`);
  const env = { PATH: `${bin}:${process.env.PATH}`, TMPDIR: directory, CLUSTER: 'prod', BUCKET: 'team-images-in-use' };
  const { status } = spawnSync(shell, [...options, script], { env });
  const uploads = readdirSync(bucket);
  const lines = uploads.flatMap(name => readFileSync(join(bucket, name), 'utf8').split('\n').slice(0, -1));
  return { status, uploads: uploads.map(name => name.replaceAll('%', '/')), lines };
}

test('the CronJob of the example lists the images and the digests of all pods in the format that the functions read', () => {
  const { status, uploads, lines } = run([
    `echo "shop/web-1 ${APP}:init ${APP}:v1 nginx  docker-pullable://${APP}@${DIGEST} docker.io/library/nginx@${DIGEST}"`,
    `echo "shop/pending-1  ${APP}:v2  "`,
  ].join('\n'));
  expect(status).toBe(0);
  expect(uploads.map(upload => [upload, keyMatcher('s3://team-images-in-use/in-use/*.jsonl')(upload)]))
    .toEqual([['s3://team-images-in-use/in-use/prod.jsonl', true]]);
  expect(lines.map(line => parseUseLine(line, 'line'))).toEqual([
    { image: `${APP}:init`, usedBy: 'prod/shop/web-1' },
    { image: `${APP}:v1`, usedBy: 'prod/shop/web-1' },
    { image: 'nginx', usedBy: 'prod/shop/web-1' },
    { image: `${APP}@${DIGEST}`, usedBy: 'prod/shop/web-1' },
    { image: `docker.io/library/nginx@${DIGEST}`, usedBy: 'prod/shop/web-1' },
    { image: `${APP}:v2`, usedBy: 'prod/shop/pending-1' },
  ]);
});

test('the CronJob of the example writes no file if the pods cannot be listed completely', () => {
  const { status, uploads } = run(`echo "shop/web-1 ${APP}:v1"\nexit 1`);
  expect(status).not.toBe(0);
  expect(uploads).toEqual([]);
});

test('the lines of the guide are in the format that the functions read', () => {
  const guide = readFileSync(join(PROJECT, 'docs', 'guides', 'other-clusters.md'), 'utf8');
  const [, block] = /```json\n([^`]+)```/.exec(guide)!;
  const lines = block.trimEnd().split('\n');
  expect(lines.map(line => parseUseLine(line, 'line')).filter(parsed => typeof parsed === 'string')).toEqual([]);
  expect(lines).toHaveLength(3);
});
