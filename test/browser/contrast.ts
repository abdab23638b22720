import type { Page } from 'puppeteer-core';

export interface LowContrast {
  readonly text: string;
  readonly ratio: number;
}

/**
 * Returns the texts of the page whose contrast with their background is less than 4.5:1 (WCAG 1.4.3).
 * https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 */
export async function lowContrast(page: Page): Promise<{ readonly low: LowContrast[]; readonly seen: number }> {
  return page.evaluate(() => {
    const parse = (colour: string): number[] => {
      const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g)!.map(Number);
      return [red, green, blue, alpha];
    };
    const over = ([red, green, blue, alpha]: number[], below: number[]) =>
      [red, green, blue].map((channel, index) => channel * alpha + below[index] * (1 - alpha));
    const luminance = (rgb: number[]) => {
      const [red, green, blue] = rgb.map(channel => channel / 255)
        .map(share => share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const background = (element: Element | null): number[] =>
      element === null ? [255, 255, 255] : over(parse(getComputedStyle(element).backgroundColor), background(element.parentElement));
    const low = new Array<{ text: string; ratio: number }>();
    let seen = 0;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.textContent!.trim();
      const parent = texts.currentNode.parentElement!;
      const isVisible = parent.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
      if (text === '' || !isVisible || parent.closest('script, noscript, .unseen') !== null) continue;
      seen++;
      const behind = background(parent);
      const [one, other] = [luminance(over(parse(getComputedStyle(parent).color), behind)), luminance(behind)]
        .sort((left, right) => right - left);
      const ratio = (one + 0.05) / (other + 0.05);
      if (ratio < 4.5) low.push({ text: text.slice(0, 60), ratio: Math.round(ratio * 100) / 100 });
    }
    return { low, seen };
  });
}

/** Returns the contrast of two colors in the form #rrggbb, for drawings on a canvas. */
export function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const [red, green, blue] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map(share => share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light, dark] = [luminance(one), luminance(other)].sort((left, right) => right - left);
  return (light + 0.05) / (dark + 0.05);
}
