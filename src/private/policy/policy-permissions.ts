/** Read actions of the handlers of repository policies, on a private repository. */
export const POLICY_READS = ['ecr:GetRepositoryPolicy'];

/** Write actions of the handler that writes statements. */
export const POLICY_WRITES = ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'];

/** Actions of the handler of registry permissions. They do not support resource-level permissions. */
export const REGISTRY_POLICY_ACTIONS = ['ecr:GetRegistryPolicy', 'ecr:PutRegistryPolicy', 'ecr:DeleteRegistryPolicy'];
