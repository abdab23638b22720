import { parseMemo } from './memo';
import { putBack, removeTags } from './tags';
import { atLocation, LocationClients } from '../aws/location';
import { Explained } from '../protocol/errors';
import type { Job } from '../protocol/job';
import { memoOf } from '../protocol/physical-id';
import { isRollingBack, readStack, wholeStackGoes } from '../protocol/stack';
import { isOutOfReach, LocatedRepository } from '../repository/located-repository';
import { repositoryName } from '../repository/repository';

export interface TaggedRepository extends LocatedRepository {
  readonly tags: readonly string[];
  readonly removeTags: boolean;
}

/**
 * Delete: takes off the tags that were made, and only when the whole stack goes. When an update is rolled back, the tags that it moved go back to where
 * they were.
 */
export async function withdrawTags(asked: Job<TaggedRepository>, clients: LocationClients, keepsImage: boolean): Promise<void> {
  const { properties, request } = asked;
  const name = repositoryName(properties.repositoryArn);
  const stays = (why: string) => asked.log(`repository '${name}': nothing is taken away, ${why}`);
  const memo = parseMemo(memoOf(request));
  if (!memo) return stays('nothing had been finished');
  if (isOutOfReach(asked)) return stays('it is in another account or Region');
  if (!properties.removeTags && memo.moved.size === 0) return stays('as the template says');
  const own = await readStack(asked);
  const isGoing = await wholeStackGoes(asked, own);
  if (!isGoing && !isRollingBack(own.status)) return stays('the stack stays');
  if (isGoing && !properties.removeTags) return stays('as the template says');
  const job = await atLocation(asked, clients, properties, request.StackId);
  if (isGoing) return removeTags(job, name, memo, keepsImage);
  try {
    await putBack(job, name, memo, properties.tags);
  } catch (error) {
    if (!(error instanceof Explained)) throw error;
    asked.log(`the stack is rolling back, so this is no failure: ${error.message}`);
  }
}
