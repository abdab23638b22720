import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT } from './built';
import { generateDotnet } from './dotnet';
import { GO } from './go';
import { JAVA } from './java';
import { Language, Project } from './language';
import { checkMetadata } from './metadata';
import { PYTHON } from './python';
import { difference, readTemplate, STACKS } from './template';
import { checkTranslations } from './translations';
import { TYPESCRIPT } from './typescript';
import { ownTemporaryFolder } from '../temporary-folder';

ownTemporaryFolder('languages');

/**
 * Checks the package of each language in a new project of that language. The same app must have the same template in all languages, and
 * the metadata of each registry must say that the package is a beta.
 * The project files of the examples name no version of the library. The package in dist/ is installed instead of the newest release.
 */
const OTHERS = [PYTHON, JAVA, GO];

/** The part of the default context of the CDK CLI that affects templates. */
const CONTEXT = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:version-reporting': true };

interface Result {
  readonly name: string;
  readonly installed: string;
  readonly seconds: number;
  readonly problem?: string;
  readonly template?: string;
}

const scratch = mkdtempSync(join(tmpdir(), 'ecr-keeper-languages-'));

function project(name: string): Project {
  const directory = join(scratch, name);
  mkdirSync(directory);
  return { directory, run: (program, args, environment) => run(directory, program, args, environment) };
}

async function run(cwd: string, program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...environment } })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(`${[program, ...args].join(' ')}\n${`${stdout}\n${stderr}`.trim() || message}`);
  }
}

async function timed(name: string, work: () => Promise<Omit<Result, 'name' | 'seconds'>>): Promise<Result> {
  const began = Date.now();
  const result = await work().catch(error => ({ installed: '', problem: (error as Error).message }));
  return { name, ...result, seconds: (Date.now() - began) / 1000 };
}

async function synthesise({ example, gettingStarted, tools, install }: Language): Promise<Omit<Result, 'name' | 'seconds'>> {
  const { directory, ...made } = project(example);
  for (const { command: [program, ...args], install: what } of tools) {
    await made.run(program, args).catch(error => {
      throw new Error(`${program} does not exist or cannot be run. Install ${what}. The error was: ${(error as Error).message}`);
    });
  }
  cpSync(join(PROJECT, 'examples', example), directory, { recursive: true });
  const { what, path } = await install({ directory, ...made });
  const outdir = join(scratch, `${example}.out`);
  for (const command of [JSON.parse(readFileSync(join(directory, 'cdk.json'), 'utf8')).app, gettingStarted]) {
    await made.run('sh', ['-c', command], { // as the CDK CLI runs it
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(CONTEXT),
      PATH: [...path === undefined ? [] : [path], process.env.PATH].join(delimiter),
    });
  }
  return { installed: what, template: STACKS.map(stack => readTemplate(outdir, stack)).join('') };
}

/** Adds the differences from the reference. */
function compared(result: Result, reference: Result): Result {
  if (result.template === undefined) return result;
  if (reference.template === undefined) return { ...result, problem: `cannot be compared, because ${reference.name} failed` };
  const place = { reference: join(scratch, `${reference.name}.json`), other: join(scratch, `${result.name}.json`) };
  return { ...result, problem: difference(reference.template, result.template, place) || undefined };
}

function verdict({ problem, template }: Result, isReference: boolean): string {
  if (problem !== undefined) return template === undefined ? 'FAILED' : 'DIFFERENT';
  if (template === undefined) return 'not synthesised';
  return isReference ? 'the reference' : 'equal';
}

async function main(): Promise<void> {
  try {
    const [reference, dotnet, metadata, snippets, ...others] = await Promise.all([
      timed(TYPESCRIPT.name, () => synthesise(TYPESCRIPT)),
      timed('.NET', async () => ({ installed: await generateDotnet(project('dotnet')) })),
      timed('metadata', async () => ({ installed: await checkMetadata(project('metadata')) })),
      timed('snippets', async () => ({ installed: `${checkTranslations()} are translated` })),
      ...OTHERS.map(language => timed(language.name, () => synthesise(language))),
    ]);
    const results = [reference, ...others.map(result => compared(result, reference)), dotnet, metadata, snippets];
    for (const { name, problem } of results) if (problem !== undefined) console.log(`${name}: ${problem}\n`);
    const row = (cells: readonly string[]) => console.log(cells.map((cell, at) => cell.padEnd([12, 42, 9, 0][at])).join(''));
    row(['language', 'installed', 'seconds', 'template']);
    for (const result of results) {
      row([result.name, result.installed || '-', result.seconds.toFixed(1), verdict(result, result === reference)]);
    }
    const failed = results.filter(({ problem }) => problem !== undefined).length;
    console.log(`${results.length - failed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

void main();
