/** A source registry that generates its layers while they are read, so that gigabytes need no disk. */
import { LocalRegistry } from '../../test/local-registry/local-registry';
import { answerWith } from '../background/answer';

export interface Generate {
  readonly repositoryName: string;
  readonly tag: string;
  readonly layers: readonly number[];
}

const started = LocalRegistry.start();

answerWith(async ({ repositoryName, tag, layers }: Generate): Promise<{ host: string }> => {
  const registry = await started;
  registry.addImage({ name: repositoryName, tag, layers });
  return { host: registry.host };
});
