/**
 * Loaded by all functions. The functions of test/probes, and those that aws-cdk-lib itself adds, such as the one of `autoDeleteObjects`, use
 * the SDK of the Lambda runtime. The latter respond with HTTPS on its port, whatever the scheme and the port of the ResponseURL are. The
 * emulator has neither.
 */
const http = require('node:http');
const https = require('node:https');
const { Module } = require('node:module');

const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? '';
if (/^ecr-keeper-probe-|-CustomS3AutoDeleteObjects/.test(functionName)) {
  process.env.NODE_PATH = process.env.SDK_OF_THE_RUNTIME;
  Module._initPaths();
}
if (/-CustomS3AutoDeleteObjects/.test(functionName)) {
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL);
  const { request } = https;
  https.request = (options, ...rest) => options.hostname === hostname ? http.request({ ...options, port }, ...rest) : request(options, ...rest);
  process.env.NODE_PATH = process.env.SDK_OF_THE_RUNTIME;
  Module._initPaths();
}
