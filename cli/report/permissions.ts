import type { ReportOrder } from './order';

/** A statement of an IAM policy. */
interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: '*';
}

const PRIVATE = ['ecr:DescribeImages', 'ecr:DescribeRepositories', 'ecr:GetLifecyclePolicy'];
const PUBLIC = ['ecr-public:DescribeImages', 'ecr-public:DescribeRepositories', 'ecr-public:ListTagsForResource'];
const STACKS = ['cloudformation:DescribeStackResources', 'cloudformation:DescribeStacks', 'cloudformation:ListStackResources'];
const TAGS = ['tag:GetResources'];
const IN_USE = [
  'ecs:DescribeServiceRevisions', 'ecs:DescribeServices', 'ecs:DescribeTaskDefinition', 'ecs:DescribeTasks', 'ecs:ListClusters',
  'ecs:ListServices', 'ecs:ListTasks', 'lambda:GetFunction', 'lambda:ListFunctions',
];

/**
 * Returns the policy with the actions that a report needs. sts:GetCallerIdentity needs no permission:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function policyOf({ regions, isPublic, searchesUse }: Pick<ReportOrder, 'regions' | 'isPublic' | 'searchesUse'>): object {
  const isPrivate = regions === undefined || regions.length > 0;
  const statements = [
    ...isPrivate ? [statement('Images', PRIVATE)] : [],
    ...isPublic ? [statement('PublicImages', PUBLIC)] : [],
    statement('Stacks', [...STACKS, ...isPrivate ? TAGS : []]),
    ...searchesUse ? [statement('ImagesInUse', IN_USE)] : [],
  ];
  return { Version: '2012-10-17', Statement: statements };
}

function statement(Sid: string, Action: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource: '*' };
}
