package com.example;

import io.github.cdkecrkeeper.DeleteWithImagesOptions;
import io.github.cdkecrkeeper.Repository;
import io.github.cdkecrkeeper.Teardown;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Stack;

public final class GettingStartedApp {
    public static void main(String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "GettingStarted");

        Repository repository = Repository.Builder.create(stack, "App")
            .repositoryName("getting-started/app")
            .teardown(Teardown.deleteWithImages(DeleteWithImagesOptions.builder().maxImages(10).build()))
            .build();

        CfnOutput.Builder.create(stack, "Uri").value(repository.getRepositoryUri()).build();

        app.synth();
    }
}
