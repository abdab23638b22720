import { awscdk, IResolver, ReleasableCommits, Version, YamlFile } from 'projen';
import { Step, use, withVersions } from './actions';
import { PUBLIB } from './versions';

const MINUTES_OF_THE_GATE = 120;
const IMAGE = 'ubuntu-24.04';
const RELEASES = "needs.build.outputs.release == 'true'";
const READ = { contents: 'read' };

/**
 * Versions, workflows, and Dependabot. projen's release workflow is not used, because it does not run all checks, does not use pinned ids,
 * and requires tokens.
 *
 * The repository contains no secret. npm and PyPI authenticate this workflow by its identity (OIDC, "trusted publishing"), which you
 * configure once, with the environment of each job: https://docs.npmjs.com/trusted-publishers (the package must exist, so publish its first
 * version by hand) and https://docs.pypi.org/trusted-publishers. Maven Central and the repository of the Go module do not support OIDC.
 * Their secrets are in the environments `maven-central` and `go`, which only a run on main can read, after an approval if one is required.
 * Without these secrets, the two jobs publish nothing and print a message.
 */
export function addRelease(project: awscdk.AwsCdkConstructLibrary): void {
  const version = new Version(project, {
    versionInputFile: 'package.json',
    artifactsDirectory: 'dist',
    bumpPackage: 'commit-and-tag-version@^13', // asks for Node.js 22 or later, which a release is made with
    versionrcOptions: {},
    // Commits that cause a version by https://www.conventionalcommits.org: a feature, a fix, or a breaking change.
    releasableCommits: ReleasableCommits.exec([
      'git log --no-merges --oneline $LATEST_TAG..HEAD -E',
      "--grep '^(feat|fix|perf|revert)(\\([^()]+\\))?: '",
      "--grep '^[a-z]+(\\([^()]+\\))?!: '",
      "--grep '^BREAKING[ -]CHANGE: '",
    ].join(' ')),
  });

  project.addTask('release', {
    description: 'Create all published artifacts in dist/, with the version that the commits since the last tag result in',
    env: { RELEASE: 'true' }, // projen leaves the version as it is
    steps: [
      { exec: 'rm -rf dist' },
      { spawn: version.bumpTask.name },
      { spawn: 'compile-and-document' },
      { spawn: 'package-all' },
      { spawn: 'sbom' },
      { spawn: version.unbumpTask.name },
      { exec: 'git diff --ignore-space-at-eol --exit-code' },
    ],
  });

  workflow(project, 'build', {
    on: { pull_request: {} },
    concurrency: { 'group': 'build-${{ github.ref }}', 'cancel-in-progress': true },
    jobs: { gate: gate() },
  });
  // Pull requests are squashed, so the title becomes the commit that determines the version.
  workflow(project, 'title', {
    on: { pull_request: { types: ['opened', 'edited', 'reopened', 'synchronize'] } },
    concurrency: { 'group': 'title-${{ github.ref }}', 'cancel-in-progress': true },
    jobs: {
      title: job({}, 5, [{
        run: [
          "if ! grep -qE '^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\\([^()]+\\))?!?: .+' <<<\"$TITLE\"; then",
          "  echo '::error::The title is no conventional commit, like \"fix: what was wrong\": https://www.conventionalcommits.org'",
          '  exit 1',
          'fi',
        ].join('\n'),
        env: { TITLE: '${{ github.event.pull_request.title }}' },
      }]),
    },
  });
  workflow(project, 'release', {
    on: { push: { branches: ['main'] }, workflow_dispatch: {} },
    concurrency: { 'group': 'release', 'cancel-in-progress': false },
    jobs: {
      gate: { if: ON_MAIN, ...gate() },
      build: build(),
      github: github(),
      npm: npm(project.name),
      pypi: pypi(),
      maven: maven(),
      go: go(),
      site: site(),
    },
  });
  new YamlFile(project, '.github/dependabot.yml', { obj: dependabot(), committed: true });
}

/** Otherwise, a dispatch on another branch would release code that is not on main. */
const ON_MAIN = "github.ref == 'refs/heads/main'";

/** No permissions by default. Each job requests what it needs. */
function workflow(project: awscdk.AwsCdkConstructLibrary, name: string, content: object): void {
  new WorkflowFile(project, `.github/workflows/${name}.yml`, { obj: { name, permissions: {}, ...content }, committed: true });
}

class WorkflowFile extends YamlFile {
  protected synthesizeContent(resolver: IResolver): string | undefined {
    const yaml = super.synthesizeContent(resolver);
    return yaml && withVersions(yaml);
  }
}

function job(permissions: Record<string, string>, minutes: number, steps: Step[], more: object = {}): object {
  return { ...more, 'runs-on': IMAGE, 'timeout-minutes': minutes, permissions, steps };
}

/** No caches, because a pull request could write to a cache that a release reads. */
const NODE = use('actions/setup-node', { with: { 'node-version': '24', 'package-manager-cache': false } });
const TOOLS = [
  NODE,
  use('actions/setup-python', { with: { 'python-version': '3.11' } }),
  use('actions/setup-java', { with: { 'distribution': 'temurin', 'java-version': '17' } }),
  use('actions/setup-go', { with: { 'go-version': '1.26', 'cache': false } }),
];

function gate(): object {
  return job(READ, MINUTES_OF_THE_GATE, [
    use('actions/checkout', { with: { 'persist-credentials': false } }), ...TOOLS, { run: '.ci/run' },
  ]);
}

function build(): object {
  return job(READ, 60, [
    use('actions/checkout', { with: { 'fetch-depth': 0, 'persist-credentials': false } }),
    ...TOOLS,
    { run: 'npm ci' },
    { run: 'npx projen release' },
    {
      name: 'A version that has a tag is out already',
      id: 'version',
      run: [
        'tag=$(cat dist/releasetag.txt)',
        'git rev-parse --quiet --verify "refs/tags/$tag" && release=false || release=true',
        'echo "$tag: release=$release"',
        'printf \'tag=%s\\nrelease=%s\\n\' "$tag" "$release" >>"$GITHUB_OUTPUT"',
      ].join('\n'),
    },
    use('actions/upload-artifact', {
      if: "steps.version.outputs.release == 'true'",
      with: { 'name': 'dist', 'path': 'dist', 'if-no-files-found': 'error' },
    }),
    { run: 'npx projen site' },
    use('actions/upload-pages-artifact', { if: "steps.version.outputs.release == 'true'", with: { path: '.cache/site' } }),
  ], {
    needs: 'gate',
    outputs: { tag: '${{ steps.version.outputs.tag }}', release: '${{ steps.version.outputs.release }}' },
  });
}

/** Runs first: after a version has its tag, the next run creates another version. A failed job below can run again with the same files. */
function github(): object {
  return job({ contents: 'write' }, 10, [
    DIST,
    {
      run: [
        'gh release view "$TAG" ||',
        '  gh release create "$TAG" --title "$TAG" --notes-file dist/changelog.md --target "$GITHUB_SHA" dist/js/*.tgz dist/sbom.cdx.json',
      ].join('\n'),
      env: { GH_TOKEN: '${{ github.token }}', GH_REPO: '${{ github.repository }}', TAG: '${{ needs.build.outputs.tag }}' },
    },
  ], { needs: 'build', if: RELEASES });
}

const DIST = use('actions/download-artifact', { with: { name: 'dist', path: 'dist' } });
const PUBLISHING = { needs: ['build', 'github'], if: RELEASES };

/** Node.js 24 contains npm 11.5.1, the first version that publishes with OIDC, or a later version. */
function npm(name: string): object {
  return job({ 'id-token': 'write' }, 10, [
    DIST,
    NODE,
    {
      run: [
        `npm view "${name}@$(cat dist/version.txt)" version 2>/dev/null | grep -q . ||`,
        '  npm publish ./dist/js/*.tgz --access public --provenance --ignore-scripts',
      ].join('\n'),
    },
  ], { ...PUBLISHING, environment: 'npm' });
}

function pypi(): object {
  return job({ 'id-token': 'write' }, 10, [
    DIST,
    use('pypa/gh-action-pypi-publish', { with: { 'packages-dir': 'dist/python', 'skip-existing': true } }),
  ], { ...PUBLISHING, environment: 'pypi' });
}

function maven(): object {
  return withSecrets('maven-central', ['MAVEN_USERNAME', 'MAVEN_PASSWORD', 'MAVEN_GPG_PRIVATE_KEY', 'MAVEN_GPG_PRIVATE_KEY_PASSPHRASE'], [
    use('actions/setup-java', { with: { 'distribution': 'temurin', 'java-version': '17' } }),
  ], `npx --yes --package publib@${PUBLIB} publib-maven`, { MAVEN_SERVER_ID: 'central-ossrh' });
}

/** The key may write only to the repository of the Go module. */
function go(): object {
  const user = { GIT_USER_NAME: 'github-actions', GIT_USER_EMAIL: 'github-actions@github.com' };
  return withSecrets('go', ['GO_DEPLOY_KEY'], [], [
    'eval "$(ssh-agent -s)"',
    'ssh-add - <<<"$GO_DEPLOY_KEY"',
    'unset GO_DEPLOY_KEY',
    `npx --yes --package publib@${PUBLIB} publib-golang`,
  ].join('\n'), { ...user, GIT_USE_SSH: 'true' });
}

/**
 * The documentation site, after the version that it describes was published. Set the source of GitHub Pages to "GitHub Actions" once:
 * https://docs.github.com/en/pages/getting-started-with-github-pages/configuring-a-publishing-source-for-your-github-pages-site
 */
function site(): object {
  return job({ 'pages': 'write', 'id-token': 'write' }, 10, [use('actions/deploy-pages')], {
    needs: ['build', 'npm', 'pypi', 'maven', 'go'], if: RELEASES, environment: 'github-pages',
  });
}

/** The first step checks the secrets, because a job cannot check them before it runs. Without them, the other steps are skipped. */
function withSecrets(environment: string, names: string[], tools: Step[], run: string, env: Record<string, string>): object {
  const secrets = Object.fromEntries(names.map(name => [name, `\${{ secrets.${name} }}`]));
  const steps = [DIST, NODE, ...tools, { run, env: { ...env, ...secrets, npm_config_ignore_scripts: 'true' } }];
  return job({}, 20, [
    {
      id: 'secrets',
      run: [
        names.map(name => `[ -n "$${name}" ]`).join(' && ') + ' && there=true || there=false',
        'echo "there=$there" >>"$GITHUB_OUTPUT"',
        `[ $there = true ] || echo '::notice::Not published: the environment ${environment} lacks ${names.join(', ')}'`,
      ].join('\n'),
      env: secrets,
    },
    ...steps.map(step => ({ if: "steps.secrets.outputs.there == 'true'", ...step })),
  ], { ...PUBLISHING, environment });
}

/**
 * Updates only the lockfile, because package.json is generated and its pins are intentional. Waits for a week, so that a hijacked release
 * is likely to be noticed.
 */
function dependabot(): object {
  const weekly = { 'directory': '/', 'schedule': { interval: 'weekly' }, 'cooldown': { 'default-days': 7 }, 'open-pull-requests-limit': 5 };
  const all = { patterns: ['*'] };
  return {
    version: 2,
    updates: [
      {
        'package-ecosystem': 'npm',
        ...weekly,
        'versioning-strategy': 'lockfile-only',
        'groups': { npm: all },
        'commit-message': { prefix: 'chore' },
      },
      { 'package-ecosystem': 'github-actions', ...weekly, 'groups': { actions: all }, 'commit-message': { prefix: 'ci' } },
    ],
  };
}
