/** Formats a time for the JSON protocols of AWS. */
export function epochSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}
