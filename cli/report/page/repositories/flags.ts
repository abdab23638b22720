import type { RepositoryRecord } from '../../repository-record';

export type FlagName = 'no-policy' | 'warnings' | 'endangers' | 'recommended' | 'kept' | 'in-use' | 'not-pulled' | 'findings' | 'severe'
  | 'problems';

interface Flag {
  readonly label: string;
  has(record: RepositoryRecord): boolean;
}

/** Properties of repositories by which the list can be filtered. */
export const FLAGS: Readonly<Record<FlagName, Flag>> = {
  'problems': { label: 'Problems', has: ({ problems }) => problems.length > 0 },
  'endangers': { label: 'Endangers needed images', has: ({ policy }) => policy?.kind === 'policy' && policy.endangered > 0 },
  'no-policy': { label: 'No policy', has: ({ policy }) => policy?.kind === 'none' },
  'warnings': {
    label: 'Policy warnings',
    has: ({ policy }) => policy?.kind === 'unknown' || (policy?.kind === 'policy' && policy.warnings.length > 0),
  },
  'recommended': { label: 'Recommended policy', has: ({ recommendation }) => recommendation?.kind === 'policy' },
  'severe': { label: 'Critical findings', has: ({ images }) => (images?.scans.newest?.findings.CRITICAL ?? 0) > 0 },
  'findings': {
    label: 'Findings', has: ({ images }) => Object.values(images?.scans.newest?.findings ?? {}).some(count => count > 0),
  },
  'kept': { label: 'Kept outside a stack', has: ({ owner }) => owner.kind === 'kept' },
  'in-use': { label: 'In use', has: ({ images }) => (images?.inUse ?? 0) > 0 },
  'not-pulled': {
    label: 'No image pulled lately',
    // nobody can pull an archived image
    has: ({ images }) => images?.notPulled !== undefined && images.notPulled.count > 0
      && images.notPulled.count + images.archived.count >= images.all.count,
  },
};

export const FLAG_NAMES = Object.keys(FLAGS) as FlagName[];

/** Returns the label of a flag. Without a search for images in use, only pulls show that an image is needed. */
export function flagLabel(name: FlagName, searchesUse: boolean): string {
  return name === 'endangers' && !searchesUse ? 'Endangers pulled images' : FLAGS[name].label;
}
