import { findingsIn } from './finding';
import { imagesToScan } from './images-to-scan';
import { Scan, Unsupported } from './scan';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { SEVERITIES } from '../../src/core/scan/severity';
import { Verdict } from '../../src/core/scan/verdict';
import { SCAN_GATE_ATTRIBUTES, ScanGateProperties } from '../../src/core/wire/scan-gate';
import { concurrently } from '../shared/aws/concurrently';
import { atLocation, atLocationOnce, LocationClients } from '../shared/aws/location';
import { hex, remember, settledDigest, shortHash } from '../shared/images/memo';
import { describeImage } from '../shared/images/tags';
import { Explained, isNamed } from '../shared/protocol/errors';
import type { EcrTask, Job } from '../shared/protocol/job';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { requireOwnEnvironment } from '../shared/repository/located-repository';
import { inRepository, repositoryName } from '../shared/repository/repository';

const IMAGES_AT_ONCE = 3;

/** Create and Update: lets the deployment go on when what scanners found in the image is within the limits. */
export async function judge(asked: Job<ScanGateProperties>, clients: LocationClients): Promise<Attributes> {
  const { properties, request } = asked;
  requireOwnEnvironment(asked, 'scan gate');
  const fingerprint = shortHash(JSON.stringify(properties));
  const isGoingBack = request.RequestType === 'Update' && isRollingBackNow((await readStack(asked)).status);
  const settled = isGoingBack ? await settledDigest(asked, fingerprint) : undefined;
  const task = await atLocation(asked, clients, properties, request.StackId);
  const once = await atLocationOnce(asked, clients, properties);
  const verdict = new Verdict(properties, asked.clock.now());
  const name = repositoryName(properties.repositoryArn);
  try {
    const rules = { ...properties, tagOrDigest: settled ?? properties.tagOrDigest };
    const judged = await inRepository(properties.repositoryArn, () => look(task, once, name, rules, verdict));
    remember({ ...asked, properties: { tags: [] } }, `sha256:${judged[SCAN_GATE_ATTRIBUTES.digestHex]}`, fingerprint, []);
    return judged;
  } catch (error) {
    if (!isGoingBack || !(error instanceof Explained || isNamed(error, 'ImageNotFoundException'))) throw error;
    asked.log(`the stack is rolling back, so this is no failure: ${(error as Error).message}`);
    const digest = settled ?? (await describeImage(task, name, properties.tagOrDigest))?.imageDigest ?? properties.tagOrDigest;
    return attributes(digest, verdict, 'not judged, the stack was rolling back');
  }
}

async function look(task: EcrTask, once: EcrTask, name: string, properties: ScanGateProperties, verdict: Verdict): Promise<Attributes> {
  const { repositoryArn, tagOrDigest, timeoutSeconds, allowUnsupported } = properties;
  const end = task.clock.now() + timeoutSeconds * 1_000;
  const { digest, images } = await imagesToScan(task, name, tagOrDigest);
  await concurrently(images, IMAGES_AT_ONCE, async image => {
    try {
      for await (const { imageScanFindings = {} } of new Scan(task, once.ecr, name, image, end).pages()) {
        findingsIn(imageScanFindings).forEach(finding => verdict.add(finding));
      }
    } catch (error) {
      if (!(error instanceof Unsupported && allowUnsupported)) throw error;
      task.log(`let through all the same: ${error.message}`);
    }
  });
  task.log(`repository '${name}': ${digest} has ${verdict.summary}`);
  if (verdict.exceeded.length === 0) return attributes(digest, verdict, verdict.summary);
  const image = digest === tagOrDigest ? digest : `${tagOrDigest} (${digest})`;
  throw new Explained(`Repository '${name}': the image ${image} is not let through, it has ${verdict.reason}`
    + ' — mend them and push it anew, or have the gate ignore what you have judged yourself until a date; all findings:\n'
    + images.slice(0, 3).map(each => findingsCommand(repositoryArn, each)).join('\n'));
}

function findingsCommand(repositoryArn: string, digest: string): string {
  const { region, account, repositoryName: name } = parseRepositoryArn(repositoryArn)!;
  return `aws ecr describe-image-scan-findings --region ${region} --registry-id ${account} --repository-name ${name} --image-id imageDigest=${digest}`;
}

function attributes(digest: string, verdict: Verdict, summary: string): Attributes {
  return {
    [SCAN_GATE_ATTRIBUTES.digestHex]: hex(digest),
    [SCAN_GATE_ATTRIBUTES.summary]: summary,
    [SCAN_GATE_ATTRIBUTES.ignored]: String(verdict.ignored),
    ...Object.fromEntries(SEVERITIES.map(severity => [severity, String(verdict.count(severity))])),
  };
}
