/** What the handlers of repository policies read of a private repository. */
export const POLICY_READS = ['ecr:GetRepositoryPolicy'];

/** And what the one that writes statements does to it. */
export const POLICY_WRITES = ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'];
