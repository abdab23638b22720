import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { OpenedReport } from '../opened-report';

/** Throws unless the page allows only its own style and script, by hash, and the browser enforces that. */
export async function assertPolicyOfPage(report: OpenedReport): Promise<void> {
  const policy = await report.page.$eval('meta[http-equiv="Content-Security-Policy"]', meta => (meta as HTMLMetaElement).content);
  const [style, script] = await report.page.evaluate(() => [
    document.querySelector('style')!.textContent, [...document.scripts].pop()!.textContent,
  ]);
  const sha = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  assert.deepEqual(policy.split('; '), [
    'default-src \'none\'', `script-src ${sha(script)}`, `style-src ${sha(style)}`, 'base-uri \'none\'', 'form-action \'none\'',
    'require-trusted-types-for \'script\'', 'trusted-types \'none\'',
  ]);
  assert.equal(await report.page.$('[style*="{"], [onclick], [onerror], [onload]'), null);
  const refused = await report.page.evaluate(async () => {
    const refusals = new Array<string>();
    document.addEventListener('securitypolicyviolation', event => refusals.push(event.effectiveDirective));
    try {
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.hit=1">');
    } catch {
      refusals.push('innerHTML');
    }
    const script_ = document.createElement('img');
    script_.src = 'https://example.com/pixel.png';
    document.body.append(script_);
    await fetch('https://example.com/').catch(() => refusals.push('fetch'));
    await new Promise(resolve => { setTimeout(resolve, 100); });
    return refusals;
  });
  for (const expected of ['innerHTML', 'img-src', 'connect-src', 'fetch']) {
    assert.ok(refused.includes(expected), `${expected} was not refused: ${refused.join(', ')}`);
  }
}

/** Throws if the page scrolls sideways, or if an element outside a part that scrolls is cut off. */
export async function assertFits({ page }: OpenedReport): Promise<void> {
  const { scrolled, beyond } = await page.evaluate(() => ({
    scrolled: document.documentElement.scrollWidth - innerWidth,
    beyond: [...document.querySelectorAll('header *, main *:not(.list *):not(pre *):not(.scrolling *)')]
      .filter(found => found.checkVisibility() && !found.closest('.unseen')
        && found.getBoundingClientRect().right > innerWidth + 0.5).map(found => found.outerHTML.slice(0, 80)),
  }));
  assert.ok(scrolled <= 0, `${scrolled} px`);
  assert.deepEqual(beyond, []);
}

/** Throws if anything moves, for users who prefer that nothing does. */
export async function assertStill({ page }: OpenedReport): Promise<void> {
  const moving = await page.evaluate(() => [...document.querySelectorAll('html, body *')].filter(found => {
    const { scrollBehavior, transitionDuration, animationName } = getComputedStyle(found);
    return scrollBehavior === 'smooth' || transitionDuration !== '0s' || animationName !== 'none';
  }).length);
  assert.equal(moving, 0);
}

/** Throws if a control has no name for a screen reader. Returns the accessibility tree as JSON. */
export async function assertNamed({ page }: OpenedReport): Promise<string> {
  const tree = JSON.stringify(await page.accessibility.snapshot({ interestingOnly: true }));
  const nameless = [...tree.matchAll(/\{"role":"(button|slider|combobox|listbox|searchbox|link|checkbox)"[^{}]*"name":""/g)]
    .map(([, role]) => role);
  assert.deepEqual(nameless, []);
  return tree;
}

/** Presses Tab until the focus has left the page. Returns the visited elements, and throws if the focus on one is not visible. */
export async function visitByTab({ page }: OpenedReport): Promise<string[]> {
  const visited = new Array<string>();
  for (let stop = 0; stop < 80; stop++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const active = document.activeElement!;
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(active);
      const { left, top, width, height } = active.getBoundingClientRect();
      const above = document.elementFromPoint(left + Math.min(width / 2, 40), top + Math.min(height / 2, 12));
      return {
        isPage: active === document.body,
        name: active.id !== '' ? `#${active.id}` : active.textContent!,
        isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !outlineColor.endsWith(', 0)') && width > 0 && height > 0
          && above !== null && (active.contains(above) || above.contains(active)),
      };
    });
    if (focused.isPage) break;
    visited.push(focused.name);
    assert.ok(focused.isSeen, `the focus on ${focused.name} is not visible`);
  }
  return visited;
}
