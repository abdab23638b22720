/** A local AWS Organizations that lists accounts. Behavior and sources: README.md. */
import { AwsError } from '../local-ecr/aws-error';
import { jsonWire } from '../local-ecr/json-wire';
import { LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';

export interface OrganizationAccount {
  readonly id: string;
  /** @default 'ACTIVE' */
  readonly state?: 'PENDING_ACTIVATION' | 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE' | 'CLOSED';
}

export interface LocalOrganizationsOptions extends LocalServiceOptions {
  /** Accounts in a page. @default 20 */
  readonly pageSize?: number;
}

export class LocalOrganizations extends LocalService {
  static async start(options: LocalOrganizationsOptions = {}): Promise<LocalOrganizations> {
    const organizations = new LocalOrganizations(options);
    await organizations.listen();
    return organizations;
  }

  /** The accounts of the organization. */
  accounts: readonly OrganizationAccount[] = [];
  /** The management account and those of delegated administrators. */
  administrators: readonly string[] = [];
  private readonly pageSize: number;

  private constructor({ pageSize = 20, ...options }: LocalOrganizationsOptions) {
    const errors = { message: 'Message', names: { ServerException: 'ServiceException' } };
    super(jsonWire('organizations', 'AWSOrganizationsV20161128', errors), options);
    this.pageSize = pageSize;
  }

  protected perform({ operation, input, accessKeyId }: ServiceRequest): object {
    if (operation !== 'ListAccounts') throw new AwsError('UnknownOperationException', 'The operation is not known');
    this.principals.authorise(accessKeyId, [{ action: 'organizations:ListAccounts', resource: '*' }]);
    if (!this.administrators.includes(this.principals.find(accessKeyId).account)) {
      throw new AwsError('AccessDeniedException', 'You don\'t have permissions to access this resource.');
    }
    const from = Number(input.NextToken ?? 0);
    if (!Number.isInteger(from)) throw new AwsError('InvalidInputException', 'You specified an invalid value for nextToken.');
    const page = this.accounts.slice(from, from + this.pageSize);
    const next = from + this.pageSize;
    return {
      Accounts: page.map(({ id, state = 'ACTIVE' }) => ({ Id: id, State: state })),
      ...next < this.accounts.length ? { NextToken: String(next) } : {},
    };
  }
}
