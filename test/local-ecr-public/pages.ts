import type { PublicRequest } from './operation';
import { integer, optionalText } from '../local-ecr/constraints';

export interface Page {
  readonly size: number;
  readonly position: readonly number[];
  seal(position: readonly number[]): string;
}

/** 1 to 1,000 rows, 100 by default. A token is valid for its operation and its resource. */
export function readPage({ operation, input, tokens }: PublicRequest, resourceArn: string): Page {
  const scope = `${operation} ${resourceArn}`;
  return {
    size: integer('maxResults', input.maxResults, 1, 1000) ?? 100,
    position: tokens.open(scope, optionalText('nextToken', input.nextToken)) ?? [0, 0],
    seal: position => tokens.seal(scope, position),
  };
}
