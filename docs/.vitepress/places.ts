import { resolve } from 'node:path';

export const DOCS = resolve(__dirname, '..');
export const PROJECT = resolve(DOCS, '..');
export const REPOSITORY = 'https://github.com/cdk-ecr-keeper/cdk-ecr-keeper';
export const SITE = 'https://cdk-ecr-keeper.github.io/cdk-ecr-keeper/';
