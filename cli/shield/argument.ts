import { InvalidArgumentError } from 'commander';
import { isTag } from '../../src/core/images/digest';
import { repositoryNameProblems } from '../../src/core/repository-name';
import { MAX_TAG_PREFIX } from '../../src/core/shield/tags';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function bucket(text: string): string {
  if (!BUCKET.test(text)) throw new InvalidArgumentError('It must be the name of a bucket, without s3:// and without a key.');
  return text;
}

export function tagPrefix(text: string): string {
  if (!isTag(text) || text.length > MAX_TAG_PREFIX) {
    throw new InvalidArgumentError(`It must be the beginning of tags such as in-use-, with at most ${MAX_TAG_PREFIX} characters.`);
  }
  return text;
}

export function prefixes(text: string, previous: readonly string[] = []): string[] {
  if (repositoryNameProblems(`${text}name`).length > 0) {
    throw new InvalidArgumentError('It must be the beginning of repository names, such as team/.');
  }
  return [...new Set([...previous, text])];
}
