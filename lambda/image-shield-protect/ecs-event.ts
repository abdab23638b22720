import type { ECSClient } from '@aws-sdk/client-ecs';
import { isJsonObject } from '../../src/core/json';
import { usedByService } from '../shared/in-use/ecs';
import type { Use } from '../shared/in-use/reference';
import type { Task } from '../shared/protocol/job';

/**
 * Returns the images of an event of Amazon ECS: those of a task that starts, or those that a deployment starts.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html and ecs_service_deployment_events.html
 */
export async function usesOfEvent(task: Task, ecs: ECSClient, event: Readonly<Record<string, unknown>>): Promise<Use[]> {
  const detail = isJsonObject(event.detail) ? event.detail : {};
  if (event['detail-type'] === 'ECS Task State Change') return usesOfTask(detail);
  if (event['detail-type'] !== 'ECS Deployment State Change') throw new Error(`unknown event: ${String(event['detail-type'])}`);
  const [serviceArn] = Array.isArray(event.resources) ? event.resources.map(String) : [];
  return serviceArn === undefined ? [] : usedByService(task, ecs, serviceArn);
}

function usesOfTask({ containers, taskArn }: Readonly<Record<string, unknown>>): Use[] {
  const usedBy = `ECS task ${String(taskArn).split('/').slice(1).join('/')}`;
  return (Array.isArray(containers) ? containers : []).filter(isJsonObject).map(({ image, imageDigest }) => ({
    image: typeof image === 'string' ? image : undefined,
    resolvedDigest: typeof imageDigest === 'string' ? imageDigest : undefined,
    usedBy,
  }));
}
