/** The setup of a project in a language. */
export interface Language {
  readonly name: string;

  /** Folder in examples/ with the app and its project files. */
  readonly example: string;

  /** Command that synthesizes the app of docs/getting-started.md, in the same folder. */
  readonly gettingStarted: string;

  /** Commands that print the version of each required tool, and what to install if the tool is missing. */
  readonly tools: ReadonlyArray<{ readonly command: readonly [string, ...string[]]; readonly install: string }>;

  /** Installs the built package and its dependencies, never the library from a registry. */
  install(project: Project): Promise<Installed>;
}

/** A copy of the example in a separate directory. */
export interface Project {
  readonly directory: string;
  run(program: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string>;
}

export interface Installed {
  readonly what: string;

  /** Directory that is the first one in PATH when the app runs. */
  readonly path?: string;
}
