import { findingsIn } from './finding';
import { imagesToScan } from './images-to-scan';
import { Scan, Unsupported } from './scan';
import { SEVERITIES } from '../../src/core/scan/severity';
import { Verdict } from '../../src/core/scan/verdict';
import { SCAN_GATE_ATTRIBUTES, ScanGateProperties } from '../../src/core/wire/scan-gate';
import { eachOf } from '../shared/each-of';
import { Explained } from '../shared/errors';
import { hex } from '../shared/image-memo';
import { describeImage } from '../shared/image-tags';
import type { EcrTask, Job } from '../shared/job';
import { inPlace, PlaceClients } from '../shared/place';
import { inRepository, repositoryName } from '../shared/repository';
import type { Attributes } from '../shared/response';
import { isRollingBack, readStack } from '../shared/stack';
import { requireOwnEnvironment } from '../shared/target';

const IMAGES_AT_ONCE = 3;

/** Create and Update: lets the deployment go on when what scanners found in the image is within the limits. */
export async function judge(asked: Job<ScanGateProperties>, clients: PlaceClients): Promise<Attributes> {
  const { properties, request } = asked;
  requireOwnEnvironment(asked, 'scan gate');
  const task = await inPlace(asked, clients, properties, request.StackId);
  const verdict = new Verdict(properties, asked.clock.now());
  const name = repositoryName(properties.repositoryArn);
  try {
    return await inRepository(properties.repositoryArn, () => look(task, name, properties, verdict));
  } catch (error) {
    if (!(error instanceof Explained) || !isRollingBack((await readStack(asked)).status)) throw error;
    asked.log(`the stack is rolling back, so this is no failure: ${error.message}`);
    const digest = (await describeImage(task, name, properties.tagOrDigest))?.imageDigest ?? properties.tagOrDigest;
    return attributes(digest, verdict, 'not judged, the stack was rolling back');
  }
}

async function look(task: EcrTask, name: string, properties: ScanGateProperties, verdict: Verdict): Promise<Attributes> {
  const { tagOrDigest, timeoutSeconds, allowUnsupported } = properties;
  const end = task.clock.now() + timeoutSeconds * 1_000;
  const { digest, images } = await imagesToScan(task, name, tagOrDigest);
  await eachOf(images, IMAGES_AT_ONCE, async image => {
    try {
      for await (const { imageScanFindings = {} } of new Scan(task, name, image, end).pages()) {
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
    + images.map(each => `aws ecr describe-image-scan-findings --repository-name ${name} --image-id imageDigest=${each}`).slice(0, 3).join('\n'));
}

function attributes(digest: string, verdict: Verdict, summary: string): Attributes {
  return {
    [SCAN_GATE_ATTRIBUTES.digestHex]: hex(digest),
    [SCAN_GATE_ATTRIBUTES.summary]: summary,
    [SCAN_GATE_ATTRIBUTES.ignored]: String(verdict.ignored),
    ...Object.fromEntries(SEVERITIES.map(severity => [severity, String(verdict.count(severity))])),
  };
}
