import type { Assembly, Callable, Docs, Method, Parameter, Property, Type, TypeReference } from './assembly';
import { REPOSITORY, SITE } from './places';

const BASE = new URL(SITE).pathname;

/** Parents that every construct has, so that pages do not name them. */
const OBVIOUS = ['constructs.Construct', 'aws-cdk-lib.IResource', 'aws-cdk-lib.Resource', 'aws-cdk-lib.ITaggableV2'];

/** Renders the page of one public type as Markdown. */
export class ReferencePage {
  /** Problems that prevent the page, such as a missing docstring. */
  readonly problems = new Array<string>();

  constructor(private readonly assembly: Assembly, private readonly type: Type) {}

  markdown(): string {
    const { name, kind, docs, members = [], initializer, methods = [] } = this.type;
    const properties = this.properties();
    const isPublic = (member: Callable | Property) => !member.protected;
    const section = (title: string, parts: readonly string[]) => parts.length === 0 ? [] : [`## ${title}`, ...parts];
    const methodsOf = (isStatic: boolean) => methods.filter(method => isPublic(method) && !method.static !== isStatic)
      .map(method => this.method(method));
    const propertiesOf = (isStatic: boolean) => properties.filter(({ property }) => isPublic(property) && !property.static !== isStatic)
      .map(({ property, from }) => this.property(property, from));
    return [
      `# ${name}`,
      `${this.heritage()} [Source](${REPOSITORY}/blob/main/${this.type.locationInModule.filename}#L${this.type.locationInModule.line})`,
      this.description(docs, name),
      ...kind === 'class' && initializer && isPublic(initializer) ? section('Initializer', [this.initializer(initializer)]) : [],
      ...section('Static methods', methodsOf(true)),
      ...section('Static properties', propertiesOf(true)),
      ...section('Properties', propertiesOf(false)),
      ...section('Methods', methodsOf(false)),
      ...section('Members', members.map(member => `### ${member.name}\n\n${this.description(member.docs, `${name}.${member.name}`)}`)),
      ...this.inherited(),
    ].join('\n\n') + '\n';
  }

  private heritage(): string {
    const { kind, datatype, abstract, base, interfaces = [] } = this.type;
    const noun = { enum: 'Enum', class: abstract ? 'Abstract class' : 'Class', interface: datatype ? 'Struct' : 'Interface' }[kind];
    const link = (fqn: string) => `<code>${this.reference({ fqn })}</code>`;
    const parents = kind === 'interface' ? interfaces : base === undefined ? [] : [base];
    const implemented = kind === 'class' ? interfaces : [];
    const relations = [
      ...parents.length > 0 ? [`extends ${parents.map(link).join(' and ')}`] : [],
      ...implemented.length > 0 ? [`implements ${implemented.map(link).join(' and ')}`] : [],
    ];
    return `${noun}${relations.length > 0 ? ` that ${relations.join(' and ')}` : ''}.`;
  }

  /** Returns the properties of a struct and of the structs that it extends. Required properties are first. */
  private properties(): ReadonlyArray<{ readonly property: Property; readonly from?: string }> {
    const collect = (type: Type, from?: string): Array<{ property: Property; from?: string }> => [
      ...(type.properties ?? []).map(property => ({ property, from })),
      ...type.kind === 'interface' ? (type.interfaces ?? []).flatMap(fqn => {
        const parent = this.assembly.types[fqn];
        return parent ? collect(parent, fqn) : [];
      }) : [],
    ];
    const all = collect(this.type);
    const unique = all.filter(({ property }, index) => all.findIndex(other => other.property.name === property.name) === index);
    if (!this.type.datatype) return unique;
    return [...unique.filter(({ property }) => !property.optional), ...unique.filter(({ property }) => property.optional)];
  }

  private initializer(initializer: Callable): string {
    const { namespace, name } = this.type;
    const qualifiedName = namespace === undefined ? name : `${namespace}.${name}`;
    return [this.signature(`new ${qualifiedName}`, initializer.parameters), ...this.parameters(initializer)].join('\n\n');
  }

  private method(method: Method): string {
    const returns = method.returns ? this.reference(method.returns.type) + (method.returns.optional ? ' | undefined' : '') : 'void';
    return [
      `### ${method.name}()`,
      this.signature(`${method.static ? 'static ' : ''}${method.name}`, method.parameters, `: ${returns}`),
      this.description(method.docs, `${this.type.name}.${method.name}`),
      ...this.parameters(method),
    ].join('\n\n');
  }

  private property(property: Property, from?: string): string {
    const type = this.reference(property.type);
    return [
      `### ${property.name}`,
      `<code class="signature">${property.static ? 'static ' : ''}${property.name}${property.optional ? '?' : ''}: ${type}</code>`,
      this.description(property.docs, `${this.type.name}.${property.name}`),
      ...from === undefined ? [] : [`Inherited from <code>${this.reference({ fqn: from })}</code>.`],
    ].join('\n\n');
  }

  private signature(start: string, parameters: readonly Parameter[] = [], end = ''): string {
    const list = parameters.map(({ name, optional, variadic, type }) =>
      `${variadic ? '...' : ''}${name}${optional && !variadic ? '?' : ''}: ${this.reference(type)}${variadic ? '[]' : ''}`);
    return `<code class="signature">${start}(${list.join(', ')})${end}</code>`;
  }

  private parameters({ parameters = [] }: Callable): string[] {
    const documented = parameters.filter(({ docs }) => docs?.summary !== undefined);
    if (documented.length === 0) return [];
    const description = ({ docs: { summary = '', remarks = '' } = {} }: Parameter) => text(`${summary} ${remarks}`.trim().replace(/\n/g, ' '));
    return [documented.map(parameter => `- \`${parameter.name}\`: ${description(parameter)}`).join('\n')];
  }

  private description(docs: Docs | undefined, name: string): string {
    if (!docs?.summary) this.problems.push(`${name} has no docstring`);
    if (/\{@/.test(JSON.stringify(docs ?? {}))) this.problems.push(`${name} has a tag in its docstring that other languages show as it is`);
    const { summary = '', remarks, default: value, example, returns, see, custom } = docs ?? {};
    return [
      [text(summary), ...remarks === undefined ? [] : [text(remarks)]].join('\n\n'),
      ...value === undefined ? [] : [`Default: ${/^- /.test(value) ? text(value.slice(2)) : `\`${value}\``}`],
      ...returns === undefined ? [] : [`Returns ${text(returns)}`],
      ...custom?.throws === undefined ? [] : [`Throws ${text(custom.throws)}`],
      ...example === undefined ? [] : [`\`\`\`ts\n${example}\n\`\`\``],
      ...see === undefined ? [] : [`See ${see.replace(/https:\/\/docs\.aws\.amazon\.com\/\S+/, '[the AWS documentation]($&)')}`],
    ].map(part => /^(Default|Returns|Throws|See) /.test(part) && !/[.:)]$/.test(part) ? `${part}.` : part).join('\n\n');
  }

  /** Links to the members that the type inherits from aws-cdk-lib, which the page does not repeat. */
  private inherited(): string[] {
    const parents = (type: Type): string[] => [...type.base === undefined ? [] : [type.base], ...type.interfaces ?? []].flatMap(fqn => {
      const parent = this.assembly.types[fqn];
      return parent ? parents(parent) : [fqn];
    });
    const foreign = [...new Set(parents(this.type))].filter(fqn => !OBVIOUS.includes(fqn));
    if (foreign.length === 0) return [];
    const members = this.type.datatype ? 'properties' : 'members';
    const links = foreign.map(fqn => `<code>${this.reference({ fqn })}</code>`).join(' and ');
    return [`## Inherited\n\nIt also has all ${members} of ${links}, which the AWS CDK documents.`];
  }

  private reference({ fqn, primitive, collection, union }: TypeReference): string {
    if (union) return union.types.map(type => this.reference(type)).join(' | ');
    if (collection) {
      const element = this.reference(collection.elementtype);
      if (collection.kind === 'map') return `{ [name: string]: ${element} }`;
      return collection.elementtype.union ? `(${element})[]` : `${element}[]`;
    }
    if (fqn === undefined) return primitive === 'date' ? 'Date' : primitive ?? 'any';
    const own = this.assembly.types[fqn];
    if (own) return `<a href="${BASE}reference/api/${own.name}">${own.name}</a>`;
    return `<a href="https://docs.aws.amazon.com/cdk/api/v2/docs/${fqn}.html" target="_blank" rel="noreferrer">${shortName(fqn)}</a>`;
  }
}

/** Returns the name that importers write: `ecr.IRepository` for `aws-cdk-lib.aws_ecr.IRepository`. */
function shortName(fqn: string): string {
  return fqn.split('.').slice(-2).join('.').replace(/^aws_/, '').replace(/^(aws-cdk-lib|constructs)\./, '');
}

/** Returns a docstring as Markdown that Vue does not interpret as a template. */
export function text(docstring: string): string {
  const escape = (part: string) => part.replace(/</g, '&lt;').replace(/\{\{/g, '&#123;&#123;');
  return docstring.split(/(`[^`]*`)/).map(part => part.startsWith('`') ? part : escape(part)).join('');
}
