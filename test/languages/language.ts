/** What a project of a language gets, and how. */
export interface Language {
  readonly name: string;

  /** Folder of examples/ that holds the app and the project files that go with it. */
  readonly example: string;

  /** Command that synthesizes the app of docs/getting-started.md, in the same folder. */
  readonly gettingStarted: string;

  /** Each asked for its version before anything else, and what to install where it is not there. */
  readonly tools: ReadonlyArray<{ readonly command: readonly [string, ...string[]]; readonly install: string }>;

  /** Installs the built package and what it needs, never the library from a registry. */
  install(project: Project): Promise<Installed>;
}

/** A copy of the example in a directory of its own. */
export interface Project {
  readonly directory: string;
  run(program: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string>;
}

export interface Installed {
  readonly what: string;

  /** A directory that comes first in PATH when the app runs. */
  readonly path?: string;
}
