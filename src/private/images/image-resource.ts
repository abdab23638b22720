import { CustomResource, Stack, Token } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { tagsProblems } from '../../core/images/digest';
import type { RepositoryLocation } from '../../core/wire/location';
import { HandlerDescriptor, HandlerFunction } from '../handler/handler-function';
import { exemptFromLock } from '../policy/deletion-lock';
import { throwProblems } from '../problems';
import { accessOf, allowOnRepository, locateRepository, locationProblems } from '../repository/repository-location';
import { targetSuffix } from '../repository/unowned-repository';
import { shortHash } from '../short-hash';

/** Custom resource for images of one repository. */
export interface ImageResource {
  readonly repository: aws_ecr.IRepositoryRef;
  /** Property of the construct that contains the repository. */
  readonly property: string;
  readonly resourceType: string;
  readonly descriptor: HandlerDescriptor;
  /** @default - the function of the stack for this handler */
  readonly handler?: HandlerFunction;
  /** Actions of the function on the repository. */
  readonly actions: readonly string[];
  readonly problems: readonly string[];
  properties(handler: HandlerFunction, location: RepositoryLocation): Record<string, unknown>;
}

/**
 * Creates the custom resource. The function gets permissions on this repository only. In another account, the role there has the
 * permissions.
 */
export function imageResource(scope: Construct, image: ImageResource): CustomResource {
  const { repository } = image;
  const access = accessOf(repository);
  throwProblems(scope.node.path, [...new Set([...locationProblems(scope, repository, access, image.property), ...image.problems])]);
  const handler = image.handler ?? HandlerFunction.of(scope, image.descriptor);
  const location = locateRepository(scope, repository, access);
  const policies = allowOnRepository(handler, scope, 'AccessPolicy', location, { reads: [], statements: [] });
  if (!access) {
    handler.allowOn(image.actions, repository.repositoryRef.repositoryArn);
    exemptFromLock(scope, repository, handler, image.actions);
  }
  const id = `Resource${targetSuffix(scope, repository)}${functionSuffix(image.handler)}`;
  const resource = handler.customResource(scope, id, image.resourceType, image.properties(handler, location));
  resource.node.addDependency(...policies);
  return resource;
}

/** A custom resource cannot change its function, so a resource with another function has another id. */
function functionSuffix(handler: HandlerFunction | undefined): string {
  return handler ? shortHash(handler.node.path.slice(Stack.of(handler).node.path.length), 8) : '';
}

/** A text that begins with `sha256:` is recognized as a digest at synthesis; a token alone is not. */
export function digestAttribute(resource: CustomResource, attribute: string): string {
  return `sha256:${resource.getAttString(attribute)}`;
}

export function numberAttribute(resource: CustomResource, attribute: string): number {
  return Token.asNumber(resource.getAtt(attribute));
}

/** Tags that are tokens are validated by the handler. */
export function tagListProblems(tags: readonly string[], property: string): string[] {
  return Token.isUnresolved(tags) ? [] : tagsProblems(tags.filter(tag => !Token.isUnresolved(tag)), property, tags.length);
}
