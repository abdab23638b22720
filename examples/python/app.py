# A repository with a guard and a teardown, a repository of another owner, and an image that must pass a scan before it gets its tag.
# Use it as the start of a Python project. examples/typescript contains the same app with the same template.
from datetime import datetime, timezone

from aws_cdk import App, CfnOutput, Duration, Stack
from aws_cdk.aws_ecr import TagStatus
from cdk_ecr_keeper import (
    ExistingRepository, FindingLimits, IgnoredFinding, ImageCopy, ImageSource, ImageTags, ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule,
    Repository, RepositoryPrincipal, ScanGate, Teardown,
)

app = App()
stack = Stack(app, "Images")
redis = "7.4"  # each version gets its own tag below, since a tag cannot be moved

repository = Repository(
    stack, "App",
    repository_name="team/app",
    teardown=Teardown.delete_with_images(max_images=20, in_use_by=[ImageUse.ecs()], pulled_within=Duration.hours(1)),
    lifecycle=LifecyclePolicy.from_rules([
        LifecycleRule.keep("release-*"),
        LifecycleRule.expire_older_than(Duration.days(14), tag_status=TagStatus.UNTAGGED),
        LifecycleRule.keep_newest(50, tag_pattern_list=["build-*"]),
    ]),
    lifecycle_guard=LifecycleGuard.refuse(max_percentage=25, protected_tags=["release-*"]),
)

shared = ExistingRepository.from_repository_name(stack, "Shared", "team/shared", check_every=Duration.hours(1))
shared.grant_pull(RepositoryPrincipal.accounts("111111111111"))

copy = ImageCopy(stack, "Redis", source=ImageSource.from_ecr_public(f"public.ecr.aws/docker/library/redis:{redis}"), repository=repository)
gate = ScanGate(
    stack, "Gate",
    image=copy.image, limits=FindingLimits(critical=0, high=5),
    ignored=[IgnoredFinding(name="CVE-2024-3094", until=datetime(2027, 1, 31, tzinfo=timezone.utc))],
)
ImageTags(stack, "Approved", image=gate.image, tags=[f"approved-{redis}"])
CfnOutput(stack, "Findings", value=gate.findings_summary)

app.synth()
