/** Name and text of one fact about an image, for a tooltip or a list of details. */
export interface Fact {
  readonly name: string;
  readonly text: string;
}
