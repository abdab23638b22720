import { integer, list, oneOf, optionalText, requiredText } from '../constraints';
import { onRepository } from '../operation';
import type { ImageStatus } from '../repository';

/** Authorized as ecr:BatchGetImage (ECR API reference, ListImageReferrers). The subject does not have to exist. */
export const listImageReferrers = onRepository('BatchGetImage', (repository, { operation, input, tokens }) => {
  const { imageDigest } = (input.subjectId ?? {}) as { imageDigest?: unknown };
  const subject = requiredText('subjectId.imageDigest', imageDigest, { pattern: 'sha256:[a-f0-9]{64}' });
  const filter = (input.filter ?? {}) as { artifactTypes?: unknown; artifactStatus?: unknown };
  const types = list<string>('filter.artifactTypes', filter.artifactTypes, 1, 5);
  const status = oneOf<ImageStatus | 'ANY'>('filter.artifactStatus', filter.artifactStatus, ['ACTIVE', 'ARCHIVED', 'ACTIVATING', 'ANY'])
    ?? 'ACTIVE';
  const size = integer('maxResults', input.maxResults, 1, 50) ?? 20;
  const scope = `${operation} ${repository.arn} ${subject} ${types?.join(' ') ?? ''} ${status}`;
  const [from] = tokens.open(scope, optionalText('nextToken', input.nextToken)) ?? [0];
  const matching = repository.referrersOf(subject).filter(image =>
    (status === 'ANY' || image.status === status) && (!types || types.includes(image.artifactType ?? '')));
  return {
    referrers: matching.slice(from, from + size).map(image => ({
      digest: image.digest,
      mediaType: image.mediaType,
      ...image.artifactType === undefined ? {} : { artifactType: image.artifactType },
      size: image.size,
      ...image.annotations === undefined ? {} : { annotations: image.annotations },
      artifactStatus: image.status,
    })),
    ...from + size < matching.length ? { nextToken: tokens.seal(scope, [from + size]) } : {},
  };
});
