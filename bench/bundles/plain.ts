import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { BUNDLE_FLAGS } from '../../projenrc/bundle-flags';
import { root } from '../project';

/** Names that a handler imports from each client, such as ECRClient and DeleteRepositoryCommand. */
export type Clients = ReadonlyMap<string, readonly string[]>;

const IMPORT = /import \{([^}]*)\} from "(@aws-sdk\/client-[^"]+)"/g;

/** Returns the imports of a handler after unused code is removed. */
export function clientsOf(handler: string): Clients {
  const { outputFiles: [{ text }] } = buildSync({
    ...BUNDLE_FLAGS,
    entryPoints: [join(root, 'lambda', handler, 'handler.ts')],
    format: 'esm',
    minify: false,
    external: ['@aws-sdk/*'],
    write: false,
  });
  const clients = new Map<string, Set<string>>();
  for (const [, names, client] of text.matchAll(IMPORT)) {
    const known = clients.get(client) ?? new Set();
    for (const name of names.split(',')) known.add(name.trim().split(' ')[0]);
    clients.set(client, known);
  }
  return new Map([...clients].map(([client, names]) => [client, [...names].sort()]));
}

/** Returns a minimal handler with the same clients and commands. It creates the clients when it is loaded, as in the examples of AWS. */
export function plainHandler(clients: Clients): string {
  const modules = [...clients].map(([client, names], at) => {
    const local = (name: string) => `${name}${at}`; // two clients have commands of the same name
    const [constructor] = names.filter(name => name.endsWith('Client'));
    return { client, names, local, constructor: local(constructor), commands: names.filter(name => name.endsWith('Command')) };
  });
  return [
    ...modules.map(({ client, names, local }) =>
      `import { ${names.map(name => `${name} as ${local(name)}`).join(', ')} } from '${client}';`),
    ...modules.map(({ constructor, local }) => `const ${local('client')} = new ${constructor}({});`),
    'export const handler = async event => {',
    ...modules.flatMap(({ commands, local }) => commands.map(command =>
      `  if (event.command === '${local(command)}') return ${local('client')}.send(new ${local(command)}(event.input));`)),
    '};',
  ].join('\n');
}

export function buildPlain(clients: Clients, outfile: string): void {
  buildSync({
    ...BUNDLE_FLAGS, stdin: { contents: plainHandler(clients), resolveDir: dirname(join(root, 'package.json')), loader: 'ts' }, outfile,
  });
}
