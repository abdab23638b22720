/**
 * Loaded by the functions that aws-cdk-lib itself adds, such as the one of `autoDeleteObjects`. They use the SDK of the Lambda runtime, and
 * respond with HTTPS on its port, whatever the scheme and the port of the ResponseURL are. The emulator has neither.
 */
const http = require('node:http');
const https = require('node:https');
const { Module } = require('node:module');

if (/-CustomS3AutoDeleteObjects/.test(process.env.AWS_LAMBDA_FUNCTION_NAME ?? '')) {
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL);
  const { request } = https;
  https.request = (options, ...rest) => options.hostname === hostname ? http.request({ ...options, port }, ...rest) : request(options, ...rest);
  process.env.NODE_PATH = process.env.SDK_OF_THE_RUNTIME;
  Module._initPaths();
}
