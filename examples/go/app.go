// A repository with a guard and a teardown, a repository of another owner, and an image that must pass a scan before it gets its tag.
// Use it as the start of a Go module. examples/typescript contains the same app with the same template.
package main

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/jsii-runtime-go"
	keeper "github.com/cdk-ecr-keeper/cdk-ecr-keeper-go/cdkecrkeeper"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Images"), nil)
	redis := "7.4" // each version gets its own tag below, since a tag cannot be moved

	repository := keeper.NewRepository(stack, jsii.String("App"), &keeper.RepositoryProps{
		RepositoryName: jsii.String("team/app"),
		Teardown: keeper.Teardown_DeleteWithImages(&keeper.DeleteWithImagesOptions{
			MaxImages: jsii.Number(20), InUseBy: &[]keeper.ImageUse{keeper.ImageUse_Ecs(nil)}, PulledWithin: awscdk.Duration_Hours(jsii.Number(1)),
		}),
		Lifecycle: keeper.LifecyclePolicy_FromRules(&[]keeper.LifecycleRule{
			keeper.LifecycleRule_Keep(jsii.String("release-*"), nil),
			keeper.LifecycleRule_ExpireOlderThan(awscdk.Duration_Days(jsii.Number(14)), &keeper.LifecycleRuleOptions{TagStatus: awsecr.TagStatus_UNTAGGED}),
			keeper.LifecycleRule_KeepNewest(jsii.Number(50), &keeper.LifecycleRuleOptions{TagPatternList: jsii.Strings("build-*")}),
		}),
		LifecycleGuard: keeper.LifecycleGuard_Refuse(&keeper.LifecycleGuardOptions{MaxPercentage: jsii.Number(25), ProtectedTags: jsii.Strings("release-*")}),
	})

	shared := keeper.ExistingRepository_FromRepositoryName(stack, jsii.String("Shared"), jsii.String("team/shared"), &keeper.ExistingRepositoryOptions{
		CheckEvery: awscdk.Duration_Hours(jsii.Number(1)),
	})
	shared.GrantPull(keeper.RepositoryPrincipal_Accounts(jsii.String("111111111111")))

	imageCopy := keeper.NewImageCopy(stack, jsii.String("Redis"), &keeper.ImageCopyProps{
		Source: keeper.ImageSource_FromEcrPublic(jsii.String("public.ecr.aws/docker/library/redis:" + redis)), Repository: repository,
	})
	ignored := keeper.IgnoredFinding{Name: jsii.String("CVE-2024-3094"), Until: jsii.Time(time.Date(2027, time.January, 31, 0, 0, 0, 0, time.UTC))}
	gate := keeper.NewScanGate(stack, jsii.String("Gate"), &keeper.ScanGateProps{
		Image: imageCopy.Image(), Limits: &keeper.FindingLimits{Critical: jsii.Number(0), High: jsii.Number(5)}, Ignored: &[]*keeper.IgnoredFinding{&ignored},
	})
	keeper.NewImageTags(stack, jsii.String("Approved"), &keeper.ImageTagsProps{
		Image: gate.Image(), Tags: jsii.Strings("approved-" + redis),
	})
	awscdk.NewCfnOutput(stack, jsii.String("Findings"), &awscdk.CfnOutputProps{Value: gate.FindingsSummary()})

	app.Synth(nil)
}
