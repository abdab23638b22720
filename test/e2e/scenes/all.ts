import { adopted } from './adopted';
import { anotherAccount } from './another-account';
import { anotherRegion } from './another-region';
import { audit } from './audit';
import { cachedImages } from './cached-images';
import { deleteOnFailure } from './delete-on-failure';
import { emptied } from './emptied';
import { emptiedByTrigger } from './emptied-by-trigger';
import { grantedOnImported } from './granted';
import { guardOfImported } from './guard-imported';
import { guardInUse } from './guard-in-use';
import { guardOfOwned } from './guard-owned';
import { guardRollsBack } from './guard-rolled-back';
import { images } from './images';
import { lockedRepository } from './locked';
import { deployedTwice, movedToAnotherStack } from './moved';
import { nestedStack } from './nested';
import { prefix } from './prefix';
import { publicRepository } from './public-repository';
import { pulledLately } from './pulled-lately';
import { guardRefuses, markRemoved } from './refused';
import { repositoryRemoved, teardownRemoved } from './removed';
import { idChanged, repositoryRenamed } from './renamed';
import { replicas } from './replicas';
import { createRolledBack, updateRolledBack } from './rolled-back';
import { OTHER_ACCOUNTS, Scene, withoutAws } from './scene';
import { lifecycleOfOthers, sharedLifecycle } from './shared-lifecycle';
import { sharedPolicy, statementOwners } from './shared-policy';
import { sharedRegistry } from './shared-registry';
import { sharedRules } from './shared-rules';
import { shieldedImages } from './shielded';
import { twice } from './twice';
import { usedImages } from './used-images';
import { verified } from './verified';
import { retainWins, stackDeletion } from './whole-stack';
import { withoutFunction } from './without-function';

/** All scenes. Some groups of scenes on the emulator have a reason why they cannot run on AWS. */
export const SCENES: readonly Scene[] = [
  ...withoutAws('deploys to many accounts', twice), // the longest, beside which the others are played
  ...updateRolledBack, ...createRolledBack, ...teardownRemoved, ...repositoryRemoved, ...idChanged, ...repositoryRenamed,
  ...movedToAnotherStack,
  ...nestedStack, ...deleteOnFailure, ...deployedTwice, ...markRemoved, ...guardRefuses, ...stackDeletion, ...retainWins,
  ...withoutAws(OTHER_ACCOUNTS, [...sharedPolicy, ...statementOwners]), ...sharedLifecycle, ...lifecycleOfOthers,
  ...guardOfOwned, ...guardRollsBack, ...guardInUse, ...guardOfImported,
  ...emptied, ...emptiedByTrigger, ...anotherRegion, ...withoutAws('needs a second account', anotherAccount), ...replicas, ...prefix,
  ...usedImages, ...withoutAws('creates a bucket, and reads the decisions of the emulator\'s IAM', audit), ...pulledLately,
  ...publicRepository,
  ...withoutAws('names roles and other accounts', grantedOnImported), ...images, ...adopted, ...withoutFunction,
  ...withoutAws('assumes roles that it names', lockedRepository), ...shieldedImages, ...sharedRegistry, ...sharedRules,
  ...cachedImages, ...verified,
];
