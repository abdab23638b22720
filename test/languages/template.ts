import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Required contents, so that empty templates are not equal. */
const GETTING_STARTED = ['AWS::CDK::Metadata', 'AWS::ECR::Repository', 'AWS::IAM::Policy', 'AWS::Lambda::Function', 'Custom::EcrTeardown'];
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  GettingStarted: GETTING_STARTED,
  Images: [
    ...GETTING_STARTED, 'Custom::EcrImageCopy', 'Custom::EcrImageTags', 'Custom::EcrLifecycleGuard', 'Custom::EcrRepositoryPolicy',
    'Custom::EcrScanGate',
  ],
};

export const STACKS = Object.keys(EXPECTED);

/** Returns a template with sorted keys and without the name of the language. Asset hashes and everything else are retained. */
export function readTemplate(directory: string, stack: string): string {
  const template = JSON.parse(readFileSync(join(directory, `${stack}.template.json`), 'utf8'));
  const types = new Set(Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type));
  const missing = EXPECTED[stack].filter(type => !types.has(type));
  if (missing.length > 0) throw new Error(`the template of ${stack} has no ${missing.join(', no ')}`);
  const { Properties: properties } = template.Resources.CDKMetadata;
  properties.Analytics = withoutLanguage(properties.Analytics);
  return `${JSON.stringify(template, sorted, 2)}\n`;
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => one < other ? -1 : 1));
}

/**
 * Returns the constructs and the versions of their libraries, which must be equal. jsii adds itself with the version of the language.
 * https://docs.aws.amazon.com/cdk/v2/guide/usage-data.html
 */
function withoutLanguage(analytics: string): string {
  const packed = /^v2:deflate64:(.+)$/.exec(analytics)?.[1];
  if (!packed) throw new Error(`AWS::CDK::Metadata has an unknown format: ${analytics}`);
  return gunzipSync(Buffer.from(packed, 'base64')).toString().replace(/,?[^,{}]*!jsii-runtime\.Runtime/, '');
}

/** Returns the differences as `git diff` shows them; an empty text if there are none. */
export function difference(reference: string, other: string, place: { readonly reference: string; readonly other: string }): string {
  if (reference === other) return '';
  // Policies are texts in one line. On several lines, their differences are visible.
  const shown = (template: string) => template.replace(/,(?=\S)/g, ',\n');
  writeFileSync(place.reference, shown(reference));
  writeFileSync(place.other, shown(other));
  try {
    return execFileSync('git', ['diff', '--no-index', '--no-color', '--unified=4', basename(place.reference), basename(place.other)],
      { cwd: dirname(place.reference), encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout; // exit code 1 if there is a difference
  }
}
