/**
 * Loaded by all functions. The functions of test/probes, and those that the CDK itself adds, use the SDK of the Lambda runtime. The latter are
 * those of `autoDeleteObjects`, of AwsCustomResource, and of the assertions of integration tests. They also respond with HTTPS on its port,
 * whatever the scheme and the port of the ResponseURL are. The emulator has neither.
 */
const http = require('node:http');
const https = require('node:https');
const { Module } = require('node:module');

const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? '';
const isOfCdk = /-(CustomS3AutoDeleteObjects|AWS679f53fac)|DeployAssert/.test(functionName);
if (isOfCdk || functionName.startsWith('ecr-keeper-probe-')) {
  process.env.NODE_PATH = process.env.SDK_OF_THE_RUNTIME;
  Module._initPaths();
}
if (isOfCdk) {
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL);
  const { request } = https;
  https.request = (options, ...rest) => options.hostname === hostname ? http.request({ ...options, port }, ...rest) : request(options, ...rest);
}
