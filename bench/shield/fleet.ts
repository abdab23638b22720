import type { LocalEcr } from '../../test/local-ecr/local-ecr';
import type { Principals } from '../../test/local-ecr/principals';
import { LocalEcs } from '../../test/local-ecs/local-ecs';
import { LocalLambda } from '../../test/local-lambda/local-lambda';

/** The Regions of a fleet. The shield and the registry are in the first. */
export const REGIONS = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1'] as const;
export const REGION = REGIONS[0];
/** The account of the shield and the registry. */
export const ACCOUNT = accountOf(0);

export function accountOf(nth: number): string {
  return String(nth).padStart(12, '0');
}

/** What runs in the accounts and Regions that a shield searches, and what its registry stores. */
export interface Sizes {
  readonly accounts: number;
  /** Regions of each account. */
  readonly regions: number;
  /** Tasks in each account and Region, as of `services` and `functions`. */
  readonly tasks: number;
  readonly services: number;
  readonly functions: number;
  /** Repositories of the registry. Those that no workload uses are empty. */
  readonly repositories: number;
  /** Images of the registry that nothing uses, in the repositories in use. */
  readonly storedImages: number;
  /** Whether workloads use untagged images of multi-architecture indexes. */
  readonly areMultiArchitecture: boolean;
}

export const USUAL: Sizes = {
  accounts: 1,
  regions: 1,
  tasks: 200,
  services: 50,
  functions: 200,
  repositories: 10_000,
  storedImages: 10_000,
  areMultiArchitecture: false,
};

/** Accounts of a team. All run the same applications. */
export const TEAM = 16;
/** Stages of the accounts of a team. Each runs an older release than the one before it. */
export const STAGES = 3;
/** One workload in so many is an application that all teams run. */
export const SHARED = 5;
/** One repository in so many is replicated to the other Regions, where the workloads use the replica. */
export const REPLICATED = 4;
/** Share of the repositories in use that get another image between two runs. */
export const CHANGED = 0.01;
/** Revisions of a task definition that count as used. */
export const NEWEST_TASK_DEFINITIONS = 3;

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

type Kind = 'service' | 'function';

interface Release {
  readonly digest: string;
  /** `:<tag>` or `@<digest>` */
  readonly reference: string;
}

interface UsedImage {
  readonly image: string;
  readonly digest: string;
}

/** A repository in use, with the same images in each of its Regions. */
interface UsedRepository {
  readonly name: string;
  readonly kind: Kind;
  readonly regions: readonly string[];
  /** The oldest first. */
  readonly releases: Release[];
}

interface Place {
  readonly account: string;
  readonly region: string;
}

/** Fakes of the services in one account and Region. They have their own rate limits, as on AWS. */
export interface Workloads {
  readonly ecs: LocalEcs;
  readonly lambda: LocalLambda;
}

/**
 * A central registry, and the accounts that run its images.
 *
 * The workloads of an account and Region exist only while they are searched, so that memory does not grow with the number of accounts.
 */
export class SimulatedFleet {
  private readonly used = new Map<string, UsedRepository>();

  constructor(private readonly ecr: LocalEcr, private readonly sizes: Sizes) {
    const { accounts, services, functions, repositories, storedImages } = sizes;
    const stages = Math.min(STAGES, accounts);
    for (let team = 0; team * TEAM < accounts; team++) {
      for (let nth = 0; nth < services; nth++) this.addRepository('service', nth, team);
      for (let nth = 0; nth < functions; nth++) this.addRepository('function', nth, team);
    }
    [...this.used.values()].forEach((repository, nth) => {
      for (const region of repository.regions) {
        this.ecr.seed({
          repositoryName: repository.name,
          region,
          lifecyclePolicyText: KEEP_POLICY,
          images: partOf(storedImages, nth, this.used.size),
          kind: sizes.areMultiArchitecture ? 'multiArch' : 'flat',
        });
      }
      const releases = repository.kind === 'service' ? NEWEST_TASK_DEFINITIONS : 1;
      for (let count = 0; count < releases + stages - 1; count++) this.release(repository);
    });
    for (let nth = this.used.size; nth < repositories; nth++) ecr.seed({ repositoryName: `team/empty-${nth}` });
  }

  get regions(): readonly string[] {
    return REGIONS.slice(0, this.sizes.regions);
  }

  get accounts(): string[] {
    return Array.from({ length: this.sizes.accounts }, (_, nth) => accountOf(nth));
  }

  /** Number of repositories in use, without replicas. */
  get usedRepositories(): number {
    return this.used.size;
  }

  /** Releases another image to one repository in a hundred. @returns the number of new images, with those of replicas */
  deploy(): number {
    const all = [...this.used.values()];
    const changed = Math.max(1, Math.round(all.length * CHANGED));
    const repositories = Array.from({ length: changed }, (_, nth) => all[Math.floor(nth * all.length / changed)]);
    for (const repository of repositories) this.release(repository);
    return repositories.reduce((sum, { regions }) => sum + regions.length, 0);
  }

  /** Starts the workloads of an account and Region. */
  async start(place: Place, principals: Principals): Promise<Workloads> {
    const [ecs, lambda] = await Promise.all([LocalEcs.start({ principals }), LocalLambda.start({ principals })]);
    const { tasks, services, functions } = this.sizes;
    for (let nth = 0; nth < services; nth++) this.startService(ecs, place, nth, partOf(tasks, nth, services));
    for (let nth = 0; nth < functions; nth++) {
      const [{ image, digest }] = this.images('function', nth, place, 1);
      const code = { imageUri: image, imageDigest: digest };
      lambda.function(`function-${nth}`, { ...code, versions: [code] }, place);
    }
    return { ecs, lambda };
  }

  private startService(ecs: LocalEcs, place: Place, nth: number, tasks: number): void {
    const name = `service-${nth}`;
    const images = this.images('service', nth, place, NEWEST_TASK_DEFINITIONS);
    const taskDefinition = images.map(({ image }) => ecs.taskDefinition(name, { containers: [image] }, place)).pop()!;
    const { image, digest: imageDigest } = images.pop()!;
    const cluster = ecs.cluster('default', place);
    cluster.service(name, { taskDefinition, revisions: [{ taskDefinition, containerImages: [{ image, imageDigest }] }] });
    const group = `service:${name}`;
    for (let task = 0; task < tasks; task++) cluster.task({ taskDefinition, group, containers: [{ image, imageDigest }] });
  }

  /** Returns the newest images that an account uses of a repository, the newest last. */
  private images(kind: Kind, nth: number, { account, region }: Place, count: number): UsedImage[] {
    const position = Number(account);
    const { name, regions, releases } = this.used.get(nameOf(kind, nth, Math.floor(position / TEAM)))!;
    const registry = `${ACCOUNT}.dkr.ecr.${regions.includes(region) ? region : REGION}.amazonaws.com`;
    const end = releases.length - position % TEAM % STAGES;
    return releases.slice(end - count, end).map(({ reference, digest }) => ({ image: `${registry}/${name}${reference}`, digest }));
  }

  private addRepository(kind: Kind, nth: number, team: number): void {
    const name = nameOf(kind, nth, team);
    if (this.used.has(name)) return;
    this.used.set(name, { name, kind, regions: nth % REPLICATED === 1 ? this.regions : [REGION], releases: [] });
  }

  private release({ name: repositoryName, regions, releases }: UsedRepository): void {
    const tag = `release-${releases.length + 1}`;
    let digest = '';
    // a digest depends on the name of the repository and the number of images before, so it is the same in each Region
    for (const region of regions) {
      const place = { repositoryName, region };
      const isIndex = this.sizes.areMultiArchitecture;
      digest = this.ecr.addImage({ ...place, tags: isIndex ? [] : [tag] });
      if (isIndex) this.ecr.addImage({ ...place, tags: [tag], children: [digest] });
    }
    releases.push({ digest, reference: this.sizes.areMultiArchitecture ? `@${digest}` : `:${tag}` });
  }
}

function nameOf(kind: Kind, nth: number, team: number): string {
  return nth % SHARED === 0 ? `team/shared-${kind}-${nth}` : `team/${team}/${kind}-${nth}`;
}

/** Divides a number evenly into parts, and returns one of them. */
function partOf(total: number, nth: number, parts: number): number {
  return Math.floor(total * (nth + 1) / parts) - Math.floor(total * nth / parts);
}
