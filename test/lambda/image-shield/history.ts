import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import fc from 'fast-check';
import { ACCOUNT, BUCKET, DAY, imageUri, REGION, RunResult, ShieldWorld } from './shield-world';
import { UNPROTECTED_KINDS } from '../../../src/core/shield/findings';
import { parseState } from '../../../src/core/shield/state';
import { isKeepTag } from '../../../src/core/shield/tags';
import type { Fault, FaultKind } from '../../local-ecr/faults';
import type { LocalService } from '../../local-ecr/local-service';
import type { Place } from '../../local-ecr/registry';

const HOUR = DAY / 24;
const GRACE = 14 * DAY;
const PREFIX = 'in-use-';
const REPOSITORIES = ['team/app', 'team/fixed'] as const;
const LISTS = 'lists';
const FILE = 'in-use/a.jsonl';
/** Another account, in which workloads run from the same repositories. */
const THERE = { account: '222222222222', region: REGION };
const ROLE = { roleArn: `arn:aws:iam::${THERE.account}:role/image-use`, externalId: 'image-shield' };
/** Images of a repository, beyond which no more are pushed. */
const MAX_IMAGES = 6;

/** Keeps the images in use and the newest two. */
const POLICY = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'tagged', tagPatternList: ['in-use-*'], countType: 'imageCountMoreThan', countNumber: 1_000_000 },
      action: { type: 'expire' },
    },
    { rulePriority: 2, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 2 }, action: { type: 'expire' } },
  ],
});

/** What happens in the accounts while no function of the shield runs, or between two calls of one. */
const OUTSIDE = [
  'task', 'stop task', 'service', 'stop service', 'function', 'delete function', 'list', 'push', 'push index', 'untag', 'event',
  'task there', 'stop task there', 'break role', 'mend role',
] as const;
/** What happens to the shield. */
const TO_SHIELD = [
  'stop', 'start', 'damage state', 'new state', 'select less', 'select all', 'remove environment', 'add environment',
] as const;
const STEPS = [
  ...OUTSIDE, ...TO_SHIELD, 'break', 'repair', 'run', 'faulty run', 'crossed run', 'run without role', 'faulty event', 'hours', 'days',
] as const;

type StepKind = typeof STEPS[number];

export interface Step {
  readonly kind: StepKind;
  /** Chooses what the step is about. */
  readonly which: number;
  /** Chooses the call at which a fault or another step happens. */
  readonly when: number;
  /** What happens during a crossed run. */
  readonly crossing: StepKind;
  readonly service: 'ecs' | 'ecr' | 's3' | 'lambda' | 'sts';
  readonly fault: FaultKind;
  readonly times: number;
}

const CROSSINGS: readonly StepKind[] = [...OUTSIDE, 'run', 'run', 'run', 'event', 'event', 'stop', 'damage state', 'remove environment'];

/** Runs and events are more frequent, because everything else only matters to them. */
const FREQUENT: readonly StepKind[] = [
  'run', 'run', 'run', 'run', 'event', 'task', 'days', 'faulty run', 'task there', 'task there', 'run without role',
];

export const histories: fc.Arbitrary<Step[]> = fc.array(fc.record({
  kind: fc.constantFrom(...STEPS, ...FREQUENT),
  which: fc.nat(99),
  when: fc.nat(40),
  crossing: fc.constantFrom(...CROSSINGS),
  service: fc.constantFrom('ecs' as const, 'ecr' as const, 's3' as const, 'lambda' as const, 'sts' as const),
  fault: fc.constantFrom<FaultKind>('throttle', 'serverError', 'accessDenied', 'killAfter', 'reset', 'timeout'),
  times: fc.constantFrom(1, 2, 5, Infinity),
}), { minLength: 8, maxLength: 20 });

interface Image { readonly repositoryName: string; readonly digest: string }

/** Why an image must have a keep tag. */
interface Proof {
  /** Time of the search that found it. */
  at: number;
  /** Whether it was in use ever since. */
  isInUse: boolean;
}

/** A history of two accounts, with what must be true after each step. */
export class History {
  static async start(): Promise<History> {
    const world = await ShieldWorld.start({
      usedBy: [
        { service: 'ecs' }, { service: 'lambda' },
        { service: 'listed', bucket: LISTS, keyPattern: 'in-use/*.jsonl', maxAge: 1_000 * 86_400 },
      ],
    });
    world.account.s3.bucket(LISTS);
    return new History(world);
  }

  released = 0;
  expired = 0;
  proved = 0;
  failed = 0;
  /** Proofs of images that only run in the other account. */
  provedThere = 0;
  private tags = new Map<string, Set<string>>();
  private readonly proofs = new Map<string, Proof>();
  private readonly tasks = new Map<string, Image>();
  private readonly tasksThere = new Map<string, Image>();
  private readonly services = new Map<string, { readonly repositoryName: string; readonly tag: string; readonly digest?: string }>();
  private readonly functions = new Map<string, Image>();
  private listed = new Array<Image>();
  private names = 0;

  private constructor(readonly world: ShieldWorld) {}

  stop(): Promise<void> {
    return this.world.stop();
  }

  async begin(): Promise<void> {
    const { ecr, s3, ecs, lambda, sts, events, logs } = this.world.account;
    this.repair();
    for (const service of [ecr, s3, ecs, lambda, sts, events]) service.clearCalls();
    for (const list of [logs, events.events, sts.sessions, this.world.failures]) list.length = 0;
    this.searchThere(true);
    this.select({ prefixes: ['team/'] });
    for (const arn of this.functions.keys()) lambda.deleteFunction(arn);
    for (const place of [{}, THERE]) ecs.deleteCluster('default', place);
    for (const map of [this.tags, this.proofs, this.tasks, this.tasksThere, this.services, this.functions]) map.clear();
    for (const bucket of [BUCKET, LISTS]) {
      s3.deleteBucket(bucket);
      s3.bucket(bucket);
    }
    this.writeList([]);
    for (const repositoryName of REPOSITORIES) {
      ecr.vanish(repositoryName);
      const imageTagMutability = repositoryName === 'team/fixed' ? 'IMMUTABLE' : 'MUTABLE';
      ecr.seed({ repositoryName, lifecyclePolicyText: POLICY, imageTagMutability });
      for (let nth = 0; nth < 3; nth++) this.push(repositoryName, []);
    }
  }

  async take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.takeStep(step);
      this.applyPolicies();
      this.check(JSON.stringify(step));
    }
  }

  /** After all faults, two runs bring the state and the tags into agreement, and nothing stays protected forever. */
  async end(): Promise<void> {
    this.repair();
    this.searchThere(true);
    this.select({ prefixes: ['team/'] });
    this.writeList(this.listed);
    for (let nth = 0; nth < 2; nth++) {
      await this.runWell();
      this.world.now += 2 * HOUR;
    }
    this.agree('two runs after all faults');
    for (const arn of [...this.tasks.keys()]) this.stopTask(arn);
    for (const arn of [...this.tasksThere.keys()]) this.stopTaskThere(arn);
    for (const name of [...this.services.keys()]) this.stopService(name);
    for (const arn of [...this.functions.keys()]) this.deleteFunction(arn);
    this.writeList([]);
    this.update();
    this.world.now += GRACE;
    for (let nth = 0; nth < 2; nth++) {
      await this.runWell();
      this.world.now += 2 * HOUR;
    }
    this.check('the end');
    const kept = this.live().flatMap(image => image.tags.filter(tag => tag.startsWith(PREFIX)));
    if (kept.length > 0) throw new Error(`images that are not in use keep ${kept.join()}`);
  }

  private async runWell(): Promise<void> {
    const result = await this.run();
    if (result === undefined || result === 'stopped' || !result.succeeded) {
      throw new Error(`a run without faults: ${JSON.stringify(result)} ${this.world.failures.map(String).join()}`);
    }
    this.check('a run without faults');
  }

  private async takeStep(step: Step): Promise<void> {
    const { account } = this.world;
    const service: LocalService = account[step.service];
    switch (step.kind) {
      case 'run': await this.run(); break;
      case 'break': service.faults.add(this.faultOf(step, Infinity)); break;
      case 'repair': this.repair(); break;
      case 'crossed run': await this.crossedRun(step, service); break;
      case 'run without role': await this.runWithoutRole(step); break;
      case 'hours': this.world.now += (1 + step.which % 24) * HOUR; break;
      case 'days': this.world.now += (1 + step.which % 20) * DAY; break;
      case 'faulty run': case 'faulty event':
        service.faults.add({ ...this.faultOf(step, step.times), skip: step.when });
        if (step.kind === 'faulty run') await this.run();
        else await this.event(step.which, true);
        service.faults.clear();
        account.ecr.principals.revive('test');
        break;
      default: await this.outside(step);
    }
    this.update();
  }

  private faultOf({ fault }: Step, times: number): Fault {
    return { kind: fault === 'killAfter' && times > 1 ? 'serverError' : fault, times, accessKeyId: 'test' };
  }

  /** The other account cannot be searched, when everything that was last seen there could be released. */
  private async runWithoutRole({ which }: Step): Promise<void> {
    this.world.account.sts.deleteRole(ROLE.roleArn);
    this.world.now += GRACE + (which % 24) * HOUR;
    await this.run();
    if (which % 2 === 0) this.mendRole();
  }

  /** During a call of a run, something else happens. */
  private async crossedRun(step: Step, service: LocalService): Promise<void> {
    let calls = step.when;
    service.onCall = async () => {
      if (calls-- !== 0) return;
      service.onCall = undefined;
      if (step.crossing === 'run') await this.run();
      else await this.outside({ ...step, kind: step.crossing });
      this.applyPolicies();
      this.update();
      this.check(`crossing ${JSON.stringify(step)}`);
    };
    try {
      await this.run();
    } finally {
      service.onCall = undefined;
    }
  }

  private async outside({ kind, which }: Step): Promise<void> {
    const { s3 } = this.world.account;
    const image = pick(this.live(), which);
    switch (kind) {
      case 'task': return this.startTask(image);
      case 'stop task': return this.stopTask(pick([...this.tasks.keys()], which));
      case 'task there': return this.startTaskThere(image);
      case 'stop task there': return this.stopTaskThere(pick([...this.tasksThere.keys()], which));
      case 'break role': return this.world.account.sts.deleteRole(ROLE.roleArn);
      case 'mend role': return this.mendRole();
      case 'service': return this.startService(image, which);
      case 'stop service': return this.stopService(pick([...this.services.keys()], which));
      case 'function': return this.startFunction(image);
      case 'delete function': return this.deleteFunction(pick([...this.functions.keys()], which));
      case 'list': return this.writeList(image && which % 3 > 0 ? [image] : []);
      case 'push': return this.push(REPOSITORIES[which % 2], []);
      case 'push index': return image && this.push(image.repositoryName, [image.digest]);
      case 'untag': return image && this.untag(image);
      case 'event': return this.event(which, false);
      case 'stop': return s3.edit(BUCKET, 'control/stop.json', '{}');
      case 'start': return s3.edit(BUCKET, 'control/stop.json', undefined);
      case 'remove environment': return this.searchThere(false);
      case 'add environment': return this.searchThere(true);
      case 'select less': return this.selectLess();
      case 'select all': return this.select({ prefixes: ['team/'] });
      default: return this.damage(which, kind);
    }
  }

  private startTask(image: Image | undefined, place: Place = {}, tasks = this.tasks): void {
    if (!image) return;
    const cluster = this.world.account.ecs.cluster('default', place);
    const uri = imageUri(image.repositoryName, image.digest);
    const taskDefinition = this.world.account.ecs.taskDefinition(`task-${++this.names}`, { containers: [uri] }, place);
    tasks.set(cluster.task({ taskDefinition, containers: [{ image: uri, imageDigest: image.digest }] }), image);
  }

  private startTaskThere(image: Image | undefined): void {
    this.startTask(image, THERE, this.tasksThere);
  }

  private stopTaskThere(arn: string | undefined): void {
    if (arn === undefined) return;
    this.world.account.ecs.cluster('default', THERE).tasks.delete(arn);
    this.tasksThere.delete(arn);
  }

  private mendRole(): void {
    const trust = { principals: [`arn:aws:iam::${ACCOUNT}:root`], externalId: ROLE.externalId };
    this.world.account.sts.role(ROLE.roleArn, { trust });
  }

  /** Adds the other account to the environments of the shield, or removes it. */
  private searchThere(isSearched: boolean): void {
    this.world.search = { listed: isSearched ? [{ ...THERE, role: ROLE }] : [] };
  }

  private stopTask(arn: string | undefined): void {
    if (arn === undefined) return;
    this.world.account.ecs.cluster().tasks.delete(arn);
    this.tasks.delete(arn);
  }

  /** A service has pinned the digest, or starts whatever has the tag. */
  private startService(image: { readonly tags: readonly string[] } & Image | undefined, which: number): void {
    const [tag] = image?.tags.filter(isForeign) ?? [];
    if (!image || tag === undefined) return;
    const { repositoryName, digest } = image;
    const uri = imageUri(repositoryName, tag);
    const name = `service-${++this.names}`;
    const taskDefinition = this.world.account.ecs.taskDefinition(name, { containers: [uri] });
    const isPinned = which % 2 === 0;
    this.world.account.ecs.cluster().service(name, {
      taskDefinition,
      ...isPinned ? { revisions: [{ taskDefinition, containerImages: [{ image: uri, imageDigest: digest }] }] } : {},
    });
    this.services.set(name, { repositoryName, tag, ...isPinned ? { digest } : {} });
  }

  private stopService(name: string | undefined): void {
    if (name === undefined) return;
    const { services } = this.world.account.ecs.cluster();
    for (const arn of [...services.keys()]) if (arn.endsWith(`/${name}`)) services.delete(arn);
    this.services.delete(name);
  }

  private startFunction(image: Image | undefined): void {
    if (!image) return;
    const { repositoryName, digest } = image;
    const arn = this.world.account.lambda.function(`fn-${++this.names}`, {
      imageUri: imageUri(repositoryName, digest), imageDigest: digest,
    });
    this.functions.set(arn, image);
  }

  private deleteFunction(arn: string | undefined): void {
    if (arn === undefined) return;
    this.world.account.lambda.deleteFunction(arn);
    this.functions.delete(arn);
  }

  private writeList(images: Image[]): void {
    this.listed = images;
    const lines = images.map(({ repositoryName, digest }) =>
      `${JSON.stringify({ image: imageUri(repositoryName, digest), usedBy: 'pod' })}\n`);
    this.world.account.s3.edit(LISTS, FILE, lines.join(''));
  }

  /** A push into the mutable repository moves the tag `latest`. */
  private push(repositoryName: string, children: readonly string[]): void {
    if (this.live(repositoryName).length >= MAX_IMAGES) return;
    const tags = [`v${++this.names}`, ...repositoryName === 'team/app' ? ['latest'] : []];
    for (const [key, others] of this.tags) if (key.startsWith(`${repositoryName}@`)) others.delete('latest');
    const pushedAt = new Date(this.world.now);
    const digest = this.world.account.ecr.addImage({ repositoryName, tags, children, pushedAt });
    this.tags.set(`${repositoryName}@${digest}`, new Set(tags));
  }

  /** Somebody else removes a tag, and never the last one. */
  private async untag({ repositoryName, digest, tags }: { readonly tags: readonly string[] } & Image): Promise<void> {
    const [tag] = tags.filter(isForeign);
    if (tag === undefined || tags.length === 1) return;
    this.tags.get(`${repositoryName}@${digest}`)!.delete(tag);
    const { ecr } = this.world.account.surroundings('other');
    await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: tag }] }));
  }

  private damage(which: number, kind: StepKind): void {
    const key = this.world.stateKey(REPOSITORIES[which % 2]);
    const texts = [
      '', '{"version":1,', '{"version":2,"complete":true,"images":{}}', 'null', '{"version":1,"complete":true,"images":{"a":{"b":1}}}',
    ];
    const { s3 } = this.world.account;
    if (!s3.objects(BUCKET).has(key) || !this.selectsAll) return;
    s3.edit(BUCKET, key, kind === 'new state' ? JSON.stringify({ version: 1, complete: false, images: {} }) : texts[which % texts.length]);
  }

  private select(selection: object): void {
    Object.assign(this.world.settings, { selection });
    for (const key of this.proofs.keys()) if (!this.isSelected(key)) this.proofs.delete(key);
  }

  /**
   * A rebuild finds the tags of the selected repositories only. The tags of a repository that is selected again later stay, so no state is
   * rebuilt while fewer repositories are selected.
   */
  private selectLess(): void {
    const states = REPOSITORIES.flatMap(name => this.world.account.s3.objects(BUCKET).get(this.world.stateKey(name)) ?? []);
    if (states.every(text => parseState(text)?.complete === true)) this.select({ names: [REPOSITORIES[0]] });
  }

  private get selectsAll(): boolean {
    return this.world.settings.selection.prefixes !== undefined;
  }

  private isSelected(key: string): boolean {
    return this.selectsAll || key.startsWith(`${REPOSITORIES[0]}@`);
  }

  private repair(): void {
    const { ecr, ecs, s3, lambda, sts } = this.world.account;
    for (const service of [ecr, ecs, s3, lambda, sts]) service.faults.clear();
    this.mendRole();
    ecr.principals.revive('test');
    s3.edit(BUCKET, 'control/stop.json', undefined);
  }

  private async run(): Promise<RunResult | undefined> {
    const { world } = this;
    const at = world.now;
    const before = this.inUse();
    const findings = world.findings.length;
    const selection = JSON.stringify(world.settings.selection);
    let result: RunResult | undefined;
    try {
      result = await world.run();
    } catch {
      this.failed++;
    } finally {
      world.account.ecr.principals.revive('test');
    }
    if (result === undefined || result === 'stopped' || !result.succeeded || selection !== JSON.stringify(world.settings.selection)) {
      return result;
    }
    this.released += result.released;
    const after = this.inUse();
    const unprotected = world.findings.slice(findings).filter(({ kind }) => UNPROTECTED_KINDS.includes(kind));
    const excluded = new Set(unprotected.map(each => each.repositoryName));
    for (const key of before) {
      if (!after.has(key) || !this.isSelected(key) || excluded.has(key.split('@')[0])) continue;
      this.prove(key, at);
      if (!this.inUseHere().has(key)) this.provedThere++;
    }
    return result;
  }

  private async event(which: number, isFaulty: boolean): Promise<void> {
    const task = pick([...this.tasks.values()], which);
    if (!task) return;
    const { world } = this;
    const at = world.now;
    const { ecr, s3, ecs } = world.account;
    const canFail = isFaulty || s3.objects(BUCKET).has('control/stop.json')
      || [ecr, s3, ecs].some(({ faults }) => faults.pending.length > 0);
    try {
      await world.event(world.taskEvent(imageUri(task.repositoryName, task.digest), task.digest));
      // an event of an image that is kept changes nothing before half of the grace
      const key = `${task.repositoryName}@${task.digest}`;
      if (!canFail && this.isSelected(key) && this.inUse().has(key)) this.prove(key, at - GRACE / 2);
    } catch (error) {
      if (!canFail) throw error;
    }
  }

  private prove(key: string, at: number): void {
    const known = this.proofs.get(key);
    this.proofs.set(key, { at: Math.max(at, known?.at ?? at), isInUse: true });
    this.proved++;
  }

  /** Images in use that exist, in the environments that the shield searches. */
  private inUse(): Set<string> {
    return this.inUseHere(this.world.search.listed?.length ? [...this.tasksThere.values()].map(keyOf) : []);
  }

  private inUseHere(others: readonly string[] = []): Set<string> {
    const keys = [...this.tasks.values(), ...this.functions.values(), ...this.listed].map(keyOf);
    for (const { repositoryName, tag, digest } of this.services.values()) {
      const digests = digest === undefined ? this.live(repositoryName).filter(({ tags }) => tags.includes(tag)) : [{ digest }];
      keys.push(...digests.map(each => `${repositoryName}@${each.digest}`));
    }
    keys.push(...others);
    const live = new Set(this.live().map(keyOf));
    return new Set(keys.filter(key => live.has(key)));
  }

  private live(only?: string) {
    return REPOSITORIES.filter(name => only === undefined || name === only).flatMap(repositoryName =>
      this.world.account.ecr.repository(repositoryName).images.map(({ digest, tags }) => ({ repositoryName, digest, tags })));
  }

  private applyPolicies(): void {
    this.check('before the policy');
    for (const name of REPOSITORIES) {
      for (const digest of this.world.account.ecr.applyLifecyclePolicy(name)) {
        this.expired++;
        this.tags.delete(`${name}@${digest}`);
        if (this.mustBeKept(`${name}@${digest}`)) throw new Error(`ECR expired ${name}@${digest}, which must be kept`);
      }
    }
  }

  /** Ends the proofs of images that are no longer in use. */
  private update(): void {
    const inUse = this.inUse();
    for (const [key, proof] of this.proofs) if (!inUse.has(key)) proof.isInUse = false;
  }

  private mustBeKept(key: string): boolean {
    const proof = this.proofs.get(key);
    return proof !== undefined && (proof.isInUse || this.world.now - proof.at < GRACE);
  }

  /** True at every moment. */
  private check(where: string): void {
    const live = this.live();
    const found = live.map(({ tags, ...image }) => `${keyOf(image)} ${tags.filter(isForeign).sort().join()}`).sort();
    const expected = [...this.tags].map(([key, tags]) => `${key} ${[...tags].sort().join()}`).sort();
    if (found.join('\n') !== expected.join('\n')) {
      const lines = [`${where}: an image or a tag that the shield does not own changed:`, ...found, 'instead of', ...expected];
      throw new Error(lines.join('\n'));
    }
    for (const { tags, ...image } of live) {
      const keepTags = tags.filter(tag => tag.startsWith(PREFIX));
      const wrong = keepTags.filter(tag => !isKeepTag(PREFIX, image.digest, tag));
      if (wrong.length > 0) throw new Error(`${where}: ${keyOf(image)} has keep tags of another image: ${wrong.join()}`);
      if (keepTags.length === 0 && this.mustBeKept(keyOf(image))) {
        const proof = JSON.stringify(this.proofs.get(keyOf(image)));
        throw new Error(`${where}: ${keyOf(image)} must be kept, but has only the tags ${tags.join()}. ${proof}`);
      }
    }
  }

  private agree(where: string): void {
    const inUse = this.inUse();
    for (const { repositoryName, digest, tags } of this.live()) {
      const keepTags = tags.filter(tag => tag.startsWith(PREFIX));
      const image = this.world.entry(repositoryName, digest);
      const isKept = image?.phase === 'kept';
      if (isKept !== keepTags.length > 0) {
        throw new Error(`${where}: the state says ${image?.phase}, the tags of ${digest} are ${tags.join()}`);
      }
      if (inUse.has(`${repositoryName}@${digest}`) && !isKept) throw new Error(`${where}: ${digest} is in use and is ${image?.phase}`);
    }
  }
}

function keyOf({ repositoryName, digest }: Image): string {
  return `${repositoryName}@${digest}`;
}

function isForeign(tag: string): boolean {
  return !tag.startsWith(PREFIX) && !tag.startsWith(`was-${PREFIX}`);
}

function pick<T>(items: readonly T[], which: number): T | undefined {
  return items[which % items.length];
}
