from aws_cdk import App, CfnOutput, Stack
from cdk_ecr_keeper import Repository, Teardown

app = App()
stack = Stack(app, "GettingStarted")

repository = Repository(
    stack, "App",
    repository_name="getting-started/app",
    teardown=Teardown.delete_with_images(max_images=10),
)

CfnOutput(stack, "Uri", value=repository.repository_uri)

app.synth()
