import { Input, LocalService } from './local-service';
import { PageTokens } from './page-tokens';
import { PolicyPrincipals, PrincipalExistence, PrincipalMessage } from './policy-principals';
import type { Place, Registry } from './registry';
import type { Repository, StoredImage } from './repository';
import type { PolicyOrder } from './repository-policy';
import { addImage, NewImage } from './seed';

/** The required properties of a repository to seed. */
export interface Scene extends Place {
  readonly repositoryName: string;
  readonly createdAt?: Date;
}

/** Base of private and public registries with methods for tests, without HTTP and IAM. */
export abstract class RegistryService<Seed extends Scene = Scene, Image extends NewImage = NewImage> extends LocalService {
  /** Order in which repository policies are returned. */
  policyOrder: PolicyOrder = 'recorded';
  protected readonly policyPrincipals = new PolicyPrincipals(this.readings);
  protected readonly tokens = new PageTokens();

  /** Adds one image to an existing repository and returns its digest. */
  addImage(options: Image & Place & { readonly repositoryName: string }): string {
    const repository = this.registry(options).repository(options.repositoryName);
    const image = addImage(repository, options);
    this.pushed(repository, [image]);
    return image.digest;
  }

  /** Returns the number of images with any status, or 0 if the repository does not exist. */
  images(name: string, place: Place = {}): number {
    return this.registry(place).repositories.get(name)?.size ?? 0;
  }

  /** Deletes the repository, as another user would. */
  vanish(name: string, place: Place = {}): void {
    this.registry(place).repositories.delete(name);
  }

  /** Deletes the repository and creates it again with only these `options`, as another user would. */
  recreate(name: string, options: Omit<Seed, keyof Scene> = {} as Seed, place: Place = {}): void {
    const { createdAt } = this.registry(place).repository(name).settings;
    this.vanish(name, place);
    const later = new Date(Math.max(this.now().getTime(), createdAt + 1000));
    this.seed({ ...options, ...place, repositoryName: name, createdAt: later } as unknown as Seed);
  }

  /** Changes the tags of the repository, as another user would. undefined removes a tag. */
  retag(name: string, tags: Record<string, string | undefined>, place: Place = {}): void {
    const repository = this.registry(place).repository(name);
    for (const [key, value] of Object.entries(tags)) {
      if (value === undefined) repository.tags.delete(key);
      else repository.tags.set(key, value);
    }
  }

  /** Sets whether a principal (an ARN or a service) in a policy exists. Every other principal exists. */
  principalExists(principal: string, existence: PrincipalExistence, message?: PrincipalMessage): void {
    this.policyPrincipals.exists(principal, existence, message);
  }

  /** Creates the repository if it does not exist and adds images, without HTTP and IAM. */
  abstract seed(options: Seed): void;

  protected abstract registry(place: Place): Registry;

  /** Effects of a push on other registries. */
  protected pushed(_repository: Repository, _images: readonly StoredImage[]): void {
    // No effect, unless the registry replicates.
  }

  protected describe(input: Input): { repositoryName?: string } {
    const { repositoryName, resourceArn } = input;
    const name = typeof repositoryName === 'string' ? repositoryName : String(resourceArn ?? '').split(':repository/')[1];
    return name === undefined ? {} : { repositoryName: name };
  }
}
