import { throughCloudFormation } from './through-cloudformation';
import {
  decodePullThroughCache, encodePullThroughCache, PullThroughCacheProperties,
} from '../../../src/core/wire/pull-through-cache';

const LEAST: PullThroughCacheProperties = { prefix: 'quay', upstreamRegistry: 'quay', upstreamUrl: 'quay.io' };

test.each<[string, Partial<PullThroughCacheProperties>]>([
  ['nothing but the upstream registry', {}],
  ['a secret', { upstreamRegistry: 'docker-hub', credentialArn: 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:x' }],
  ['a role and a prefix of an upstream registry of Amazon ECR', { upstreamRegistry: 'ecr', upstreamPrefix: 'team', roleArn: 'arn' }],
  ['the prefix ROOT', { prefix: 'ROOT' }],
])('round trip: %s', (_what, given) => {
  expect(decodePullThroughCache(throughCloudFormation(encodePullThroughCache({ ...LEAST, ...given })))).toEqual({ ...LEAST, ...given });
});

test.each([
  ['Prefix', 'A', 'the beginning of repository names of 2 to 30 characters, or ROOT, got: "A"'],
  ['Prefix', 'a'.repeat(31), `the beginning of repository names of 2 to 30 characters, or ROOT, got: "${'a'.repeat(31)}"`],
  ['UpstreamRegistry', 'npm', 'one of ecr, ecr-public, quay, k8s, docker-hub, github-container-registry, gitlab-container-registry,'
    + ' azure-container-registry, chainguard, got: "npm"'],
  ['UpstreamUrl', '', 'a string, got: ""'],
  ['UpstreamPrefix', '', 'a string, got: ""'],
  ['CredentialArn', '', 'a string, got: ""'],
  ['RoleArn', '', 'a string, got: ""'],
])('%s that does not decode is named', (property, value, message) => {
  expect(() => decodePullThroughCache({ ...throughCloudFormation(encodePullThroughCache(LEAST)), [property]: value }))
    .toThrow(`'${property}' must be ${message}`);
});
