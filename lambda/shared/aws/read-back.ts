import type { Task } from '../protocol/job';

/**
 * How long what was written may take to show, in milliseconds. Nothing is documented; Terraform's provider waits as long.
 * https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/ecr and ecrpublic
 */
export const ECR_PATIENCE = 120_000;
export const ECR_PUBLIC_PATIENCE = 60_000;

const LONGEST_PAUSE = 8_000;

/**
 * Reads until it shows what was written, in growing intervals. The reading ends with the task: its calls fail once that is aborted.
 *
 * @param what is waited for, as a time-out of the function tells it
 * @param isShown reads once
 * @returns whether it showed in time
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
