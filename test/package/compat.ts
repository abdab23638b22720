import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ownTemporaryFolder } from '../temporary-folder';

ownTemporaryFolder('compat');

/**
 * The API against that of the last release: what broke fails, unless .compatignore names it. First a break is planted, so that a comparison
 * that sees nothing is not taken for a promise kept. jsii-diff alone says "does not exist" also when the registry cannot be reached; here
 * that is a failure.
 */
const project = resolve(__dirname, '..', '..');
const { name } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { name: string };

const diff = (before: string) =>
  spawnSync(
    join('node_modules', '.bin', 'jsii-diff'), [before, '-k', '--ignore-file', '.compatignore'], { cwd: project, encoding: 'utf8' },
  );

let failed = 0;
let passed = 0;
function check(what: string, good: boolean, detail: string): void {
  if (good) passed++;
  else failed++;
  process.stdout.write(`${good ? 'ok     ' : 'NOT OK '} ${what}${good || !detail ? '' : `:\n${detail}`}\n`);
}

/** An assembly that has one method more than this one: from it to here that method was removed. */
function planted(): string {
  const folder = join(project, '.cache', 'compat'); // below the project, so that what it depends on is found
  const assembly = JSON.parse(readFileSync(join(project, '.jsii'), 'utf8'));
  assembly.types[`${name}.Repository`].methods
    .push({ name: 'plantedMethod', docs: { stability: 'stable' }, locationInModule: { filename: 'x', line: 1 } });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.jsii'), JSON.stringify(assembly));
  writeFileSync(join(folder, 'package.json'), readFileSync(join(project, 'package.json')));
  return folder;
}

/** Types and members that jsii-diff would let break: the package is marked experimental, so each type says that it is stable. */
function unstable(): string[] {
  const names = new Array<string>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { docs, name: own = '', ...others } = value as { docs?: { stability?: string }; name?: string };
    const here = [path, own].filter(Boolean).join('.');
    if (docs?.stability !== undefined && docs.stability !== 'stable') names.push(here);
    for (const other of Object.values(others)) visit(other, here);
  };
  visit(JSON.parse(readFileSync(join(project, '.jsii'), 'utf8')).types, '');
  return names;
}

const experimental = unstable();
check('every type and member is stable, so that a break in it is an error', experimental.length === 0, experimental.join('\n'));
const folder = planted();
const plant = diff(folder);
check('a method that was removed is noticed', plant.status === 1 && /plantedMethod/.test(plant.stderr), plant.stderr);
rmSync(folder, { recursive: true, force: true });

const view = spawnSync('npm', ['view', name, 'version', '--json'], { cwd: project, encoding: 'utf8' });
if (view.status !== 0 && /E404/.test(view.stdout + view.stderr)) {
  process.stdout.write(`There is no release of ${name} yet: nothing to be compatible with.\n`);
} else if (view.status !== 0) {
  check(`the last release of ${name} is known`, false, view.stderr);
} else {
  const version = JSON.parse(view.stdout) as string;
  const { status, stdout, stderr } = diff(`npm:${name}@${version}`);
  check(`the API is that of ${version}, or more`, status === 0, stdout + stderr);
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
