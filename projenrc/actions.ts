/**
 * The actions of the workflows, pinned to the full id of a commit, because a tag can be moved, for example by an attacker. Dependabot
 * proposes new versions in the generated files. To accept one, write its id here and run `npx projen`.
 */
const PINS = {
  'actions/checkout': ['3d3c42e5aac5ba805825da76410c181273ba90b1', 'v7.0.1'],
  'actions/deploy-pages': ['cd2ce8fcbc39b97be8ca5fce6e763baed58fa128', 'v5.0.0'],
  'actions/download-artifact': ['3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c', 'v8.0.1'],
  'actions/setup-go': ['b7ad1dad31e06c5925ef5d2fc7ad053ef454303e', 'v7.0.0'],
  'actions/setup-java': ['b6effb05e454b25005698d916606bdc6ffcbf961', 'v5.7.0'],
  'actions/setup-node': ['820762786026740c76f36085b0efc47a31fe5020', 'v7.0.0'],
  'actions/setup-python': ['5fda3b95a4ea91299a34e894583c3862153e4b97', 'v7.0.0'],
  'actions/upload-artifact': ['043fb46d1a93c77aae656e7c1c64a875d1fc6a0a', 'v7.0.1'],
  'actions/upload-pages-artifact': ['fc324d3547104276b827a68afc52ff2a11cc49c9', 'v5.0.0'],
  'pypa/gh-action-pypi-publish': ['dc37677b2e1c63e2034f94d8a5b11f265b73ba33', 'v1.14.2'],
} as const;

export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Record<string, string | number | boolean>;
  readonly run?: string;
  readonly env?: Record<string, string>;
}

export function use(action: keyof typeof PINS, options: Pick<Step, 'if' | 'with'> = {}): Step {
  return { uses: `${action}@${PINS[action][0]}`, ...options };
}

/** Adds the version after each pin, because YAML that is generated from an object cannot contain comments. */
export function withVersions(yaml: string): string {
  const versions = new Map<string, string>(Object.values(PINS));
  return yaml.replace(/^(\s*(?:- )?uses: \S+@([0-9a-f]{40}))$/gm, (line, all, id) =>
    versions.has(id) ? `${all} # ${versions.get(id)}` : line);
}
