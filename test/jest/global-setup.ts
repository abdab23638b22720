import { ownTemporaryFolder } from '../temporary-folder';

/** Runs before the workers start, because they inherit the environment. */
export default function setUp(): void {
  (globalThis as { removeTemporaryFolder?: () => void }).removeTemporaryFolder = ownTemporaryFolder('jest');
}
