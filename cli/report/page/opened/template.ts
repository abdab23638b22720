import { findPart } from '../../../page/element';

/** Replaces the content of an element by a copy of a template, without listeners of an earlier copy. */
export function fillFrom(template: string, host: string): void {
  findPart(host).replaceChildren(document.importNode(findPart<HTMLTemplateElement>(template).content, true));
}
