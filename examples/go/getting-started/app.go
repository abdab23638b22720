package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	keeper "github.com/cdk-ecr-keeper/cdk-ecr-keeper-go/cdkecrkeeper"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("GettingStarted"), nil)

	repository := keeper.NewRepository(stack, jsii.String("App"), &keeper.RepositoryProps{
		RepositoryName: jsii.String("getting-started/app"),
		Teardown:       keeper.Teardown_DeleteWithImages(&keeper.DeleteWithImagesOptions{MaxImages: jsii.Number(10)}),
	})

	awscdk.NewCfnOutput(stack, jsii.String("Uri"), &awscdk.CfnOutputProps{Value: repository.RepositoryUri()})

	app.Synth(nil)
}
