const EXPIRE = { type: 'expire' };

/** Keeps the newest `prod*` image and the untagged images of a week, and archives images that are not pulled. */
export const POLICY = {
  rules: [
    {
      rulePriority: 1,
      description: 'One production image',
      selection: { tagStatus: 'tagged', tagPatternList: ['prod*'], countType: 'imageCountMoreThan', countNumber: 1 },
      action: EXPIRE,
    },
    {
      rulePriority: 2,
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
      action: EXPIRE,
    },
    {
      rulePriority: 3,
      selection: { tagStatus: 'tagged', tagPatternList: ['dev*'], countType: 'sinceImagePulled', countUnit: 'days', countNumber: 90 },
      action: { type: 'transition', targetStorageClass: 'archive' },
    },
  ],
};

/** A policy with the rules of an image shield, in their places. */
export const SHIELDED = {
  rules: [
    { tagStatus: 'tagged', tagPatternList: ['in-use-*'], countType: 'imageCountMoreThan', countNumber: 1_000_000 },
    { tagStatus: 'tagged', tagPatternList: ['release-*'], countType: 'imageCountMoreThan', countNumber: 1_000_000 },
    { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
    { tagStatus: 'tagged', tagPatternList: ['dev-*'], countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
    { tagStatus: 'tagged', tagPatternList: ['was-in-use-*'], countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 },
    { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50 },
  ].map((selection, index) => ({ rulePriority: index + 1, selection, action: EXPIRE })),
};

/** A policy without warnings. */
export const NEWEST_TEN = {
  rules: [{ rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 }, action: EXPIRE }],
};
