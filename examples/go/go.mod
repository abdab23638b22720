module example.com/images

go 1.25.0

// `go mod tidy` adds the newest release of cdk-ecr-keeper, what both need, and go.sum
require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.240.0
	github.com/aws/jsii-runtime-go v1.140.0
)
