import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { built, PROJECT } from './built';
import { Project } from './language';

const TARGET = { namespace: 'CdkEcrKeeper', packageId: 'CdkEcrKeeper' };

/** Generates the C# sources of the package and returns their number. They are not compiled, because that requires a .NET SDK. */
export async function generateDotnet({ directory, run }: Project): Promise<string> {
  const tarball = built('js', /\.tgz$/);
  await run('tar', ['-xzf', tarball]);
  const unpacked = join(directory, 'package');
  // The package declares no target for NuGet, because packing all languages would then require the SDK.
  const edit = (file: string, change: (content: Record<string, any>) => void) => {
    const content = JSON.parse(readFileSync(join(unpacked, file), 'utf8'));
    change(content);
    writeFileSync(join(unpacked, file), JSON.stringify(content));
  };
  edit('package.json', content => content.jsii.targets.dotnet = TARGET);
  edit('.jsii', content => content.targets.dotnet = TARGET);
  symlinkSync(join(PROJECT, 'node_modules'), join(unpacked, 'node_modules'));

  const outdir = join(directory, 'generated');
  mkdirSync(outdir);
  await run(process.execPath, [
    require.resolve('jsii-pacmak/bin/jsii-pacmak'), '--code-only', '--target', 'dotnet', '--outdir', outdir, unpacked,
  ]);
  const sources = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.cs'))
    .map(file => basename(file));
  const missing = ['Repository.cs', 'ImageCopy.cs', 'ScanGateProps.cs'].filter(name => !sources.includes(name));
  if (missing.length > 0) throw new Error(`generated without ${missing.join(', ')}`);
  return `${sources.length} C# files, generated only`;
}
