import { ownTemporaryFolder } from '../temporary-folder';

/** Before the workers start, which inherit the environment. */
export default function setUp(): void {
  (globalThis as { removeTemporaryFolder?: () => void }).removeTemporaryFolder = ownTemporaryFolder('jest');
}
