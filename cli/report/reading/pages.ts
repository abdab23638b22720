import { UserError } from '../../../lambda/shared/protocol/errors';

interface Page {
  readonly nextToken?: string;
}

/**
 * Reads page after page.
 *
 * @param most number of items after which the answer cannot be true, so that a wrong answer cannot fill the memory
 */
export async function* pagesOf<P extends Page, T>(
  read: (nextToken: string | undefined) => Promise<P | undefined>, itemsOf: (page: P) => readonly T[], most: number,
): AsyncGenerator<readonly T[]> {
  let count = 0;
  let nextToken: string | undefined;
  do {
    const page = await read(nextToken);
    if (!page) return;
    const items = itemsOf(page);
    count += items.length;
    if (count > most) throw new UserError(`AWS returned more than ${most}, which this command does not read`);
    if (page.nextToken !== undefined && page.nextToken === nextToken) throw new UserError('AWS returned the same page again');
    yield items;
    nextToken = page.nextToken || undefined;
  } while (nextToken !== undefined);
}

/** Reads all pages. */
export async function allPages<P extends Page, T>(...reading: Parameters<typeof pagesOf<P, T>>): Promise<T[]> {
  const all = new Array<T>();
  for await (const items of pagesOf(...reading)) for (const item of items) all.push(item);
  return all;
}
