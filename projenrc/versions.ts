/**
 * The lowest aws-cdk-lib with all required features and an available Go module (NODEJS_24_X since 2.224, exclusion filters since 2.221).
 */
export const CDK_FLOOR = '2.240.0';
export const CONSTRUCTS_FLOOR = '10.5.1';

/** The newest aws-cdk-lib whose assemblies the CLI below can deploy, tested with the newest constructs. */
export const CDK_NEWEST = '2.276.0';
export const CONSTRUCTS_NEWEST = '10.8.1';
export const CDK_CLI = '2.1148.1';

/** The newest versions that work with the lowest aws-cdk-lib: a newer integ-tests-alpha requires a newer aws-cdk-lib. */
export const INTEG_RUNNER = '2.197.10';
export const INTEG_TESTS = '2.239.0-alpha.0';

/** Pinned exactly, because the clients are bundled in the handlers and their version is part of every asset hash. */
export const SDK = '3.1169.0';

/** Clients of ECS and Lambda, which return the images in use, and of Secrets Manager. They are released on different days. */
export const SDK_OTHERS = '3.1162.0';

export const SDK_ECR_PUBLIC = '3.1108.0';

/** Client of the Resource Groups Tagging API, for the command line. */
export const SDK_TAGGING = '3.1142.0';

/** Publishes to Maven Central and to the repository of the Go module. Pinned exactly, because it runs in a job with secrets. */
export const PUBLIB = '0.2.1061';
