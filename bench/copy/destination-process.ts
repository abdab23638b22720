/** The registry that is copied to: its API and its Docker endpoint, with the bytes of layers counted and hashed, and not kept. */
import { answerWith } from './answer';
import { LayerWriter } from '../../test/local-ecr/layer-store';
import { LocalEcr } from '../../test/local-ecr/local-ecr';

export interface Look {
  /** Created where it does not exist. */
  readonly repositoryName: string;
}

export interface Looked {
  readonly endpoint: string;
  /** Bytes of layers that came in since the start, by whatever way, those that were in vain too. */
  readonly received: number;
  readonly digests: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

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
