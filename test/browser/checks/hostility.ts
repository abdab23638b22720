import assert from 'node:assert/strict';
import type { Browser } from 'puppeteer-core';
import { assertPolicyOfPage } from './conduct';
import { OpenedReport, Render } from '../opened-report';
import type { Outcomes } from '../outcomes';
import { AT, repository } from '../repositories';

export const ATTACKS = [
  '</script><img src=x onerror="window.hit=1">', '<script>window.hit=1</script>', '<!--<script>', '"><svg onload=window.hit=1>',
  '{{script}}', '$& $1 $`', '\u2028\u2029',
];

/** Anybody who can push an image or write a rule controls texts of the page. */
export async function checkHostility(outcomes: Outcomes, browser: Browser, folder: string, render: Render): Promise<void> {
  const { rules, images } = repository(20);
  const html = render({
    title: ATTACKS.join(' '),
    policyText: `not JSON ${ATTACKS.join(' ')}`,
    rules: rules.map(rule => ({ ...rule, description: ATTACKS.join(' ') })),
    images: images.map((image, index) => ({
      ...image, tags: [`pr-${ATTACKS[index % ATTACKS.length]}`], digest: index === 0 ? ATTACKS[0] : image.digest,
    })),
    at: AT,
  });
  const report = await OpenedReport.open(browser, folder, html);
  await outcomes.check('hostile tags, digests, descriptions, policies, and titles appear only as text', async () => {
    assert.equal((await report.text('h1')), ATTACKS.join(' '));
    await report.page.focus('#timeline');
    await report.press('Home');
    for (let mark = 0; mark < images.length; mark++) await report.press('ArrowDown');
    await report.press('Enter');
    await report.page.$eval('#policy-json', details => { (details as HTMLDetailsElement).open = true; });
    assert.ok((await report.text('#policy-text')).includes(ATTACKS[0]));
    assert.ok((await report.text('.rules .description')).includes(ATTACKS[0]));
    const tags = await report.texts('.row .tags');
    for (const attack of ATTACKS) assert.ok(tags.includes(`pr-${attack}`), attack);
    assert.equal(await report.page.evaluate(() => (window as unknown as { hit?: number }).hit), undefined);
    assert.equal(await report.page.evaluate(() =>
      document.querySelectorAll('img, svg, iframe, object, link, body script:not([type]):not(:last-of-type)').length), 0);
    assert.deepEqual(report.complaints, []);
    assert.deepEqual(report.requests, [report.url]);
  });
  await outcomes.check('the policy of the page allows only its own style and script, by hash', async () => assertPolicyOfPage(report));
  await report.close();
}

/** Repositories that the generator of valid repositories does not create. */
export async function checkEdges(outcomes: Outcomes, browser: Browser, folder: string, render: Render): Promise<void> {
  const whole = repository(20);
  const rule = whole.rules[1];
  for (const [name, data] of [
    ['no images', { ...whole, images: [] }],
    ['no rules', { ...whole, rules: [], policyText: '' }],
    ['one image', { ...whole, images: whole.images.slice(0, 1) }],
    ['40 rules', {
      ...whole,
      rules: Array.from({ length: 40 }, (_, index) => ({
        ...rule, rulePriority: index + 1, selection: { ...rule.selection, tagPatternList: [`v${index}-*`] },
      })),
      images: Array.from({ length: 200 }, (_, index) => ({
        ...whole.images[0], digest: `sha256:${index}`, tags: [`v${index % 40}-a`], pushedAt: AT - index * 9e7,
      })),
    }],
    ['images from the future and from long ago',
      { ...whole, images: whole.images.map((image, index) => ({ ...image, pushedAt: index % 2 ? AT + 1e9 : Date.UTC(1999, 0) })) }],
    ['a very long tag and title',
      { ...whole, title: 'x'.repeat(300), images: whole.images.map(image => ({ ...image, tags: ['y'.repeat(300)] })) }],
  ] as const) {
    await outcomes.check(`edge: ${name}`, async () => {
      const report = await OpenedReport.open(browser, folder, render(data), { width: 360 });
      await report.page.focus('#timeline');
      await report.press('ArrowDown', 2);
      await report.page.focus('#slider');
      await report.press('End');
      const { expired, archived, kept } = await report.shown();
      assert.equal(expired + archived + kept, data.images.length);
      assert.ok(await report.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'scrolls sideways');
      assert.deepEqual(report.complaints, []);
      await report.close();
    });
  }
}
