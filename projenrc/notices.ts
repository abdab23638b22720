import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The metafiles of esbuild that `bundle` writes: the files of each package in each bundle. */
export const METAFILE = '.cache/bundles/metafile.json';
export const NOTICES = 'THIRD-PARTY-NOTICES';
export const SBOM = 'dist/sbom.cdx.json';

/** Licenses of code that may be bundled. All of them allow redistribution with a notice. */
export const ALLOWED_LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

export interface BundledPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly repository: string;
  /** Its license and, if it exists, its NOTICE, which Apache-2.0 section 4(d) requires. */
  readonly text: string;
}

export function mergeMetafiles(metafiles: Metafile[]): Metafile {
  return {
    inputs: Object.assign({}, ...metafiles.map(metafile => metafile.inputs)),
    outputs: Object.assign({}, ...metafiles.map(metafile => metafile.outputs)),
  };
}

/** Returns the packages with at least one byte in a bundle. Code that was tree-shaken needs no notice. */
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
  // Some packages of the AWS SDK are published without the file. The file of another package from the same repository applies.
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
    folder, name, version, licence: typeof license === 'string' ? license : 'not specified', repository: repository?.url ?? name, text,
  };
}

/** Returns the reasons why packages may not be bundled. */
export function licenceProblems(packages: BundledPackage[]): string[] {
  return packages.flatMap(({ name, version, licence, text }) => [
    ...ALLOWED_LICENCES.includes(licence) ? [] : [`${name}@${version}: ${licence} is not one of ${ALLOWED_LICENCES.join(', ')}`],
    ...text ? [] : [`${name}@${version}: has no license text`],
  ]);
}

/** Renders each license text once, after the list of its packages, because most packages share a text. */
export function notices(packages: BundledPackage[]): string {
  const byText = new Map<string, Set<string>>();
  for (const { name, version, licence, text } of packages) {
    byText.set(text, (byText.get(text) ?? new Set()).add(`${name} ${version} (${licence})`));
  }
  const line = '-'.repeat(80);
  const sections = [...byText].map(([text, names]) => [...names, '', text].join('\n'));
  return [
    'The functions under assets/ and the command under bin/ contain code of these packages, each under the license below its name.',
    ...sections,
  ].join(`\n\n${line}\n\n`) + '\n';
}
