import { randomBytes } from 'node:crypto';

export interface Login {
  readonly accessKeyId: string;
  readonly region: string;
}

export interface IssuedPassword extends Login {
  readonly password: string;
  readonly expiresAt: number;
}

/** "Valid for 12 hours" (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html). */
const LIFETIME = 12 * 3_600_000;

/** The passwords of GetAuthorizationToken and their callers. */
export class RegistryPasswords {
  private readonly issued = new Map<string, IssuedPassword>();

  issue(login: Login, now: number): IssuedPassword {
    const issued = { ...login, password: randomBytes(48).toString('base64url'), expiresAt: now + LIFETIME };
    this.issued.set(issued.password, issued);
    return issued;
  }

  /** Returns the caller for a header `Basic base64(AWS:password)`, even if it is expired. */
  find(authorization: string | undefined): IssuedPassword | undefined {
    const encoded = /^Basic +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (encoded === undefined) return undefined;
    const [, password] = /^AWS:(.+)$/.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
    return this.issued.get(password ?? '');
  }
}
