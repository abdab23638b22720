import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

/** Skips what comes after the first test that fails: `--bail` alone finishes the file first. */
export default class UntilFirstFailure extends TestEnvironment {
  private hasFailed = false;

  public handleTestEvent(event: Circus.Event): void {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') this.hasFailed = true;
    if (event.name === 'test_start' && this.hasFailed) event.test.mode = 'skip';
  }
}
