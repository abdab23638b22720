// A repository with a guard and a teardown, a repository of another owner, and an image that must pass a scan before it gets its tag.
// Use it as the start of a Java project. examples/typescript contains the same app with the same template.
package com.example;

import io.github.cdkecrkeeper.*;
import java.time.Instant;
import java.util.List;
import software.amazon.awscdk.*;
import software.amazon.awscdk.services.ecr.TagStatus;

public final class ImagesApp {
    public static void main(String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Images");

        String redis = "7.4"; // each version gets its own tag below, since a tag cannot be moved

        Repository repository = Repository.Builder.create(stack, "App")
            .repositoryName("team/app")
            .teardown(Teardown.deleteWithImages(DeleteWithImagesOptions.builder()
                .maxImages(20).inUseBy(List.of(ImageUse.ecs())).pulledWithin(Duration.hours(1)).build()))
            .lifecycle(LifecyclePolicy.fromRules(List.of(
                LifecycleRule.keep("release-*"),
                LifecycleRule.expireOlderThan(Duration.days(14), LifecycleRuleOptions.builder().tagStatus(TagStatus.UNTAGGED).build()),
                LifecycleRule.keepNewest(50, LifecycleRuleOptions.builder().tagPatternList(List.of("build-*")).build()))))
            .lifecycleGuard(LifecycleGuard.refuse(LifecycleGuardOptions.builder().maxPercentage(25).protectedTags(List.of("release-*")).build()))
            .build();

        ExistingRepository shared = ExistingRepository.fromRepositoryName(stack, "Shared", "team/shared",
            ExistingRepositoryOptions.builder().checkEvery(Duration.hours(1)).build());
        shared.grantPull(RepositoryPrincipal.accounts("111111111111"));

        ImageCopy copy = ImageCopy.Builder.create(stack, "Redis")
            .source(ImageSource.fromEcrPublic("public.ecr.aws/docker/library/redis:" + redis)).repository(repository).build();
        ScanGate gate = ScanGate.Builder.create(stack, "Gate")
            .image(copy.getImage())
            .limits(FindingLimits.builder().critical(0).high(5).build())
            .ignored(List.of(IgnoredFinding.builder().name("CVE-2024-3094").until(Instant.parse("2027-01-31T00:00:00Z")).build()))
            .build();
        ImageTags.Builder.create(stack, "Approved").image(gate.getImage()).tags(List.of("approved-" + redis)).build();
        CfnOutput.Builder.create(stack, "Findings").value(gate.getFindingsSummary()).build();

        app.synth();
    }
}
