import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Env } from './assembly';
import { snippetsOf } from '../../snippets/snippets';

const PROJECT = resolve(__dirname, '..', '..', '..');
const FIXTURE = join(PROJECT, 'rosetta', 'default.ts-fixture');

/** App that a reader can copy. */
export interface Source {
  /** Name that consists of letters, digits, and hyphens. */
  readonly name: string;
  /** File of the app, with the line of a snippet. */
  readonly where: string;
  /** Returns the app in TypeScript. A snippet that is only a part of an app is put into a stack in the given environment. */
  readonly app: (env: Env) => string;
}

/** Snippets that the emulator cannot run: a part of their text, and the reason. */
const NOT_RUN: readonly { readonly piece: string; readonly reason: string }[] = [
  { piece: 'lambda.DockerImageFunction', reason: 'the emulator runs no function from an image' },
  { piece: 'replicaRegions', reason: 'the emulator does not replicate, and has no replication rules' },
];

/** Values for the constants that a snippet only declares, by type. */
const VALUES: Readonly<Record<string, string>> = {
  'Date': 'new Date(Date.UTC(2027, 5, 30))',
  'LifecyclePolicy': 'LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)])',
  'ecr.IRepository': "new Repository(this, 'Declared')",
  'ecs.TaskDefinition': "new ecs.FargateTaskDefinition(this, 'Declared')",
  'iam.Role': "new iam.Role(this, 'Declared', { assumedBy: new iam.AccountRootPrincipal() })",
  's3.Bucket': "new s3.Bucket(this, 'Declared')",
  'string': `JSON.stringify({ imageDetails: [{ imageDigest: 'sha256:${'0'.repeat(64)}', imagePushedAt: '2026-01-01T00:00:00Z' }] })`,
};

/**
 * Changes that a user makes between two deployments of the same app, such as a build, a limit, an age, or a text. The first pattern that
 * occurs in an app is changed everywhere in the app.
 */
const CHANGES: readonly (readonly [pattern: RegExp, change: (...match: string[]) => string])[] = [
  [/\bbuild-123\b/g, () => 'build-124'],
  [/\bbuild = '123'/g, () => "build = '124'"],
  [/\b7\.4\b/g, () => '7.5'],
  [/\bnode:24-slim\b/g, () => 'node:25-slim'],
  [/\b(maxImages|exceptNewest): (\d+)/g, (_, name, limit) => `${name}: ${Number(limit) + 10}`],
  [/\bkeepNewest\((\d+)/g, (_, limit) => `keepNewest(${Number(limit) + 10}`],
  [/\bDuration\.days\((\d+)\)/g, (_, days) => `Duration.days(${Number(days) + 7})`],
  [/\bdescription: '/g, text => `${text}Changed: `],
  [/\bprefixes: \['/g, text => `${text}product/', '`],
  [/\bgrantPull\(RepositoryPrincipal\.accounts\('/g, text => `${text}444444444444', '`],
];

/** Returns every example in TypeScript, and every snippet of the README and of the page "Getting started". */
export function sources(): { readonly run: readonly Source[]; readonly notRun: readonly string[] } {
  const snippets = ['README.md', join('docs', 'getting-started.md')].flatMap(sourcesOf);
  const reasonOf = ({ code }: { readonly code: string }) => NOT_RUN.find(({ piece }) => code.includes(piece))?.reason;
  return {
    run: [
      ...examples(),
      ...snippets.filter(snippet => reasonOf(snippet) === undefined),
    ],
    notRun: snippets.filter(snippet => reasonOf(snippet) !== undefined).map(snippet => `${snippet.where}: ${reasonOf(snippet)}`),
  };
}

function examples(): Source[] {
  const files = readdirSync(join(PROJECT, 'examples'), { recursive: true }).map(String).filter(file => file.endsWith('.ts')).sort();
  return files.map(file => ({
    name: file.replace(/(\/app)?\.ts$/, '').replace(/\W/g, '-'),
    where: `examples/${file}`,
    app: () => readFileSync(join(PROJECT, 'examples', file), 'utf8'),
  }));
}

/** Returns the app with the change of a user, or the same app if no pattern occurs in it. */
export function changed(text: string): string {
  const [pattern, change] = CHANGES.find(([each]) => text.search(each) >= 0) ?? [];
  return pattern ? text.replace(pattern, change!) : text;
}

function sourcesOf(page: string): (Source & { readonly code: string })[] {
  const fixture = readFileSync(FIXTURE, 'utf8');
  return snippetsOf(page).map(({ line, words, lines }, at) => {
    const name = `${basename(page, '.md')}-${at + 1}`;
    const where = `${page}:${line}`;
    const code = lines.join('\n');
    const inside = () => code.replace(/^declare const (\w+): ([\w.]+);/gm, (_, variable, type) => {
      if (VALUES[type] === undefined) throw new Error(`${where} declares a ${type}: give it a value in test/e2e/twice/sources.ts`);
      return `const ${variable} = ${VALUES[type]};`;
    });
    const app = (env: Env) => words.includes('nofixture') ? code : [
      fixture.replace('/// here', inside).replace('super(scope, id)', `super(scope, id, { env: ${JSON.stringify(env)} })`),
      `new Fixture(new App(), '${name}');`,
    ].join('\n');
    return { name, where, code, app };
  });
}
