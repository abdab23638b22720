import { hasIntrinsics } from '../../../src/core/intrinsics';
import { isJsonObject, JsonObject } from '../../../src/core/json';
import { Finding, findingsAbout } from '../finding';
import type { LiveRepository } from '../live-repository';

const finding = findingsAbout('scanning');

/** Turning on scanning does no harm. Turning it off does. */
export function compareScanning({ ImageScanningConfiguration: declared }: JsonObject, { isScannedOnPush }: LiveRepository): Finding[] {
  const { ScanOnPush: setting = false } = isJsonObject(declared) ? declared : {};
  const remedy = { code: { imports: [], properties: [`imageScanOnPush: ${isScannedOnPush}`] } };
  if (hasIntrinsics(declared)) return [finding('UNKNOWN', 'whether images are scanned on push is unknown until deployment', remedy)];
  const isDeclared = String(setting) === 'true';
  if (isDeclared === isScannedOnPush) return [];
  return [isDeclared ? finding('NOTE', 'images would be scanned on push after the import')
    : finding('OVERWRITTEN', 'images would no longer be scanned on push', remedy)];
}
