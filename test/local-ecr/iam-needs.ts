import type { IamContext, IamRequest } from './iam';
import type { Registry } from './registry';

export function need(action: string, registry: Registry, name: string, extra: IamContext = {}): IamRequest {
  return { action, resource: registry.arnOf(name), context: { ...registry.iamContext(name), ...extra } };
}

/** Returns the tags of the request as condition keys. */
export function requestTags(tags: readonly { readonly Key?: unknown; readonly Value?: unknown }[]): IamContext {
  if (tags.length === 0) return {};
  return {
    'aws:TagKeys': tags.map(tag => String(tag.Key)),
    ...Object.fromEntries(tags.map(tag => [`aws:RequestTag/${String(tag.Key)}`, String(tag.Value ?? '')])),
  };
}
