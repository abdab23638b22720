/** A local Resource Groups Tagging API for the tags of repositories. Behavior and sources: README.md. */
import { AwsError } from '../local-ecr/aws-error';
import { jsonWire } from '../local-ecr/json-wire';
import type { LocalEcr } from '../local-ecr/local-ecr';
import { Input, LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { PageTokens } from '../local-ecr/page-tokens';

const MEMBERS = ['PaginationToken', 'ResourcesPerPage', 'ResourceTypeFilters'];

export class LocalTagging extends LocalService {
  /** @param ecr has the repositories and their tags */
  static async start(ecr: LocalEcr, options: LocalServiceOptions = {}): Promise<LocalTagging> {
    const tagging = new LocalTagging(ecr, options);
    await tagging.listen();
    return tagging;
  }

  private readonly tokens = new PageTokens();

  private constructor(private readonly ecr: LocalEcr, options: LocalServiceOptions) {
    super(jsonWire('tagging', 'ResourceGroupsTaggingAPI_20170126', { message: 'Message' }), options);
  }

  protected perform({ operation, input, accessKeyId, region, fault }: ServiceRequest): object {
    if (operation !== 'GetResources') throw new AwsError('UnknownOperationException', 'The operation is not known');
    if (fault?.kind === 'kms' || fault?.kind === 'imageFailure') throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    this.principals.authorise(accessKeyId, [{ action: 'tag:GetResources', resource: '*' }]);
    return this.getResources(input, { account: this.principals.find(accessKeyId).account, region });
  }

  private getResources(input: Input, place: { readonly account: string; readonly region: string }): object {
    const unknown = Object.keys(input).filter(member => !MEMBERS.includes(member));
    if (unknown.length > 0) throw new Error(`${unknown.join(', ')} of GetResources is not modelled`);
    const { PaginationToken, ResourcesPerPage = 50, ResourceTypeFilters } = input;
    if (JSON.stringify(ResourceTypeFilters) !== '["ecr:repository"]') throw new Error('only repositories of ECR are modelled');
    const size = Number(ResourcesPerPage);
    if (!Number.isInteger(size) || size < 1 || size > 100) throw invalid('ResourcesPerPage must be between 1 and 100');
    const scope = JSON.stringify(place);
    const [from] = this.open(scope, PaginationToken || undefined) ?? [0];
    const tagged = this.ecr.names(place).map(name => this.ecr.repository(name, place)).filter(({ tags }) => Object.keys(tags).length > 0);
    const page = tagged.slice(from, from + size);
    return {
      ResourceTagMappingList: page.map(({ arn, tags }) => ({
        ResourceARN: arn, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      })),
      PaginationToken: from + size < tagged.length ? this.tokens.seal(scope, [from + size]) : '',
    };
  }

  private open(scope: string, token: unknown): number[] | undefined {
    try {
      return this.tokens.open(scope, token as string | undefined);
    } catch {
      throw new AwsError('PaginationTokenExpiredException', 'The pagination token is not valid');
    }
  }
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
