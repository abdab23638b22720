import { Construct, Dependable } from 'constructs';
import { ScanRule, ScanType } from './scan-rule';
import { checkProps, instanceOf, listOf, oneOf, PropertyTypes, required, TEXT } from '../private/property-types';
import { ScanningSetting } from '../private/registry/scanning-setting';

/**
 * Properties of `RegistryScanning`.
 *
 * @stability stable
 */
export interface RegistryScanningProps {
  /** Rules, at least one. The registry can have 100 filters for each frequency, including those of other stacks. */
  readonly rules: ScanRule[];

  /**
   * Scan type of the whole registry. If another stack of the account and Region needs the other type, the deployment fails and names that
   * stack.
   *
   * The type is not changed back when the stack is deleted.
   *
   * @default - enhanced scanning if a rule is continuous, otherwise the type that the registry has
   */
  readonly scanType?: ScanType;

  /**
   * Value that you change to write the rules again, 1 to 256 characters.
   *
   * @default - the rules are written when they change
   */
  readonly trigger?: string;
}

const PROPERTY_TYPES: PropertyTypes<RegistryScanningProps> = {
  rules: required(listOf(instanceOf('ScanRule', 'ScanRule.onPush(\'*\')'))), scanType: oneOf('ScanType', ScanType), trigger: TEXT,
};

/**
 * Scan rules that the stack adds to the private registry of its account and Region.
 *
 * A registry has one scanning configuration, and the CloudFormation resource `AWS::ECR::RegistryScanningConfiguration` replaces all of it.
 * Any number of stacks can have this construct: each adds its filters and removes only these. Filters that another stack needs too, and
 * filters that were there before, are not removed.
 *
 * A continuous rule turns enhanced scanning on for the whole registry, also for the rules of other stacks. Amazon Inspector bills it.
 *
 * Each stack writes the keys of its filters to a parameter below `/cdk-ecr-keeper/registry/scanning`. Whoever may write there decides
 * which filters are removed.
 *
 * @throws if a rule is invalid, with all problems in one error
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
 *
 * @example
 * new registry.RegistryScanning(this, 'Scanning', {
 *   rules: [registry.ScanRule.continuous('team/*'), registry.ScanRule.onPush('*')],
 * });
 * @stability stable
 */
export class RegistryScanning extends Construct {
  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Rules to add.
   */
  constructor(scope: Construct, id: string, props: RegistryScanningProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const { resource } = ScanningSetting.add(this, props);
    Dependable.implement(this, { dependencyRoots: [this, resource] });
  }
}
