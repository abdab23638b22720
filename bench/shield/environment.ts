import type { LocalAccount } from '../../test/lambda/local-account';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** What runs in one account and Region, and what its registry stores. */
export interface Sizes {
  readonly tasks: number;
  readonly services: number;
  readonly functions: number;
  /** Repositories of the registry. The workloads use one each; the others are empty. */
  readonly repositories: number;
  /** Images of the registry that nothing uses, in the repositories in use. */
  readonly storedImages: number;
  /** Whether workloads use untagged images of multi-architecture indexes. */
  readonly areMultiArchitecture: boolean;
}

export const USUAL: Sizes = {
  tasks: 200, services: 50, functions: 200, repositories: 10_000, storedImages: 10_000, areMultiArchitecture: false,
};

/** Share of the workloads that get another image between two runs. */
const CHANGED = 0.01;

const KEEP_POLICY = JSON.stringify({
  rules: [{
    rulePriority: 1,
    selection: { tagStatus: 'tagged', tagPatternList: ['in-use-*'], countType: 'imageCountMoreThan', countNumber: 1_000_000 },
    action: { type: 'expire' },
  }, {
    rulePriority: 2,
    selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 500 },
    action: { type: 'expire' },
  }],
});

/** A service with its tasks, or a function. Each has its own repository. */
interface Workload {
  readonly kind: 'service' | 'function';
  readonly name: string;
  readonly tasks: number;
  releases: number;
}

/** The workloads of one account and Region, with their images. */
export class SimulatedEnvironment {
  private readonly workloads: readonly Workload[];

  constructor(private readonly account: LocalAccount, private readonly sizes: Sizes) {
    const { tasks, services, functions, repositories, storedImages } = sizes;
    const tasksOf = (nth: number) => Math.floor(tasks * (nth + 1) / services) - Math.floor(tasks * nth / services);
    this.workloads = [
      ...Array.from({ length: services }, (_, nth) =>
        ({ kind: 'service', name: `service-${nth}`, tasks: tasksOf(nth), releases: 0 } as const)),
      ...Array.from({ length: functions }, (_, nth) =>
        ({ kind: 'function', name: `function-${nth}`, tasks: 0, releases: 0 } as const)),
    ];
    const used = this.workloads.length;
    this.workloads.forEach(({ name }, nth) => {
      const images = Math.floor(storedImages * (nth + 1) / used) - Math.floor(storedImages * nth / used);
      account.ecr.seed({
        repositoryName: `team/${name}`, lifecyclePolicyText: KEEP_POLICY, images, kind: sizes.areMultiArchitecture ? 'multiArch' : 'flat',
      });
    });
    for (let nth = used; nth < repositories; nth++) account.ecr.seed({ repositoryName: `team/empty-${nth}` });
    // three revisions of each task definition, all of which count as used
    for (const workload of this.workloads) for (let nth = 0; nth < (workload.kind === 'service' ? 3 : 1); nth++) this.release(workload);
  }

  /** Number of workloads that get another image between two runs. */
  get changed(): number {
    return Math.max(1, Math.round(this.workloads.length * CHANGED));
  }

  /** Deploys another image to one workload in a hundred, evenly of both kinds. */
  deploy(): void {
    const { changed, workloads } = this;
    for (let nth = 0; nth < changed; nth++) this.release(workloads[Math.floor(nth * workloads.length / changed)]);
  }

  private release(workload: Workload): void {
    const { kind, name, tasks } = workload;
    const repositoryName = `team/${name}`;
    const tag = `release-${++workload.releases}`;
    const { digest, image } = this.push(repositoryName, tag);
    if (kind === 'function') {
      this.account.lambda.function(name, { imageUri: image, imageDigest: digest, versions: [{ imageUri: image, imageDigest: digest }] });
      return;
    }
    const { ecs } = this.account;
    const cluster = ecs.cluster();
    const taskDefinition = ecs.taskDefinition(name, { containers: [image] });
    cluster.service(name, { taskDefinition, revisions: [{ taskDefinition, containerImages: [{ image, imageDigest: digest }] }] });
    for (const [arn, task] of cluster.tasks) if ((task as { group?: string }).group === `service:${name}`) cluster.tasks.delete(arn);
    for (let nth = 0; nth < tasks; nth++) {
      cluster.task({ taskDefinition, group: `service:${name}`, containers: [{ image, imageDigest: digest }] });
    }
  }

  private push(repositoryName: string, tag: string): { readonly digest: string; readonly image: string } {
    const { ecr } = this.account;
    const uri = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${repositoryName}`;
    if (!this.sizes.areMultiArchitecture) return { digest: ecr.addImage({ repositoryName, tags: [tag] }), image: `${uri}:${tag}` };
    const digest = ecr.addImage({ repositoryName });
    ecr.addImage({ repositoryName, tags: [tag], children: [digest] });
    return { digest, image: `${uri}@${digest}` };
  }
}
