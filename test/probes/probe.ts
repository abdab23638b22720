import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { ProbeStack } from './probe-stack';

/** What a fake only assumes. */
interface Assumption {
  /** Name in kebab case, which the fake and its README use. */
  readonly id: string;
  /** Sentence about AWS that the fake assumes. */
  readonly fact: string;
  /** Answer if the fact is true. */
  readonly assumed: string;
  /** Answer in the other reading, to which the fake can be switched. */
  readonly other: string;
  /** File in `test/` that contains the switch. */
  readonly fake: string;
  /** Files that rest on the fact. */
  readonly rests: readonly string[];
  /** Test in which the handlers end right in the other reading, or page that says what goes wrong. */
  readonly otherwise: string;
}

/** An assumption with the question that tells whether AWS agrees. */
interface AwsProbe extends Assumption {
  readonly obstacle?: undefined;
  /** Upper bound of its duration on AWS. @default 0.5 */
  readonly minutes?: number;
  /** Asks the question, in a world that removes everything afterwards. Another answer than the two is a difference, too. */
  ask(world: ProbeWorld): Promise<string>;
}

/** An assumption with a question that is asked only of the fakes. */
interface FakeProbe extends Assumption {
  /** Why AWS is not asked: what the question would need, as a phrase that begins with a verb. */
  readonly obstacle: string;
  /** Asks the question of the fakes. */
  ask(world: FakesWorld): Promise<string>;
}

export type Probe = AwsProbe | FakeProbe;

/** Clients of one caller. */
export interface ProbeClients {
  readonly ecr: ECRClient;
  readonly ecrPublic: ECRPUBLICClient;
  readonly cloudFormation: CloudFormationClient;
  readonly ecs: ECSClient;
  readonly lambda: LambdaClient;
  readonly sts: STSClient;
  readonly s3: S3Client;
  readonly ssm: SSMClient;
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PublicRepositoryOptions {
  readonly tags?: Readonly<Record<string, string>>;
  /** @default - a caller that may do everything */
  readonly by?: ProbeClients;
}

export interface UnusedRole {
  readonly arn: string;
  /** Deletes the role, and waits until other services know that. */
  delete(): Promise<void>;
}

/** Returns the ARN of a role that never exists. */
export function missingRole(account: string): string {
  return `arn:aws:iam::${account}:role/ecr-keeper-probe/missing`;
}

/** A stack of the fakes, whose history a question tells. */
interface FakeHistory {
  status(status: string): FakeHistory;
  passDays(days: number): FakeHistory;
  resourceEvent(logicalId: string, type: string, status: string): FakeHistory;
}

/**
 * The fakes, for questions that are not asked on AWS, with the settings that these questions use. The classes of the fakes are not imported
 * here, because they know the list of the probes.
 */
export interface FakesWorld extends ProbeWorld {
  readonly fakes: {
    readonly ecr: {
      scanPolls: number;
      emptyScanPolls: number;
      readonly faults: { add(fault: { readonly kind: 'throttle' }): void };
      principal(accessKeyId: string, principal: { readonly account?: string; readonly service?: string }): void;
      replicate(rule: { readonly from: { region: string }; readonly to: { region: string }[]; readonly deletes: boolean }): void;
      images(repositoryName: string, place: { readonly region: string }): number;
      scanning(type: 'BASIC' | 'ENHANCED', frequency?: 'SCAN_ON_PUSH'): void;
      finishRestores(repositoryName: string): void;
      upstream(host: string, url: string): void;
    };
    readonly secrets: { secret(name: string, value: string): string };
    readonly cloudFormation: { stack(id: string): FakeHistory; statusChanges(stackId: string): object[] };
    clients(accessKeyId: string): { ecr(location: Readonly<Record<string, never>>): ECRClient };
  };
}

/** Where a probe asks: AWS, or the fakes. */
export interface ProbeWorld {
  readonly account: string;
  readonly region: string;
  /** Clients of a caller that may do everything. */
  readonly clients: ProbeClients;
  /** Returns a name that no other probe uses. */
  name(suffix: string): string;
  /** Creates an empty private repository, which is removed after the probe. Returns its name. */
  repository(options?: { readonly tags?: Readonly<Record<string, string>> }): Promise<string>;
  /** Creates an empty public repository, which is removed after the probe. Returns its name. */
  publicRepository(options?: PublicRepositoryOptions): Promise<string>;
  /** Returns the name of a parameter that does not exist yet. It is removed after the probe. */
  parameter(): string;
  /** Returns clients of a role with only these permissions, which is removed after the probe. */
  role(statements: readonly Statement[]): Promise<ProbeClients>;
  /** Creates a role without permissions, which other policies can name. It is removed after the probe, or earlier. */
  unused(): Promise<UnusedRole>;
  /** Returns a stack that is not deployed yet. It is removed after the probe. */
  stack(): Promise<ProbeStack>;
  wait(milliseconds: number): Promise<void>;
}

/** Returns `answer` if a call succeeds, otherwise the name of its error. */
export async function answerOf(call: Promise<unknown>, answer = 'accepted'): Promise<string> {
  try {
    await call;
    return answer;
  } catch (error) {
    return (error as Error).name;
  }
}
