import { readFileSync } from 'node:fs';
import { handlerOf, isOfHandler } from './least-privilege';
import { DeployedStack } from '../../lambda/deployed-stack';
import type { IamStatement } from '../../local-ecr/iam';
import type { StackArtifact } from '../stacks';

export interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties?: any }>;
}

export function templateOf(artifact: StackArtifact): Template {
  return JSON.parse(readFileSync(artifact.templateFullPath, 'utf8'));
}

/** Returns the statements of all policies for the role of each handler. */
export function policiesOf(stackId: string, { Resources }: Template, parameters: Record<string, string> = {}): Map<string, IamStatement[]> {
  const roles = Object.keys(Resources).filter(id => Resources[id].Type === 'AWS::IAM::Role' && isOfHandler(id));
  return new Map(roles.map(role => {
    const attached: Array<{ Ref?: string }> = Resources[role].Properties.ManagedPolicyArns ?? [];
    const isOfAnother = (id: string, { Type, Properties }: Template['Resources'][string]) =>
      (Type === 'AWS::IAM::Policy' && !Properties.Roles.some((each: { Ref: string }) => each.Ref === role))
      || (Type === 'AWS::IAM::ManagedPolicy' && !attached.some(({ Ref }) => Ref === id));
    const own = Object.fromEntries(Object.entries(Resources).filter(([id, resource]) => !isOfAnother(id, resource)));
    return [handlerOf(role), new DeployedStack(stackId, own as never, parameters).policy()];
  }));
}
