import { hasIntrinsics } from '../../../src/core/intrinsics';
import { isJsonObject, JsonObject } from '../../../src/core/json';
import { Finding, findingsAbout } from '../finding';
import type { LiveRepository } from '../live-repository';

const finding = findingsAbout('scanning');

/** Scanning that begins harms nothing; scanning that ends does. */
export function compareScanning({ ImageScanningConfiguration: declared }: JsonObject, { isScannedOnPush }: LiveRepository): Finding[] {
  const { ScanOnPush: setting = false } = isJsonObject(declared) ? declared : {};
  const remedy = { code: { imports: [], properties: [`imageScanOnPush: ${isScannedOnPush}`] } };
  if (hasIntrinsics(declared)) return [finding('UNKNOWN', 'whether images are scanned on push is known only at deployment', remedy)];
  const isDeclared = String(setting) === 'true';
  if (isDeclared === isScannedOnPush) return [];
  return [isDeclared ? finding('NOTE', 'images would be scanned on push from then on')
    : finding('OVERWRITTEN', 'images would no longer be scanned on push', remedy)];
}
