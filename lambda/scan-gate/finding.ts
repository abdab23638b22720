import type { EnhancedImageScanFinding, ImageScanFinding, ImageScanFindings } from '@aws-sdk/client-ecr';
import { severityOf } from '../../src/core/scan/severity';
import type { Finding } from '../../src/core/scan/verdict';

/** Returns the findings of basic or enhanced scanning, without those that enhanced scanning lists as closed or suppressed. */
export function findingsIn({ findings = [], enhancedFindings = [] }: ImageScanFindings): Finding[] {
  return [...findings.map(basicFinding), ...enhancedFindings.filter(({ status = 'ACTIVE' }) => status === 'ACTIVE').map(enhancedFinding)];
}

function basicFinding({ name = '', severity, attributes = [] }: ImageScanFinding): Finding {
  const attribute = (key: string) => attributes.find(each => each.key === key)?.value;
  return { name, severity: severityOf(severity), packageName: attribute('package_name'), packageVersion: attribute('package_version') };
}

function enhancedFinding({ severity, packageVulnerabilityDetails: details, title, findingArn }: EnhancedImageScanFinding): Finding {
  const [{ name: packageName, version: packageVersion, fixedInVersion } = {}] = details?.vulnerablePackages ?? [];
  return {
    name: details?.vulnerabilityId ?? title ?? findingArn ?? '',
    severity: severityOf(severity),
    packageName,
    packageVersion,
    fixedInVersion: fixedInVersion === 'NotAvailable' ? undefined : fixedInVersion,
  };
}
