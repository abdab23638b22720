import type { EnhancedImageScanFinding, ImageScanFinding, ImageScanFindings } from '@aws-sdk/client-ecr';
import { severityOf } from '../../src/core/scan/severity';
import type { Finding } from '../../src/core/scan/verdict';

/** What either kind of scanning found. Enhanced scanning keeps findings that were mended or suppressed, which do not count. */
export function findingsIn({ findings = [], enhancedFindings = [] }: ImageScanFindings): Finding[] {
  return [...findings.map(basic), ...enhancedFindings.filter(({ status = 'ACTIVE' }) => status === 'ACTIVE').map(enhanced)];
}

function basic({ name = '', severity, attributes = [] }: ImageScanFinding): Finding {
  const attribute = (key: string) => attributes.find(each => each.key === key)?.value;
  return { name, severity: severityOf(severity), packageName: attribute('package_name'), packageVersion: attribute('package_version') };
}

function enhanced({ severity, packageVulnerabilityDetails: details, title, findingArn }: EnhancedImageScanFinding): Finding {
  const [{ name: packageName, version: packageVersion, fixedInVersion } = {}] = details?.vulnerablePackages ?? [];
  return {
    name: details?.vulnerabilityId ?? title ?? findingArn ?? '',
    severity: severityOf(severity),
    packageName,
    packageVersion,
    fixedInVersion: fixedInVersion === 'NotAvailable' ? undefined : fixedInVersion,
  };
}
