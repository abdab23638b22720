import { CustomResource, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { tagsProblems } from '../../core/images/digest';
import type { RepositoryLocation } from '../../core/wire/location';
import { HandlerDescriptor, HandlerFunction } from '../handler/handler-function';
import { throwProblems } from '../problems';
import { accessOf, allowThere, locationOf, locationProblems } from '../repository/repository-location';
import { targetSuffix } from '../repository/unowned-repository';

/** A custom resource that does something to images of one repository. */
export interface ImageResource {
  readonly repository: aws_ecr.IRepositoryRef;
  /** How the construct calls it. @default 'repository' */
  readonly property?: string;
  readonly resourceType: string;
  readonly descriptor: HandlerDescriptor;
  /** What its function does to the repository. */
  readonly actions: readonly string[];
  readonly problems: readonly string[];
  properties(handler: HandlerFunction, place: RepositoryLocation): Record<string, unknown>;
}

/** Its function has rights on this repository alone; in another account, the role has them. */
export function imageResource(scope: Construct, image: ImageResource): CustomResource {
  const { repository } = image;
  const access = accessOf(repository);
  throwProblems(scope.node.path, [...new Set([...locationProblems(scope, repository, access, image.property), ...image.problems])]);
  const handler = HandlerFunction.of(scope, image.descriptor);
  const place = locationOf(scope, repository, access);
  const policies = allowThere(handler, scope, 'AccessPolicy', place, { reads: [], statements: [] });
  if (!access) handler.allowOn(image.actions, repository.repositoryRef.repositoryArn);
  const resource = handler.customResource(scope, `Resource${targetSuffix(scope, repository)}`, image.resourceType, image.properties(handler, place));
  resource.node.addDependency(...policies);
  return resource;
}

/** Rights that no resource can be named for. */
export function allowAnywhere(handler: HandlerFunction, actions: string[]): void {
  handler.allowOnce(new iam.PolicyStatement({ actions, resources: ['*'] }));
}

/** A text that begins with `sha256:` is known for a digest by all who take a tag or a digest, a token alone is not. */
export function digestAttribute(resource: CustomResource, attribute: string): string {
  return `sha256:${resource.getAttString(attribute)}`;
}

export function numberAttribute(resource: CustomResource, attribute: string): number {
  return Token.asNumber(resource.getAtt(attribute));
}

/** Tags that are known only at deploy, one or all of them, are the handler's to look at. */
export function tagListProblems(tags: readonly string[], property: string): string[] {
  return Token.isUnresolved(tags) ? [] : tagsProblems(tags.filter(tag => !Token.isUnresolved(tag)), property, tags.length);
}

export function removesTags(removalPolicy: RemovalPolicy): boolean {
  return removalPolicy === RemovalPolicy.DESTROY;
}

export function removalPolicyProblems(removalPolicy: RemovalPolicy): string[] {
  return removalPolicy === RemovalPolicy.DESTROY || removalPolicy === RemovalPolicy.RETAIN ? []
    : [`'removalPolicy' must be RemovalPolicy.RETAIN or DESTROY, got: ${removalPolicy}`];
}
