import { flawsIn } from './translations';

describe('a translation of a snippet is refused', () => {
  test.each<['python' | 'java' | 'go', string]>([
    ['python', 'decisions = lifecycle.simulate(images, Date("2026-01-31"))'],
    ['python', 'tag = stack.node.try_get_context("tag") ?? "build-1"'],
    ['java', 'lifecycle.simulate(images, new Date("2026-01-31"));'],
    ['java', 'taskDefinition.addContainer("App", options().image(release.image.toContainerImage()).build());'],
    ['java', 'LifecycleDecision[] decisions = lifecycle.simulate(images, today);'],
    ['java', 'Map<String, String> requireTag = Map.of("key", "stage", "value", "test");'],
    ['java', 'RequiredTag requireTag = tag(); // stage\n // stage\nnew Thing();'],
    ['go', 'NewDate(jsii.String("2026-01-31"))'],
    ['go', '&ExistingRepositoryOptions{\n\tLifecycle: Lifecycle,\n}'],
    ['go', 'requireTag := map[string]*string{'],
  ])('in %s: %s', (language, source) => {
    expect(flawsIn(language, source)).toHaveLength(1);
  });

  test.each<['python' | 'java' | 'go', string]>([
    ['python', 'Repository(self, "App",\n    repository_name="team/app",\n    lifecycle=lifecycle\n)'],
    ['java', 'import software.amazon.awscdk.Stack;\nRepository.Builder.create(this, "App").repositoryName("team/app").build();'],
    ['java', 'RepositoryImage image = release.getImage();\ntask.addContainer("App", image.toContainerImage());'],
    ['go', 'cdkecrkeeper.NewRepository(this, jsii.String("App"), &RepositoryProps{\n\tLifecycle: lifecycle,\n})'],
  ])('but not this, in %s: %s', (language, source) => {
    expect(flawsIn(language, source)).toEqual([]);
  });
});
