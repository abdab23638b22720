import { createHash } from 'crypto';

/**
 * The first hexadecimal digits of a SHA-256. Logical ids, role names and properties are made of them: another result replaces what is
 * deployed.
 */
export function shortHash(text: string, digits: 8 | 12 | 16): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
