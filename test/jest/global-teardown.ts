/** After the last test, whatever failed. */
export default function tearDown(): void {
  (globalThis as { removeTemporaryFolder?: () => void }).removeTemporaryFolder?.();
}
