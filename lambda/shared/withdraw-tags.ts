import { parseMemo } from './image-memo';
import { removeTags } from './image-tags';
import type { Job } from './job';
import { memoOf } from './physical-id';
import { inPlace, PlaceClients } from './place';
import { repositoryName } from './repository';
import { readStack, wholeStackGoes } from './stack';
import { isElsewhere, Target } from './target';

export interface TagTarget extends Target {
  readonly removeTags: boolean;
}

/** Delete: takes off the tags that were made, and only when the whole stack goes. */
export async function withdrawTags(asked: Job<TagTarget>, clients: PlaceClients, keepsImage: boolean): Promise<void> {
  const { properties, request } = asked;
  const name = repositoryName(properties.repositoryArn);
  const stays = (why: string) => asked.log(`repository '${name}': nothing is taken away, ${why}`);
  const memo = parseMemo(memoOf(request));
  if (!properties.removeTags) return stays('as the template says');
  if (!memo) return stays('nothing had been finished');
  if (isElsewhere(asked)) return stays('it is in another account or Region');
  if (!await wholeStackGoes(asked, await readStack(asked))) return stays('the stack stays');
  await removeTags(await inPlace(asked, clients, properties, request.StackId), name, memo, keepsImage);
}
