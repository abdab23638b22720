/** Runs after the last test, even if tests failed. */
export default function tearDown(): void {
  (globalThis as { removeTemporaryFolder?: () => void }).removeTemporaryFolder?.();
}
