import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';
import { selectsEnvironment } from './searched-environments';
import { nameInMessage, selectionOf } from './selected-repositories';
import type { ShieldPlan } from './shield-problems';
import { MAX_METRIC_REPOSITORIES, metricRepository, REPOSITORY_METRICS } from '../../core/shield/findings';
import { isSelected } from '../../core/shield/selection';
import { throwProblems } from '../problems';
import { isKnownToDiffer } from '../repository/unowned-repository';

/**
 * Price of a custom metric for a month, as one of the first 10,000. CloudWatch charges only for the hours with data, so this is the most
 * that it costs in us-east-1.
 */
export const METRIC_PRICE = {
  dollars: 0.30, region: 'us-east-1', asOf: 'November 2026', source: 'https://aws.amazon.com/cloudwatch/pricing/',
};

/** Prints what the metrics of the repositories cost. Their number is known only if the repositories are listed. */
export function addPriceInfo(scope: IConstruct, { selected, environments }: ShieldPlan): void {
  const count = new Set(selectionOf(selected).names).size;
  const hasReplicas = environments.listed !== undefined || environments.organization !== undefined;
  const total = selected.repositories === undefined
    ? `, and at most ${priceOf(MAX_METRIC_REPOSITORIES)} for ${MAX_METRIC_REPOSITORIES} repositories, because no more are sent`
    : `: at most ${priceOf(count)} for ${count === 1 ? 'the listed repository' : `the ${count} listed repositories`}`
      + (hasReplicas ? ', and as much for the replicas in each of \'environments\'' : '');
  Annotations.of(scope).addInfoV2('cdk-ecr-keeper:shield-repository-metrics',
    `'repositoryMetrics' sends ${REPOSITORY_METRICS.length} custom metrics for each repository with images in use. CloudWatch charges at`
    + ` most ${priceOf(1)} per month for a repository${total} (${METRIC_PRICE.region}, ${METRIC_PRICE.asOf}, ${METRIC_PRICE.source})`);
}

function priceOf(repositories: number): string {
  return `$${(repositories * REPOSITORY_METRICS.length * METRIC_PRICE.dollars).toFixed(2)}`;
}

/**
 * Returns the value of the dimension of a repository in its metrics.
 *
 * @throws if a run never sends metrics of the repository
 */
export function repositoryDimension(
  scope: IConstruct, { selected, environments, repositoryMetrics }: ShieldPlan, repository: aws_ecr.IRepositoryRef,
): string {
  const { account, region } = Stack.of(scope);
  const { env, repositoryRef: { repositoryName } } = repository;
  const isReplica = isKnownToDiffer(env.account, account) || isKnownToDiffer(env.region, region);
  const isKnown = !Token.isUnresolved(repositoryName);
  throwProblems(scope.node.path, [
    ...repositoryMetrics ? []
      : ['\'repositoryMetrics\' must be true for the metrics of a repository. They cost extra, so no run sends them by default'],
    ...isKnown && !isSelected(selectionOf(selected), repositoryName) ? [
      `'repositories' must select ${repositoryName} for its metrics, because the shield counts only the images of selected repositories`,
    ] : [],
    ...!isReplica || selectsEnvironment(scope, environments, env) ? [] : [
      `'environments' must contain ${env.account}/${env.region} for the metrics of ${nameInMessage(repositoryName)}, because the stack is`
      + ` in ${account}/${region}, and the shield searches no other account and Region`,
    ],
  ]);
  return metricRepository(repositoryName, isReplica ? `${env.account}/${env.region}` : undefined);
}
