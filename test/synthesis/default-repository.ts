import { App, Stack } from 'aws-cdk-lib';
import { Repository } from '../../src';

new Repository(new Stack(new App(), 'Default'), 'Repository');
