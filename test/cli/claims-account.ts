import { CommandLine, Outcome, RunOptions } from './command-line';
import { ruleKey } from '../../lambda/shared/registry/claims';
import { ClaimKind, claimName, RegistryClaim, renderClaim } from '../../src/core/registry-rules/claim';
import { replicationRuleText } from '../../src/core/registry-rules/replication-rules';
import { scanFilterText } from '../../src/core/registry-rules/scan-rules';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import { LocalEcr } from '../local-ecr/local-ecr';
import { Principals } from '../local-ecr/principals';
import { LocalSsm } from '../local-ssm/local-ssm';

export const REGISTRY = '000000000000';
export const REGION = 'us-east-1';

/** A replication rule, and its key in a claim. */
export function replicationRule(prefix: string, deletes = false) {
  const rule = {
    destinations: [{ region: 'eu-west-1', registryId: REGISTRY }],
    repositoryFilters: [{ filter: prefix, filterType: 'PREFIX_MATCH' }],
    ...deletes ? { deleteReplication: { enabled: true } } : {},
  };
  return { rule, key: ruleKey(replicationRuleText(rule)) };
}

export function scanKey(filter: string): string {
  return ruleKey(scanFilterText({ frequency: 'SCAN_ON_PUSH', filter }));
}

export function uuidOf(nth: number): string {
  return `0000000${nth}-1111-2222-3333-444444444444`;
}

export function stackArn(name: string, nth: number): string {
  return `arn:aws:cloudformation:${REGION}:${REGISTRY}:stack/${name}/${uuidOf(nth)}`;
}

/** Lets the program wait without real time. */
const HURRIED = `
const [timers, real] = [require('node:timers/promises'), Date.now];
let ahead = 0;
Date.now = () => real() + ahead;
timers.setTimeout = async milliseconds => { ahead += milliseconds; };
`;
const TERMINAL = 'process.stdin.isTTY = true; process.stderr.isTTY = true; process.stderr.columns = 140;'
  + ' process.stderr.hasColors = () => false;';

/** An account of local services. Runs `claims` in it. */
export class ClaimsAccount {
  static async start(): Promise<ClaimsAccount> {
    const principals = new Principals();
    return new ClaimsAccount(
      principals,
      await LocalEcr.start({ principals }),
      await LocalSsm.start({ principals }),
      await LocalCloudFormation.start({ principals }),
    );
  }

  readonly line = new CommandLine();

  private constructor(
    readonly principals: Principals, readonly ecr: LocalEcr, readonly ssm: LocalSsm, readonly cloudFormation: LocalCloudFormation,
  ) {
    this.line.write('hurried.js', HURRIED);
    this.line.write('terminal.js', TERMINAL);
  }

  async stop(): Promise<void> {
    this.line.remove();
    await Promise.all([this.ecr, this.ssm, this.cloudFormation].map(service => service.stop()));
  }

  claims(args: readonly string[], { env, isAttended, ...options }: RunOptions & { readonly isAttended?: true } = {}): Promise<Outcome> {
    return this.line.run(['claims', ...args], {
      ...options,
      env: {
        AWS_ENDPOINT_URL_ECR: this.ecr.endpoint,
        AWS_ENDPOINT_URL_SSM: this.ssm.endpoint,
        AWS_ENDPOINT_URL_CLOUDFORMATION: this.cloudFormation.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: REGION,
        NODE_OPTIONS: `--require ./hurried.js${isAttended ? ' --require ./terminal.js' : ''}`,
        ...env,
      },
    });
  }

  /** Writes the claim of a stack, with its status. A stack without a status never existed. */
  claim(kind: ClaimKind, name: string, nth: number, keys: Partial<RegistryClaim>, status?: string): void {
    const stack = stackArn(name, nth);
    this.ssm.put(claimName(kind, stack), renderClaim({ stack, own: [], found: [], leaving: [], ...keys }));
    if (status !== undefined) this.cloudFormation.stack(stack).status(status);
  }

  get replicatedPrefixes(): unknown[] {
    return this.ecr.replicationRules().map(rule => (rule as unknown as { repositoryFilters: { filter: string }[] })
      .repositoryFilters.map(({ filter }) => filter).join());
  }

  /** The write operations that the command called. */
  get writes(): string[] {
    return [this.ecr, this.ssm, this.cloudFormation].flatMap(({ calls }) => calls).map(({ operation }) => operation)
      .filter(operation => !/^(Describe|Get)/.test(operation));
  }
}

/** Creates an account for each test of the file. */
export function claimsAccountForEachTest(): () => ClaimsAccount {
  let account: ClaimsAccount;
  beforeEach(async () => { account = await ClaimsAccount.start(); });
  afterEach(() => account.stop());
  return () => account;
}
