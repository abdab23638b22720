import { createHmac, randomBytes } from 'node:crypto';
import { invalidParameter } from './aws-error';

/** Opaque tokens that are valid only for their request. */
export class PageTokens {
  private readonly secret = randomBytes(16);

  seal(scope: string, position: readonly number[]): string {
    const text = position.join('.');
    return Buffer.from(`${text}|${this.sign(scope, text)}`).toString('base64url');
  }

  open(scope: string, token: string | undefined): number[] | undefined {
    if (token === undefined) return undefined;
    const [position, signature] = Buffer.from(token, 'base64url').toString('utf8').split('|');
    if (!signature || signature !== this.sign(scope, position)) throw invalidParameter('nextToken', 'Invalid next token');
    return position.split('.').map(Number);
  }

  private sign(scope: string, position: string): string {
    return createHmac('sha256', this.secret).update(`${scope}|${position}`).digest('base64url');
  }
}
