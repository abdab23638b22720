/** Tags that builds and deployments move from image to image: the default tag of clients, branches, and stages. */
const MOVING = new Set([
  'latest', 'current', 'stable', 'edge', 'nightly', 'canary', 'head', 'main', 'master', 'trunk', 'develop', 'dev', 'development', 'test',
  'testing', 'qa', 'uat', 'int', 'integration', 'stage', 'staging', 'preprod', 'prod', 'production', 'live', 'release',
]);

/** Whether a tag usually points to a different image after the next build or deployment. */
export function isMovingTag(tag: string): boolean {
  return MOVING.has(tag.toLowerCase()) || /-latest$/i.test(tag);
}
