import type { Task } from '../protocol/job';

/**
 * How long a write may take to become visible, in milliseconds. AWS documents no limit; Terraform's provider waits as long.
 * https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/ecr and ecrpublic
 */
export const ECR_PATIENCE = 120_000;
export const ECR_PUBLIC_PATIENCE = 60_000;

const LONGEST_PAUSE = 8_000;

/**
 * Reads at growing intervals until the written value is visible. Ends with the task, whose calls fail once it is aborted.
 *
 * @param what the awaited value, for the message of a timeout
 * @param isShown reads once
 * @returns whether it became visible in time
 */
export async function readBack(task: Task, patience: number, what: string, isShown: () => Promise<boolean>): Promise<boolean> {
  const end = task.clock.now() + patience;
  for (let pause = 1_000; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    if (await isShown()) return true;
    const remaining = end - task.clock.now();
    if (remaining <= 0) return false;
    task.progress(`waiting ${Math.ceil(remaining / 1_000)} more seconds for ${what}`);
    await task.clock.sleep(Math.min(pause, remaining));
  }
}
