import { Input, LocalService } from './local-service';
import { PageTokens } from './page-tokens';
import { PolicyPrincipals, PrincipalExistence, PrincipalMessage } from './policy-principals';
import type { Place, Registry } from './registry';
import type { Repository, StoredImage } from './repository';
import { addImage, NewImage } from './seed';

/** What a repository to be seeded says at least. */
export interface Scene extends Place {
  readonly repositoryName: string;
  readonly createdAt?: Date;
}

/** What private and public registries have in common for whoever sets a scene: without HTTP and without IAM. */
export abstract class RegistryService<Seed extends Scene = Scene, Image extends NewImage = NewImage> extends LocalService {
  protected readonly policyPrincipals = new PolicyPrincipals();
  protected readonly tokens = new PageTokens();

  /** Adds one image to an existing repository and returns its digest. */
  addImage(options: Image & Place & { readonly repositoryName: string }): string {
    const repository = this.registry(options).repository(options.repositoryName);
    const image = addImage(repository, options);
    this.pushed(repository, [image]);
    return image.digest;
  }

  /** How many images the repository holds, of any status; 0 when it does not exist. */
  images(name: string, place: Place = {}): number {
    return this.registry(place).repositories.get(name)?.size ?? 0;
  }

  /** Someone else deletes the repository. */
  vanish(name: string, place: Place = {}): void {
    this.registry(place).repositories.delete(name);
  }

  /** Someone else deletes the repository and creates another of that name, later: with what `options` say, and nothing else. */
  recreate(name: string, options: Omit<Seed, keyof Scene> = {} as Seed, place: Place = {}): void {
    const { createdAt } = this.registry(place).repository(name).settings;
    this.vanish(name, place);
    const later = new Date(Math.max(this.now().getTime(), createdAt + 1000));
    this.seed({ ...options, ...place, repositoryName: name, createdAt: later } as unknown as Seed);
  }

  /** Someone else changes the tags of the repository; undefined removes one. */
  retag(name: string, tags: Record<string, string | undefined>, place: Place = {}): void {
    const repository = this.registry(place).repository(name);
    for (const [key, value] of Object.entries(tags)) {
      if (value === undefined) repository.tags.delete(key);
      else repository.tags.set(key, value);
    }
  }

  /** What SetRepositoryPolicy finds of a principal (an ARN or a service) that a policy names. Every other principal exists. */
  principalExists(principal: string, existence: PrincipalExistence, message: PrincipalMessage = 'Principal not found'): void {
    this.policyPrincipals.exists(principal, existence, message);
  }

  /** Creates the repository where it is missing and fills it, without HTTP and without IAM. */
  abstract seed(options: Seed): void;

  protected abstract registry(place: Place): Registry;

  /** What a push brings about elsewhere. */
  protected pushed(_repository: Repository, _images: readonly StoredImage[]): void {
    // nothing, unless the registry replicates
  }

  protected describe(input: Input): { repositoryName?: string } {
    const { repositoryName, resourceArn } = input;
    const name = typeof repositoryName === 'string' ? repositoryName : String(resourceArn ?? '').split(':repository/')[1];
    return name === undefined ? {} : { repositoryName: name };
  }
}
