import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** What `bundle` writes: which file of which package went into what is shipped, by esbuild's own account. */
export const METAFILE = '.cache/bundles/metafile.json';
export const NOTICES = 'THIRD-PARTY-NOTICES';
export const SBOM = 'dist/sbom.cdx.json';

/** Licences under which code may be bundled: all of them let it be redistributed for its notice. */
export const ALLOWED_LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

export interface BundledPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly repository: string;
  /** Its licence and, where there is one, its NOTICE: Apache-2.0 section 4(d) has it passed on. */
  readonly text: string;
}

export function mergeMetafiles(metafiles: Metafile[]): Metafile {
  return {
    inputs: Object.assign({}, ...metafiles.map(metafile => metafile.inputs)),
    outputs: Object.assign({}, ...metafiles.map(metafile => metafile.outputs)),
  };
}

/** The packages of which at least one byte is shipped: what was tree-shaken away needs no notice. */
export function bundledPackages(metafile: Metafile): BundledPackage[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
      if (folder && bytesInOutput > 0) folders.add(folder);
    }
  }
  const key = ({ name, version, folder }: BundledPackage) => `${name}@${version} ${folder}`;
  const packages = [...folders].map(read).sort((a, b) => key(a) < key(b) ? -1 : 1);
  // some of the AWS SDK's packages are published without the file; that of another from the same repository is theirs
  return packages.map(one => one.text ? one : {
    ...one,
    text: packages.find(other => other.text && other.repository === one.repository && other.licence === one.licence)?.text ?? '',
  });
}

function read(folder: string): BundledPackage {
  const { name, version, license, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter(file => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(file)).sort();
  const text = texts.map(file => readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n').replace(/[ \t]+$/gm, '').trim())
    .join('\n\n');
  return {
    folder, name, version, licence: typeof license === 'string' ? license : 'none named', repository: repository?.url ?? name, text,
  };
}

/** Why a package may not be bundled; empty when all may. */
export function licenceProblems(packages: BundledPackage[]): string[] {
  return packages.flatMap(({ name, version, licence, text }) => [
    ...ALLOWED_LICENCES.includes(licence) ? [] : [`${name}@${version}: ${licence} is not one of ${ALLOWED_LICENCES.join(', ')}`],
    ...text ? [] : [`${name}@${version}: brings no text of its licence`],
  ]);
}

/** Each text once, above it the packages that it came with: most share one of a few. */
export function notices(packages: BundledPackage[]): string {
  const byText = new Map<string, Set<string>>();
  for (const { name, version, licence, text } of packages) {
    byText.set(text, (byText.get(text) ?? new Set()).add(`${name} ${version} (${licence})`));
  }
  const line = '-'.repeat(80);
  const sections = [...byText].map(([text, names]) => [...names, '', text].join('\n'));
  return [
    'The functions under assets/ and the command under bin/ contain code of these packages, each under the licence below its name.',
    ...sections,
  ].join(`\n\n${line}\n\n`) + '\n';
}
