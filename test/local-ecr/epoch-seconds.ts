/** The time as the JSON protocols of AWS write it. */
export function epochSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}
