import type { RegistryReplicationProperties } from '../../src/core/wire/registry-replication';
import type { Job } from '../shared/protocol/job';

export type ReplicationJob = Job<RegistryReplicationProperties>;
