import { AwsError, invalidParameter } from '../aws-error';
import { integer, list, oneOf, optionalText } from '../constraints';
import { malformed } from '../image-ids';
import { parseLifecyclePolicy } from '../lifecycle-policy';
import { startPreview, summaryOf } from '../lifecycle-preview';
import { EcrRequest, onRepository } from '../operation';
import type { ImageId, LifecyclePreview, PreviewResult, Repository } from '../repository';
import { requireLifecyclePolicy } from './lifecycle-policy';

export const startLifecyclePolicyPreview = onRepository('StartLifecyclePolicyPreview', (repository, request) => {
  const given = optionalText('lifecyclePolicyText', request.input.lifecyclePolicyText);
  if (given !== undefined) parseLifecyclePolicy(given, request.readings);
  const text = given === undefined ? requireLifecyclePolicy(repository).text : request.lifecycleTextAsStored(given);
  if (repository.preview?.status === 'IN_PROGRESS') {
    throw new AwsError('LifecyclePolicyPreviewInProgressException',
      'The previous lifecycle policy preview request has not completed. Wait and try again.');
  }
  const isKept = repository.preview?.status === 'COMPLETE' && request.readings.isOther('preview-replaced');
  if (isKept) return heading(repository, repository.preview!);
  repository.preview = startPreview(repository, { text, polls: request.previewPolls, now: request.now(), readings: request.readings });
  return heading(repository, repository.preview);
});

export const getLifecyclePolicyPreview = onRepository('GetLifecyclePolicyPreview', (repository, request) => {
  const query = readQuery(request);
  const { preview } = repository;
  if (!preview) throw new AwsError('LifecyclePolicyPreviewNotFoundException', 'There is no dry run for this repository.');
  if (preview.status === 'IN_PROGRESS') {
    if (preview.pollsLeft === 0) preview.status = 'COMPLETE';
    else preview.pollsLeft -= 1;
  }
  // An incomplete preview has no results, so that a caller that ignores the status fails a test.
  const { readings } = request;
  const isPartial = preview.status === 'IN_PROGRESS' && readings.isOther('preview-incomplete-empty');
  const isCurrent = readings.isOther('preview-snapshot');
  const { results } = isCurrent ? startPreview(repository, { text: preview.text, polls: 0, now: request.now(), readings }) : preview;
  const available = isPartial ? results.slice(0, Math.ceil(results.length / 2)) : results;
  const hasResults = isPartial || preview.status === 'COMPLETE';
  const page = hasResults ? pageOf({ ...preview, results: available }, repository, request, query) : { previewResults: [] };
  const isOfPage = readings.isOther('preview-summary-complete');
  return { ...heading(repository, preview), summary: summaryOf(isOfPage ? page.previewResults : results, preview.status), ...page };
});

interface Query {
  readonly size: number;
  readonly token?: string;
  readonly tagStatus: 'TAGGED' | 'UNTAGGED' | 'ANY';
  readonly imageIds?: readonly ImageId[];
}

function readQuery({ input }: EcrRequest): Query {
  const imageIds = list<ImageId>('imageIds', input.imageIds, 1, 100);
  const maxResults = integer('maxResults', input.maxResults, 1, 100);
  const token = optionalText('nextToken', input.nextToken);
  if (imageIds && (maxResults !== undefined || token !== undefined)) {
    throw invalidParameter('imageIds', 'must not be combined with maxResults or nextToken');
  }
  const invalid = imageIds?.map(malformed).find(failure => failure !== undefined);
  if (invalid) throw invalidParameter('imageIds', invalid.failureReason);
  const { tagStatus } = (input.filter ?? {}) as { tagStatus?: unknown };
  return {
    size: maxResults ?? 100,
    ...token === undefined ? {} : { token },
    tagStatus: oneOf('filter.tagStatus', tagStatus, ['TAGGED', 'UNTAGGED', 'ANY']) ?? 'ANY',
    ...imageIds ? { imageIds } : {},
  };
}

interface Page {
  readonly previewResults: readonly PreviewResult[];
  readonly nextToken?: string;
}

/** Omits ids that are not in the preview, because the operation has no ImageNotFoundException. */
function pageOf(preview: LifecyclePreview, repository: Repository, { operation, tokens }: EcrRequest, query: Query): Page {
  const rows = preview.results.filter(row => matches(row, query));
  if (query.imageIds) return { previewResults: rows };
  const scope = `${operation} ${repository.arn} ${preview.id} ${query.tagStatus}`;
  const [from] = tokens.open(scope, query.token) ?? [0];
  const until = from + query.size;
  return { previewResults: rows.slice(from, until), ...until < rows.length ? { nextToken: tokens.seal(scope, [until]) } : {} };
}

function matches({ imageDigest, imageTags = [] }: PreviewResult, { tagStatus, imageIds }: Query): boolean {
  const isNamed = (id: ImageId) => (id.imageDigest === undefined || id.imageDigest === imageDigest)
    && (id.imageTag === undefined || imageTags.includes(id.imageTag));
  return (tagStatus === 'ANY' || (tagStatus === 'TAGGED') === imageTags.length > 0) && (imageIds?.some(isNamed) ?? true);
}

function heading({ settings }: Repository, { text, status }: LifecyclePreview): object {
  return { registryId: settings.account, repositoryName: settings.name, lifecyclePolicyText: text, status };
}
