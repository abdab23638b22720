import { findingsIn } from './finding';
import { imagesToScan } from './images-to-scan';
import { Scan, UnsupportedImage } from './scan';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { SEVERITIES } from '../../src/core/scan/severity';
import { Verdict } from '../../src/core/scan/verdict';
import { SCAN_GATE_ATTRIBUTES, ScanGateProperties } from '../../src/core/wire/scan-gate';
import { connectTo, connectOnce, EcrClients } from '../shared/aws/ecr-clients';
import { runConcurrently } from '../shared/aws/run-concurrently';
import { hex, rememberImage, recallDigest, shortHash } from '../shared/images/memo';
import { describeImage } from '../shared/images/tags';
import { UserError, isNamed } from '../shared/protocol/errors';
import type { EcrTask, Job } from '../shared/protocol/job';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { requireOwnEnvironment } from '../shared/repository/located-repository';
import { inRepository, repositoryName } from '../shared/repository/repository';

const IMAGES_AT_ONCE = 3;

/** Create and Update: lets the deployment continue if the findings of the image are within the limits. */
export async function judge(job: Job<ScanGateProperties>, clients: EcrClients): Promise<Attributes> {
  const { properties, request } = job;
  requireOwnEnvironment(job, 'scan gate');
  const fingerprint = shortHash(JSON.stringify(properties));
  const isGoingBack = request.RequestType === 'Update' && isRollingBackNow((await readStack(job)).status);
  const knownDigest = isGoingBack ? await recallDigest(job, fingerprint) : undefined;
  const task = await connectTo(job, clients, properties, request.StackId);
  const { ecr: ecrOnce } = await connectOnce(job, clients, properties);
  const verdict = new Verdict(properties, job.clock.now());
  const name = repositoryName(properties.repositoryArn);
  try {
    const rules = { ...properties, tagOrDigest: knownDigest ?? properties.tagOrDigest };
    const digest = await inRepository(properties.repositoryArn, () => requireVerdict(task, ecrOnce, name, rules, verdict));
    rememberImage(job, digest, fingerprint);
    return toAttributes(digest, verdict, verdict.summary);
  } catch (error) {
    if (!isGoingBack || !(error instanceof UserError || isNamed(error, 'ImageNotFoundException'))) throw error;
    job.log(`the stack is rolling back, so this error is ignored: ${(error as Error).message}`);
    const digest = knownDigest ?? (await describeImage(task, name, properties.tagOrDigest))?.imageDigest ?? properties.tagOrDigest;
    return toAttributes(digest, verdict, 'not checked, the stack was rolling back');
  }
}

/**
 * Adds the findings of all images to the verdict.
 *
 * @returns the digest of the image that passed
 * @throws UserError if there are more findings than allowed
 */
async function requireVerdict(
  task: EcrTask, ecrOnce: EcrTask['ecr'], name: string, properties: ScanGateProperties, verdict: Verdict,
): Promise<string> {
  const { repositoryArn, tagOrDigest, timeoutSeconds, maxScanAgeSeconds, allowUnsupported } = properties;
  const end = task.clock.now() + timeoutSeconds * 1_000;
  const { digest, images } = await imagesToScan(task, name, tagOrDigest);
  await runConcurrently(images, IMAGES_AT_ONCE, async image => {
    try {
      const scan = new Scan(task, ecrOnce, { repositoryName: name, digest: image, end, maxScanAgeSeconds });
      for await (const { imageScanFindings = {} } of scan.pages()) {
        findingsIn(imageScanFindings).forEach(finding => verdict.add(finding));
      }
    } catch (error) {
      if (!(error instanceof UnsupportedImage && allowUnsupported)) throw error;
      task.log(`allowed by 'allowUnsupported': ${error.message}`);
    }
  });
  task.log(`repository '${name}': ${digest} has ${verdict.summary}`);
  if (verdict.exceeded.length === 0) return digest;
  const image = digest === tagOrDigest ? digest : `${tagOrDigest} (${digest})`;
  throw new UserError(`Repository '${name}': the image ${image} is refused because it has ${verdict.reason}.`
    + ' Fix the findings and push the image again, or accept findings until a date in \'ignored\'. To see all findings, run:\n'
    + images.slice(0, 3).map(each => findingsCommand(repositoryArn, each)).join('\n'));
}

function findingsCommand(repositoryArn: string, digest: string): string {
  const { region, account, repositoryName: name } = parseRepositoryArn(repositoryArn)!;
  return `aws ecr describe-image-scan-findings --region ${region} --registry-id ${account}`
    + ` --repository-name ${name} --image-id imageDigest=${digest}`;
}

function toAttributes(digest: string, verdict: Verdict, summary: string): Attributes {
  return {
    [SCAN_GATE_ATTRIBUTES.digestHex]: hex(digest),
    [SCAN_GATE_ATTRIBUTES.summary]: summary,
    [SCAN_GATE_ATTRIBUTES.ignored]: String(verdict.ignored),
    ...Object.fromEntries(SEVERITIES.map(severity => [severity, String(verdict.count(severity))])),
  };
}
