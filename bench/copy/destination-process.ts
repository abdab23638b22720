/** The destination registry with its API and its Docker endpoint. It counts and hashes the bytes of layers, but does not store them. */
import { LayerWriter } from '../../test/local-ecr/layer-store';
import { LocalEcr } from '../../test/local-ecr/local-ecr';
import { LocalService } from '../../test/local-ecr/local-service';
import { answerWith } from '../background/answer';

export interface Look {
  /** Repository to create if it does not exist. */
  readonly repositoryName: string;
}

export interface Looked {
  readonly endpoint: string;
  /** Bytes of layers that were received since the start by any method, including bytes of failed uploads. */
  readonly received: number;
  readonly digests: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

LocalService.verifiesAnswers = false;
let received = 0;
const write = LayerWriter.prototype.write;
LayerWriter.prototype.write = function (bytes) {
  received += bytes.length;
  write.call(this, bytes);
};

const started = LocalEcr.start({ layerBytes: 'counted' }).then(ecr => Object.assign(ecr, { layers: 'modelled' as const }));

answerWith(async ({ repositoryName }: Look): Promise<Looked> => {
  const ecr = await started;
  ecr.seed({ repositoryName });
  const { images } = ecr.repository(repositoryName);
  return {
    endpoint: ecr.endpoint,
    received,
    digests: images.map(({ digest }) => digest),
    tags: Object.fromEntries(images.flatMap(({ digest, tags }) => tags.map(tag => [tag, digest]))),
  };
});
