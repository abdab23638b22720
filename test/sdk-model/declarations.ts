import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requireOnce } from './packages';

/**
 * What only the type declarations of a client contain: which enumeration a member has, and which errors an operation declares. The schemas
 * that the client uses at run time have neither.
 */
export class Declarations {
  private readonly folder: string;
  private readonly models: string;
  private readonly members = new Map<string, ReadonlyMap<string, string>>();

  constructor(client: string) {
    this.folder = join(dirname(requireOnce.resolve(`${client}/package.json`)), 'dist-types');
    const models = join(this.folder, 'ts3.4', 'models');
    this.models = readdirSync(models).map(file => readFileSync(join(models, file), 'utf8')).join('\n');
  }

  /** Returns the type of a member, such as `Partial<Record<FindingSeverity, number>>`. */
  typeOf(structure: string, member: string): string {
    const type = this.membersOf(structure).get(member);
    if (type === undefined) throw new Error(`the declaration of ${structure} has no member ${member}`);
    return type;
  }

  /** Returns the names of the errors that an operation declares. */
  errorsOf(operation: string): string[] {
    const text = readFileSync(join(this.folder, 'commands', `${operation}Command.d.ts`), 'utf8');
    return [...text.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)].map(([, name]) => name);
  }

  private membersOf(structure: string): ReadonlyMap<string, string> {
    const known = this.members.get(structure);
    if (known) return known;
    // The SDK renames what JavaScript defines: the type of `Object` is `_Object`.
    const found = new RegExp(`^export interface _?${structure} (?:extends [^{]+)?\\{\\n([^}]*)\\}`, 'm').exec(this.models);
    if (!found) throw new Error(`there is no declaration of ${structure}`);
    const members = found[1].split(';').map(member => /^\s*(?:readonly )?(\w+)\??:\s*([^]*)$/.exec(member)).filter(match => match !== null)
      .map(([, name, type]) => [name, type.replace(/\s+/g, ' ').replace(/^\| | \| undefined$/g, '').trim()] as const);
    const read = new Map(members);
    this.members.set(structure, read);
    return read;
  }
}
