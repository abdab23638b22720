import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { EXCEPTIONS, Finding, judge, PASSED_BY_DEFAULT, Scanner } from '../scanner-exceptions';
import { Assembly, DEFAULT_REPOSITORY, examples } from '../synthesis/synthesise';
import { ownTemporaryFolder } from '../temporary-folder';
import { virtualEnvironment } from '../virtual-environment';

ownTemporaryFolder('scanners');

const SCANNERS = ['cfn-lint', 'checkov'] as const;

/** A template that is never synthesized, with a fault that a working scanner must find. */
const PLANTED = {
  app: 'planted',
  template: {
    Resources: {
      Planted: {
        Type: 'AWS::ECR::Repository', Properties: { ImageTagMutability: 'SOMETIMES', ImageScanningConfiguration: { ScanOnPush: false } },
      },
    },
  },
  objections: { 'cfn-lint': 'E3030', 'checkov': 'CKV_AWS_163' },
};

interface Template {
  readonly app: string;
  readonly file: string;
}

interface Report {
  readonly failed: Finding[];
  readonly passed: Finding[];
}

type Python = (...args: string[]) => Promise<string>;

/** Counts passed checks and prints failed ones. */
class Tally {
  private passed = 0;
  private failed = 0;

  expect(what: string, problems: readonly string[]): void {
    if (problems.length === 0) this.passed++; else this.failed++;
    console.log([`${problems.length === 0 ? 'ok    ' : 'FAILED'}  ${what}`, ...problems].join('\n          '));
  }

  /** Whether all checks passed. */
  close(): boolean {
    console.log(`scanners: ${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0;
  }
}

async function scan(directory: string): Promise<boolean> {
  const executable = await virtualEnvironment('scanners', join(__dirname, 'requirements.txt'), console.log);
  const python = isolated(executable, directory);
  const templates = await synthesised(directory);
  const reports = await Promise.all([cfnLint(python, templates), checkov(python, templates)]);
  const tally = new Tally();
  SCANNERS.forEach((scanner, i) => assess(tally, scanner, reports[i], new Set(templates.map(({ app }) => app))));
  return tally.close();
}

function assess(tally: Tally, scanner: typeof SCANNERS[number], { failed, passed }: Report, apps: ReadonlySet<string>): void {
  const objection = PLANTED.objections[scanner];
  const objected = failed.some(({ app, id }) => app === PLANTED.app && id === objection);
  tally.expect(`${scanner} finds the artificial fault`, objected ? [] : [`no ${objection}`]);

  const { unexcused, obsolete } = judge(failed.filter(({ app }) => app !== PLANTED.app), [scanner], DEFAULT_REPOSITORY.name);
  for (const name of apps) {
    if (name === PLANTED.app) continue;
    tally.expect(`${scanner}: ${name}`, unexcused.filter(({ app }) => app === name).map(({ id, resource }) => `${id}  ${resource}`));
  }
  for (const exception of EXCEPTIONS.filter(({ scanner: whose }) => whose === scanner)) {
    tally.expect(`${scanner}: ${exception.id} is still needed as an exception`, obsolete.includes(exception)
      ? ['it is no longer found'] : []);
  }
  for (const { id, what } of PASSED_BY_DEFAULT.filter(({ scanner: whose }) => whose === scanner)) {
    const passes = passed.some(finding => finding.id === id && finding.app === DEFAULT_REPOSITORY.name);
    tally.expect(`${scanner}: the default repository passes ${id}, ${what}`, passes ? [] : ['it does not']);
  }
}

/** Runs modules of the virtual environment, without configuration of this machine and without network access. */
function isolated(executable: string, directory: string): Python {
  const home = join(directory, 'home');
  mkdirSync(home);
  const nowhere = 'http://127.0.0.1:9'; // the discard port: a scanner that uses the network fails immediately instead of waiting
  const env = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: home,
    TMPDIR: home,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    http_proxy: nowhere,
    https_proxy: nowhere,
    CKV_SKIP_PACKAGE_UPDATE_CHECK: 'True',
  };
  return async (...args) => (await promisify(execFile)(executable, args, { cwd: home, env, maxBuffer: 64 * 1024 * 1024 })).stdout;
}

async function synthesised(directory: string): Promise<Template[]> {
  const file = join(directory, 'planted.template.json');
  writeFileSync(file, JSON.stringify(PLANTED.template));
  const templates: Template[] = [{ app: PLANTED.app, file }];
  const assemblies = await Assembly.ofEach([DEFAULT_REPOSITORY, ...examples()], app => join(directory, app.name.replace(/\W+/g, '-')));
  for (const assembly of assemblies) {
    templates.push(...assembly.templates().map(name => ({ app: assembly.app.name, file: join(assembly.directory, name) })));
  }
  return templates;
}

async function cfnLint(python: Python, templates: readonly Template[]): Promise<Report> {
  const output = await python('-c', 'from cfnlint.runner import main; main()', '--format', 'json',
    '--non-zero-exit-code', 'none', '--template', ...templates.map(({ file }) => file));
  const matches: Array<{ Filename: string; Rule: { Id: string }; Location: { Path: string[] | null } }> = JSON.parse(output);
  const name = resourceNames(templates, 'cfn-lint');
  return { failed: matches.map(match => name(match.Filename, match.Rule.Id, match.Location.Path?.[1])), passed: [] };
}

async function checkov(python: Python, templates: readonly Template[]): Promise<Report> {
  const output = await python('-m', 'checkov.main', '--framework', 'cloudformation', '--compact', '--output', 'json',
    '--skip-download', '--soft-fail', '--file', ...templates.map(({ file }) => file));
  interface Check { check_id: string; file_abs_path: string; resource: string }
  const { results, summary }: {
    results: { passed_checks: Check[]; failed_checks: Check[]; skipped_checks: Check[]; parsing_errors: string[] };
    summary: { checkov_version: string };
  } = JSON.parse(output);
  if (results.parsing_errors.length > 0) {
    throw new Error(`checkov ${summary.checkov_version} could not read ${results.parsing_errors.join(', ')}`);
  }
  const name = resourceNames(templates, 'checkov');
  const findings = (checks: Check[]) => checks.map(check => name(check.file_abs_path, check.check_id, check.resource.split('.').pop()));
  // findings that metadata of the template skips count too, because all exceptions must be in one place
  return { failed: findings([...results.failed_checks, ...results.skipped_checks]), passed: findings(results.passed_checks) };
}

/** Returns a finding for a file and a logical id. */
function resourceNames(templates: readonly Template[], scanner: Scanner) {
  const read = new Map(templates.map(({ app, file }) => [file, {
    app,
    resources: JSON.parse(readFileSync(file, 'utf8')).Resources as Record<string, { Type: string; Metadata?: Record<string, string> }>,
  }]));
  return (file: string, id: string, logicalId: string | undefined): Finding => {
    const template = read.get(file);
    if (!template) throw new Error(`${scanner} returned a file that it did not receive: ${file}`);
    const resource = template.resources[logicalId ?? ''];
    const subject = resource ? `${resource.Type} ${resource.Metadata?.['aws:cdk:path'] ?? logicalId}` : `the template ${basename(file)}`;
    return { scanner, id, app: template.app, resource: subject };
  };
}

async function main(): Promise<void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'ecr-keeper-scanners-'))); // checkov uses the real paths of files
  try {
    if (!await scan(directory)) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

void main();
