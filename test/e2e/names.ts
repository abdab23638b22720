type Tag = { readonly key: string; readonly value: string };

/** First parts of the names of repositories in scenes and steps. */
const FIRST_PARTS = ['team', 'cache', 'quickstart', 'control', 'adopted', 'bystander', 'demo', 'shared'];
const REPOSITORY = new RegExp(`(?<![\\w.-])(?=(?:${FIRST_PARTS.join('|')})/)`, 'g');
const ARGUMENT = new RegExp(`(?<=\\s/?)(?=(?:${FIRST_PARTS.join('|')})/)`, 'g');
/** Properties of resources that are names. Other resources get a name that starts with the name of the stack. */
const PROPERTIES = [
  'RepositoryName', 'RoleName', 'FunctionName', 'LogGroupName', 'BucketName', 'StateMachineName', 'ManagedPolicyName',
] as const;
/** Members of responses that are the name of a resource, of which an account can have others. */
const LISTED = ['StackName', 'repositoryName', 'FunctionName', 'RoleName', 'logGroupName'];

/** The tag of everything that is below a prefix. Its value is the run. */
export const TAG_KEY = 'cdk-ecr-keeper:verify';

/**
 * Puts a prefix before the names of stacks and resources, and removes it from responses, so that scenes and steps run in an account that
 * also has other resources. Responses contain only resources whose names have the prefix.
 */
export class Names {
  /** @param prefix lower case, as in names of repositories. Empty in an account that nobody else uses */
  constructor(readonly prefix: string) {}

  /** Returns the name of a stack or a repository in the account. */
  full(name: string): string {
    return `${this.prefix}${name}`;
  }

  /** Adds the prefix to the names in a template. @throws if a name in it does not have the prefix then */
  template(text: string): string {
    if (this.prefix === '') return text;
    const template = JSON.parse(text.replace(REPOSITORY, this.prefix)) as { Resources: Record<string, { Type: string; Properties?: any }> };
    for (const [id, { Properties = {} }] of Object.entries(template.Resources)) {
      for (const property of PROPERTIES) {
        const name: unknown = Properties[property];
        if (typeof name !== 'string' || name.includes(this.prefix)) continue;
        if (property !== 'LogGroupName') throw new Error(`the ${property} '${name}' of ${id} does not start with ${this.prefix}`);
        Properties[property] = name.replace(/^\/?/, start => `${start}${this.prefix}`);
      }
    }
    const others = (JSON.stringify(template).match(/:repository\/(?!\*)[^"]+/g) ?? [])
      .filter(arn => !arn.startsWith(`:repository/${this.prefix}`));
    if (others.length > 0) throw new Error(`the template names repositories that do not start with ${this.prefix}: ${others.join(', ')}`);
    return JSON.stringify(template);
  }

  /** Adds the prefix to the names in the commands of a user. */
  command(text: string): string {
    if (this.prefix === '') return text;
    return text.replace(ARGUMENT, this.prefix)
      .replace(/(--(?:stack|repository|function)-name\s+)(?!arn:)(\S+)/g, (_, option: string, name: string) =>
        `${option}${name.startsWith(this.prefix) ? name : this.full(name)}`)
      // the name of a log group of ours starts with this folder and the name of its stack
      .replace(/(--log-group-name\s+\/?(?:aws\/cloudformation\/)?)/g, `$1${this.prefix}`)
      .replace(/(:repository\/|:stack\/)(?!\*)/g, `$1${this.prefix}`);
  }

  /** Adds the prefix to the names in the input of an SDK command, and the tag to a new stack or repository. */
  request(input: Record<string, any>, tag?: Tag): Record<string, any> {
    const full = (name: string) => name.startsWith('arn:') ? this.command(name) : this.full(name);
    return {
      ...input,
      ...input.StackName !== undefined && { StackName: full(input.StackName) },
      ...input.repositoryName !== undefined && { repositoryName: full(input.repositoryName) },
      ...input.repositoryNames !== undefined && { repositoryNames: input.repositoryNames.map(full) },
      ...input.resourceArn !== undefined && { resourceArn: full(input.resourceArn) },
      ...input.Parameters !== undefined && {
        Parameters: input.Parameters.map(({ ParameterKey, ParameterValue }: Record<string, string>) => ({
          ParameterKey, ParameterValue: this.command(ParameterValue),
        })),
      },
      ...tag && 'Capabilities' in input && { Tags: [...input.Tags ?? [], { Key: tag.key, Value: tag.value }] },
      ...tag && 'tags' in input && input.resourceArn === undefined && { tags: [...input.tags, { Key: tag.key, Value: tag.value }] },
    };
  }

  /** Removes other resources from a response, and the prefix and the tag from the rest. */
  response<T>(output: T): T {
    if (this.prefix === '') return output;
    if (typeof output === 'string') return output.replaceAll(this.prefix, '') as T;
    if (Array.isArray(output)) return output.filter(each => this.isOurs(each)).map(each => this.response(each)) as T;
    if (typeof output !== 'object' || output === null || Object.getPrototypeOf(output) !== Object.prototype) return output;
    return Object.fromEntries(Object.entries(output).map(([key, value]) => [key, this.response(value)])) as T;
  }

  private isOurs(element: Record<string, unknown> | string): boolean {
    if (typeof element !== 'object' || element === null) return true;
    if (element.Key === TAG_KEY) return false;
    return LISTED.every(key => typeof element[key] !== 'string' || element[key].includes(this.prefix));
  }
}
