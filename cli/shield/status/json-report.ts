import { hoursSinceSuccess, isProtected, problemsOf, Report } from './report';

/** The members are public: docs/reference/command-line.md. */
export function reportAsJson(report: Report): string {
  const { bucket, stop, lastSuccess, latestRun, images, policyGaps, failures, damagedObjects } = report;
  return `${JSON.stringify({
    bucket,
    isWell: problemsOf(report).length === 0,
    stopped: stop ? { at: stop.at ?? null, by: stop.by ?? null, reason: stop.reason ?? null } : null,
    lastSuccess: timeOf(lastSuccess),
    hoursSinceSuccess: hoursSinceSuccess(report) ?? null,
    latestRun: latestRun ? {
      run: latestRun.run,
      startedAt: timeOf(latestRun.startedAt),
      outcome: latestRun.outcome,
      environments: latestRun.environments,
      searchedEnvironments: latestRun.searchedEnvironments,
      missingEnvironments: latestRun.missingEnvironments,
      uses: latestRun.uses,
    } : null,
    images: images.map(image => ({
      registry: image.registry,
      region: image.region,
      repository: image.repository,
      imageDigest: image.digest,
      phase: image.phase,
      since: image.since,
      lastUsed: image.lastUsed,
      seenIn: image.seenIn,
      usedBy: image.usedBy,
      live: image.live ?? null,
      hasKeepTag: image.hasKeepTag ?? null,
      isKeptByPolicy: image.isKeptByPolicy ?? null,
      isProtected: isProtected(image) ?? null,
    })),
    policyGaps,
    findings: (latestRun?.findings ?? []).map(({ kind, message, repositoryName, imageDigest, environment }) =>
      ({ kind, message, repository: repositoryName ?? null, imageDigest: imageDigest ?? null, environment: environment ?? null })),
    moreFindings: latestRun?.moreFindings ?? 0,
    damagedObjects: [...damagedObjects, ...latestRun?.damagedObjects ?? []],
    failures,
  }, null, 2)}\n`;
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
