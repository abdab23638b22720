const EXPIRE = { type: 'expire' };

/** One newest `prod*` and a week of untagged images stay, what nobody pulls is archived. */
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

/** Without a warning. */
export const NEWEST_TEN = {
  rules: [{ rulePriority: 1, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 }, action: EXPIRE }],
};
