type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * Two lifecycle policy texts mean the same if their normal forms are equal. The normal form ignores white space, the order of keys, of
 * rules (their priority decides), and of patterns, repeated patterns (all must match), and the default storage class.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 *
 * @returns the text itself if it is not JSON, so that it equals nothing else
 */
export function lifecycleNormalForm(policyText: string): string {
  try {
    return JSON.stringify(normalize(JSON.parse(policyText) as Json));
  } catch {
    return policyText;
  }
}

export function sameLifecycle(one: string, other: string): boolean {
  return lifecycleNormalForm(one) === lifecycleNormalForm(other);
}

function normalize(value: Json): Json {
  if (Array.isArray(value)) {
    const texts = new Set(value.map(item => JSON.stringify(normalize(item))));
    return [...texts].sort().map(text => JSON.parse(text) as Json);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([key, item]) => !(key === 'storageClass' && item === 'standard'))
    .sort(([one], [other]) => one < other ? -1 : 1)
    .map(([key, item]) => [key, normalize(item)] as Json[]);
}
