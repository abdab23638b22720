import { IResolvable, Lazy } from 'aws-cdk-lib';

/** The values of `trigger` of all constructs that share one custom resource. */
export class Triggers {
  /** Property of the custom resource, which changes when one of the values changes. */
  public readonly property: IResolvable = Lazy.uncachedAny({
    produce: () => this.values.size > 0 ? [...this.values].join(' ') : undefined,
  });
  private readonly values = new Set<string>();

  public add(trigger: string | undefined): void {
    if (trigger !== undefined) this.values.add(trigger);
  }
}
