import { CustomResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { allowClaims } from './claim-permissions';
import { allowServiceLinkedRole } from './service-linked-role';
import type { ScanType } from '../../core/registry-rules/claim';
import {
  filtersByFrequency, filtersWithout, MAX_SCAN_FILTER_LENGTH, MAX_SCAN_FILTERS, SCAN_FILTER, ScanFilter,
} from '../../core/registry-rules/scan-rules';
import { encodeRegistryScanning, REGISTRY_SCANNING_RESOURCE_TYPE } from '../../core/wire/registry-scanning';
import { mustBeKnown } from '../guards';
import { REGISTRY_SCANNING_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { throwProblems, triggerProblems } from '../problems';
import { Triggers } from '../triggers';

const ID = 'EcrRegistryScanning';

/** Options as users write them, without the public types. */
interface ScanningOptions {
  readonly rules: ReadonlyArray<{ readonly _filters: readonly ScanFilter[] }>;
  readonly scanType?: ScanType;
  readonly trigger?: string;
}

/** Custom resource of a stack for the scanning configuration of its registry, with the rules of all its constructs. */
export class ScanningSetting extends Construct {
  /** @throws if a rule is invalid, or if another construct of the stack needs another scan type */
  public static add(scope: Construct, options: ScanningOptions): ScanningSetting {
    const stack = Stack.of(scope);
    const setting = stack.node.tryFindChild(ID) as ScanningSetting | undefined ?? new ScanningSetting(stack);
    setting.add(scope, options);
    return setting;
  }

  public readonly resource: CustomResource;
  /** By their texts, so that a filter of two constructs is one filter. */
  private readonly filters = new Map<string, ScanFilter>();
  private readonly triggers = new Triggers();
  private readonly handler: HandlerFunction;
  private scanType?: { readonly value: ScanType; readonly path: string };

  private constructor(stack: Stack) {
    super(stack, ID);
    this.handler = HandlerFunction.of(this, REGISTRY_SCANNING_FUNCTION);
    allowClaims(this.handler, 'scanning');
    this.handler.allowOnAnyResource(['ecr:GetRegistryScanningConfiguration', 'ecr:PutRegistryScanningConfiguration']);
    this.allowEnhancedScanning();
    const filtersOf = (frequency: string) =>
      Lazy.uncachedList({
        produce: () => [...this.filters.values()].filter(each => each.frequency === frequency).map(({ filter }) => filter!),
      }, { omitEmpty: true });
    this.resource = this.handler.customResource(this, 'Default', REGISTRY_SCANNING_RESOURCE_TYPE, encodeRegistryScanning({
      registryId: stack.account,
      scanType: Lazy.uncachedAny({ produce: () => this.scanType?.value }),
      onPush: filtersOf('SCAN_ON_PUSH'),
      continuous: filtersOf('CONTINUOUS_SCAN'),
      trigger: this.triggers.property,
    }));
  }

  private add({ node: { path } }: Construct, { rules, scanType, trigger }: ScanningOptions): void {
    if (Token.isUnresolved(rules)) throwProblems(path, [mustBeKnown('rules')]);
    const filters = rules.flatMap(({ _filters }) => _filters);
    const isContinuous = filtersWithout('BASIC', filters).length > 0;
    for (const each of filters) this.filters.set(`${each.frequency} ${each.filter}`, each);
    throwProblems(path, [
      ...rules.length === 0 ? ['\'rules\' must have at least one rule, got none'] : [],
      ...scanType === 'BASIC' && isContinuous ? ['\'rules\' must have no continuous rule with basic scanning. Use ScanType.ENHANCED'] : [],
      ...[...filtersByFrequency([...this.filters.values()]).values()].filter(ofRule => ofRule.length > MAX_SCAN_FILTERS).map(ofRule =>
        `a registry has at most ${MAX_SCAN_FILTERS} filters for a frequency, got: ${ofRule.length} in this stack`),
      ...triggerProblems(trigger),
    ]);
    const needed = scanType ?? (isContinuous ? 'ENHANCED' : undefined);
    const other = this.scanType;
    if (needed !== undefined && other !== undefined && other.value !== needed) {
      throwProblems(path, [`needs ${needed} scanning, but '${other.path}' needs ${other.value}, and a registry has one scan type`]);
    }
    if (needed !== undefined) this.scanType = { value: needed, path };
    this.triggers.add(trigger);
  }

  /**
   * What a caller needs who writes rules of enhanced scanning, which somebody else can turn on at any time. `inspector2:Disable` is not
   * among it, because it ends the scans of the account.
   * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
   */
  private allowEnhancedScanning(): void {
    this.handler.allowOnAnyResource(['inspector2:Enable', 'inspector2:ListAccountPermissions']);
    allowServiceLinkedRole(this.handler, 'inspector2.amazonaws.com', 'AWSServiceRoleForAmazonInspector2');
  }
}

export function scanFilterProblems(filters: readonly string[]): string[] {
  if (Token.isUnresolved(filters)) return [mustBeKnown('filters')];
  if (filters.length === 0) return ['\'filters\' must have at least one filter, such as \'*\', got none'];
  return filters.flatMap((filter, index) => {
    if (Token.isUnresolved(filter)) return [mustBeKnown(`filters[${index}]`)];
    return filter.length <= MAX_SCAN_FILTER_LENGTH && SCAN_FILTER.test(filter) ? []
      : [`'filters[${index}]' must have 1 to ${MAX_SCAN_FILTER_LENGTH} lowercase letters, digits, and '*', with single separators ('.',`
        + ` '_', '-', '/') between them, such as team/*, got: ${JSON.stringify(filter)}`];
  });
}
