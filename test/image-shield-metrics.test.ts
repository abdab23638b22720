import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { PRICES, PRICES_AS_OF } from '../bench/shield/prices';
import { fleet, ImageUse, Repository } from '../src';
import { METRIC_PRICE } from '../src/private/shield/repository-metrics';

const { EnvironmentSelection, ImageShield, RepositorySelection } = fleet;
const OTHER_ACCOUNT = '222222222222';
const ACCESS = { roleArn: `arn:aws:iam::${OTHER_ACCOUNT}:role/shield`, externalId: 'their-secret' };
const PRICE_SOURCE = '(us-east-1, November 2026, https://aws.amazon.com/cloudwatch/pricing/)';
const METHODS = ['metricRepositoryProtectedImages', 'metricRepositoryUnprotectedImages'] as const;

newStackForEachTest({ env: { account: '111111111111', region: 'eu-west-1' } });

function add({ of = stack, ...props }: Partial<fleet.ImageShieldProps> & { readonly of?: Stack } = {}): fleet.ImageShield {
  return new ImageShield(of, 'Shield', {
    repositories: RepositorySelection.prefixes('team/'), usedBy: [ImageUse.ecs()], repositoryMetrics: true, ...props,
  });
}

/** The information of the shield, with the price. */
function infos(): unknown[] {
  return Annotations.fromStack(stack).findInfo('/Stack/Shield', Match.anyValue()).map(({ entry }) => entry.data);
}

describe('the metrics of a repository', () => {
  it('have the dimensions Shield and Repository, the interval of the shield as their period, and the maximum', () => {
    const shield = add({ every: Duration.hours(2) });
    const repository = imported();
    const metrics = [shield.metricRepositoryProtectedImages(repository), shield.metricRepositoryUnprotectedImages(repository)];
    expect(metrics.map(({ metricName }) => metricName)).toEqual(['ProtectedImages', 'UnprotectedImages']);
    for (const { namespace, period, statistic, dimensions } of metrics) {
      expect([namespace, period.toSeconds(), statistic]).toEqual(['CdkEcrKeeper/ImageShield', 7_200, 'Maximum']);
      expect(dimensions).toEqual({ Shield: 'Stack/Shield', Repository: 'team/shared' });
    }
  });

  it('take properties, and become alarms', () => {
    const metric = add().metricRepositoryUnprotectedImages(imported(), { statistic: 'Minimum' });
    metric.createAlarm(stack, 'Alarm', {
      threshold: 1, evaluationPeriods: 2, datapointsToAlarm: 1, treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'UnprotectedImages',
      Statistic: 'Minimum',
      Dimensions: [{ Name: 'Repository', Value: 'team/shared' }, { Name: 'Shield', Value: 'Stack/Shield' }],
    });
  });

  it('are those of a listed repository whose name is generated', () => {
    const repository = new Repository(stack, 'App');
    const { dimensions } = add({ repositories: RepositorySelection.of(repository) }).metricRepositoryProtectedImages(repository);
    expect(stack.resolve(dimensions)).toEqual({ Shield: 'Stack/Shield', Repository: { Ref: expect.stringMatching(/^App/) } });
  });

  it('are those of a repository whose name is known only at deployment, whether it is selected or not', () => {
    const name = new CfnParameter(stack, 'Name').valueAsString;
    const { dimensions } = add().metricRepositoryProtectedImages(imported({ name }));
    expect(stack.resolve(dimensions)).toEqual({ Shield: 'Stack/Shield', Repository: { Ref: 'Name' } });
  });

  it('name a replica with its account and Region, if the shield searches there', () => {
    const shield = add({
      environments: EnvironmentSelection.of({ region: 'us-east-1' }, {
        account: OTHER_ACCOUNT, region: 'eu-west-1', access: ACCESS,
      }),
    });
    const repositories = [imported({ id: 'Region', region: 'us-east-1' }), imported({ id: 'Account', account: OTHER_ACCOUNT })];
    expect(repositories.map(repository => shield.metricRepositoryProtectedImages(repository).dimensions?.Repository))
      .toEqual(['111111111111/us-east-1/team/shared', `${OTHER_ACCOUNT}/eu-west-1/team/shared`]);
  });

  it('name a replica in an account of the organization that is not excluded', () => {
    const shield = add({
      environments: EnvironmentSelection.organization({
        roleName: 'shield', externalId: 'their-secret', regions: ['us-east-1'], excludedAccounts: ['333333333333'],
      }),
    });
    const metricIn = (account: string, region: string) =>
      shield.metricRepositoryProtectedImages(imported({ id: `In${account}${region}`, account, region })).dimensions?.Repository;
    expect(metricIn(OTHER_ACCOUNT, 'us-east-1')).toBe(`${OTHER_ACCOUNT}/us-east-1/team/shared`);
    expect(() => metricIn('333333333333', 'us-east-1')).toThrow('\'environments\' must contain 333333333333/us-east-1');
    expect(() => metricIn(OTHER_ACCOUNT, 'eu-central-1')).toThrow(`'environments' must contain ${OTHER_ACCOUNT}/eu-central-1`);
  });

  it('are refused in an account or Region that the shield does not search', () => {
    const shield = add({ environments: EnvironmentSelection.of({ region: 'us-east-1' }) });
    expect(() => shield.metricRepositoryProtectedImages(imported({ account: OTHER_ACCOUNT, region: 'us-east-1' })))
      .toThrow(`Stack/Shield: 'environments' must contain ${OTHER_ACCOUNT}/us-east-1 for the metrics of team/shared, because the stack is`
        + ' in 111111111111/eu-west-1, and the shield searches no other account and Region');
  });

  it('are refused for a repository that the shield does not select', () => {
    expect(() => add().metricRepositoryUnprotectedImages(imported({ name: 'other/app' })))
      .toThrow('Stack/Shield: \'repositories\' must select other/app for its metrics, because the shield counts only the images of selected'
        + ' repositories');
  });

  it.each(METHODS)('are refused by %s without repositoryMetrics', name => {
    expect(() => add({ repositoryMetrics: undefined })[name](imported())).toThrow('Stack/Shield: \'repositoryMetrics\' must be true for the'
      + ' metrics of a repository. They cost extra, so no run sends them by default');
  });

  it.each(METHODS)('are refused by %s for a name', name => {
    const shield: any = add();
    expect(() => shield[name]('team/app')).toThrow(`ImageShield.${name}: 'repository' must be a repository, got: "team/app"`);
  });
});

describe('repositoryMetrics', () => {
  it('is in the settings of both state machines only if it is true', () => {
    const settingsIn = (of: Stack) => {
      const machines = Object.values(Template.fromStack(of).findResources('AWS::StepFunctions::StateMachine'));
      return machines.map(({ Properties }) => JSON.stringify(Properties.DefinitionString).includes('\\"repositoryMetrics\\":true'));
    };
    const [on, off, unset] = ['On', 'Off', 'Unset'].map(id => new Stack(app, id));
    add({ of: on });
    add({ of: off, repositoryMetrics: false });
    add({ of: unset, repositoryMetrics: undefined });
    expect([settingsIn(on), settingsIn(off)]).toEqual([[true, true], [false, false]]);
    for (const of of [off, unset]) expect(JSON.stringify(Template.fromStack(of).toJSON())).not.toContain('repositoryMetrics');
  });

  it('prints the price of a repository, and the highest price of all if their number is unknown', () => {
    add();
    expect(infos()).toEqual([expect.stringContaining('\'repositoryMetrics\' sends 2 custom metrics for each repository with images in use.'
      + ' CloudWatch charges at most $0.60 per month for a repository, and at most $600.00 for 1000 repositories, because no more are sent'
      + ` ${PRICE_SOURCE}`)]);
  });

  it('prints the price of all listed repositories', () => {
    add({ repositories: RepositorySelection.of(imported(), imported({ id: 'Other', name: 'team/other' }), imported()) });
    expect(infos()).toEqual([expect.stringContaining(`repository: at most $1.20 for the 2 listed repositories ${PRICE_SOURCE}`)]);
  });

  it('prints the price of the listed repository, and of its replicas in environments', () => {
    add({ repositories: RepositorySelection.of(imported()), environments: EnvironmentSelection.of({ region: 'us-east-1' }) });
    expect(infos()).toEqual([expect.stringContaining('repository: at most $0.60 for the listed repository, and as much for the replicas in'
      + ` each of 'environments' ${PRICE_SOURCE}`)]);
  });

  it('prints nothing unless it is true', () => {
    add({ repositoryMetrics: false });
    expect(infos()).toEqual([]);
  });

  it('prints the price that the simulation uses', () => {
    expect(METRIC_PRICE).toMatchObject({ dollars: PRICES.metricMonth.dollars, source: PRICES.metricMonth.source, asOf: PRICES_AS_OF });
  });
});
