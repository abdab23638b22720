import { decodeLocation, decodeRepositoryArn, encodeLocation, RepositoryLocation } from './location';
import { flag, optionalText, optionalWholeNumber, text, WireError } from './scalars';
import { SHORTEST_SCAN_AGE } from '../scan/scan-age';
import { SEVERITIES } from '../scan/severity';
import type { FindingLimits, Ignored, ScanRules } from '../scan/verdict';

/** Contract between `src/private` and `lambda/scan-gate`: the image to evaluate, and the rules of the gate. */
export const SCAN_GATE_RESOURCE_TYPE = 'Custom::EcrScanGate';
export const SCAN_GATE_HANDLER = 'scan-gate';

export interface ScanGateProperties extends RepositoryLocation, ScanRules {
  readonly repositoryArn: string;
  readonly tagOrDigest: string;
  readonly timeoutSeconds: number;
  /** Maximum age of a basic scan. An older scan is repeated. */
  readonly maxScanAgeSeconds: number;
  /** Whether to accept an image that no scanner supports. */
  readonly allowUnsupported: boolean;
  /** Value whose change evaluates the image again. */
  readonly trigger?: string;
}

/** Attributes for `Fn::GetAtt`, in addition to the count of every severity under its name. */
export const SCAN_GATE_ATTRIBUTES = { digestHex: 'ImageDigestHex', summary: 'Summary', ignored: 'IGNORED' } as const;

export function encodeScanGate(properties: ScanGateProperties): Record<string, unknown> {
  return {
    RepositoryArn: properties.repositoryArn,
    TagOrDigest: properties.tagOrDigest,
    Limits: properties.limits,
    Ignored: properties.ignored.length === 0 ? undefined
      : properties.ignored.map(({ name, until }) => ({ Name: name, Until: new Date(until).toISOString() })),
    TimeoutSeconds: properties.timeoutSeconds,
    MaxScanAgeSeconds: properties.maxScanAgeSeconds,
    AllowUnsupported: properties.allowUnsupported,
    Trigger: properties.trigger,
    ...encodeLocation(properties),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeScanGate(raw: Readonly<Record<string, unknown>>): ScanGateProperties {
  const timeoutSeconds = optionalWholeNumber(raw, 'TimeoutSeconds');
  if (timeoutSeconds === undefined) throw new WireError('TimeoutSeconds', 'a whole number of seconds', undefined);
  return {
    repositoryArn: decodeRepositoryArn(raw),
    tagOrDigest: text(raw, 'TagOrDigest'),
    limits: decodeLimits(raw.Limits),
    ignored: decodeIgnored(raw.Ignored),
    timeoutSeconds,
    maxScanAgeSeconds: optionalWholeNumber(raw, 'MaxScanAgeSeconds') ?? SHORTEST_SCAN_AGE,
    allowUnsupported: flag(raw, 'AllowUnsupported'),
    trigger: optionalText(raw, 'Trigger'),
    ...decodeLocation(raw),
  };
}

function decodeLimits(value: unknown): FindingLimits {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    throw new WireError('Limits', 'an object of severities and numbers', value);
  }
  const raw = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(raw).find(key => !SEVERITIES.some(severity => severity === key));
  if (unknown !== undefined) throw new WireError('Limits', `an object of ${SEVERITIES.join(', ')}`, unknown);
  return Object.fromEntries(Object.keys(raw).map(severity => [severity, optionalWholeNumber(raw, severity)]));
}

function decodeIgnored(value: unknown): Ignored[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new WireError('Ignored', 'a list', value);
  return value.map((item: Readonly<Record<string, unknown>> | null) => {
    const until = Date.parse(String(item?.Until));
    if (typeof item?.Name !== 'string' || Number.isNaN(until)) {
      throw new WireError('Ignored', 'a list of objects with a Name and a time Until', item);
    }
    return { name: item.Name, until };
  });
}
