import assert from 'node:assert/strict';
import type { Browser } from 'puppeteer-core';
import { assertFits, assertPolicyOfPage } from './conduct';
import { ATTACKS } from './hostility';
import { addressOf } from '../../../cli/report/page/address';
import type { RegistryReport } from '../../../cli/report/registry-report';
import type { RepositoryRecord } from '../../../cli/report/repository-record';
import { OpenedReport } from '../opened-report';
import type { Outcomes } from '../outcomes';
import { emptyRegistry, registry, repositoryWithManyImages, unreadableRegistry } from '../registries';

export type RenderRegistry = (report: RegistryReport) => string;

/** Anybody who can push an image, name a repository, or write a policy controls texts of the page. */
export async function checkRegistryHostility(outcomes: Outcomes, browser: Browser, folder: string, render: RenderRegistry): Promise<void> {
  const text = ATTACKS.join(' ');
  const whole = registry(20);
  const data: RegistryReport = {
    ...whole,
    account: text,
    notes: [`Note: ${text}`],
    registries: whole.registries.map(one => ({ ...one, problems: [text], quotas: [{ ...one.quotas[0], name: text, used: 9, limit: 10 }] })),
    repositories: whole.repositories.map((record, index) => hostileRecord(record, `${ATTACKS[index % ATTACKS.length]}/${index}`, text)),
  };
  const report = await OpenedReport.open(browser, folder, render(data));
  await outcomes.check('hostile names, tags, stacks, policies, reasons, code, findings, and problems appear only as text', async () => {
    assert.equal(await report.text('h1'), `Account ${text}`);
    assert.ok((await report.texts('#notes li')).includes(`Note: ${text}`));
    assert.ok((await report.text('#attention-list')).includes(text));
    const names = await report.texts('.row .name b');
    assert.ok(names.length > 5);
    for (const name of names) assert.ok(data.repositories.some(record => record.name === name), name);
    for (const record of data.repositories.filter(({ images, policy }) => images && images.all.count > 0 && policy?.kind === 'policy')) {
      await report.page.evaluate(hash => { location.hash = hash; }, addressOf(record));
      await report.settle();
      assert.equal(await report.text('#opened-name'), record.name);
      await report.page.focus('#timeline');
      await report.press('Home');
      await report.press('Enter');
      for (const selector of ['#opened-facts', '#opened-problems', '#policy', '#policy-text', '#typescript', '.reasons']) {
        assert.ok((await report.text(selector)).includes(text), selector);
      }
    }
    assert.equal(await report.page.evaluate(() => (window as unknown as { hit?: number }).hit), undefined);
    assert.equal(await report.page.evaluate(() =>
      document.querySelectorAll('img, svg, iframe, object, link, body script:not([type]):not(:last-of-type)').length), 0);
    assert.deepEqual(report.complaints, []);
    assert.deepEqual(report.requests, [report.url]);
  });
  await outcomes.check('the policy of the page of a registry allows only its own style and script, by hash', async () =>
    assertPolicyOfPage(report));
  await report.close();
}

function hostileRecord(record: RepositoryRecord, name: string, text: string): RepositoryRecord {
  const { images, policy, recommendation } = record;
  return {
    ...record,
    name,
    problems: [text],
    owner: { kind: 'kept', stack: text },
    ...images && {
      images: {
        ...images,
        scans: { scanned: 1, newest: { digest: text, findings: { [text]: 3, __proto__x: 1 } } },
        sample: images.sample.map((image, index) => ({
          ...image, tags: [text, ATTACKS[index % ATTACKS.length]], tagCount: 2, digest: text,
        })),
      },
    },
    ...policy?.kind === 'policy' && {
      policy: {
        ...policy, text, rules: policy.rules.map(rule => ({ ...rule, description: text })), warnings: [{ code: text, message: text }],
      },
    },
    ...recommendation?.kind === 'policy' && { recommendation: { ...recommendation, typescript: text, reasons: [text] } },
  };
}

/** Registries of which a page is hard to draw. */
export async function checkRegistryEdges(outcomes: Outcomes, browser: Browser, folder: string, render: RenderRegistry): Promise<void> {
  const opened = async (name: string, data: RegistryReport, run: (report: OpenedReport) => Promise<void>) =>
    outcomes.check(`edge: ${name}`, () => OpenedReport.visit(browser, folder, render(data), { width: 390 }, async report => {
      await run(report);
      await assertFits(report);
    }));
  const isHidden = async ({ page }: OpenedReport, id: string) => page.$eval(`#${id}`, part => !part.checkVisibility());

  await opened('no repositories', { ...registry(20), repositories: [], notes: [] }, async report => {
    assert.equal(await report.number('#total-repositories dd'), 0);
    assert.equal(await report.text('.list .empty'), 'The registry has no repositories.');
    assert.match(await report.text('#attention-list'), /^!The stacks in us-east-1 could not be listed: AccessDeniedException\. Correct/);
    assert.ok(await isHidden(report, 'months-section'));
    await report.page.focus('#list');
    await report.press('ArrowDown');
    await report.press('Enter');
  });
  const denied = 'the repositories in eu-central-1 could not be listed: access denied';
  await opened('a Region that cannot be listed is said once, with what to do', {
    ...registry(20),
    repositories: [],
    registries: [{ registry: 'eu-central-1', problems: [denied], quotas: [] }],
    notes: [`T${denied.slice(1)}.`],
  }, async report => {
    assert.deepEqual(await report.texts('#notes li'), []);
    assert.deepEqual(await report.texts('#attention-list li'), [`!T${denied.slice(1)}. Correct the cause, and create the report again.`]);
    assert.ok(await isHidden(report, 'calm'));
  });
  await opened('without concerns there is no empty list', {
    ...registry(20), repositories: [], registries: [], notes: ['Stacks could not be read.'],
  }, async report => {
    assert.ok(await isHidden(report, 'attention-list'));
    assert.equal(await report.text('#calm'), 'Nothing else needs attention.');
  });
  await opened('ten thousand empty repositories', emptyRegistry(10_000), async report => {
    assert.equal(await report.number('#total-images dd'), 0);
    assert.equal(await report.text('#total-untagged dd'), '–');
    assert.ok(await isHidden(report, 'months-section'));
    assert.match(await report.text('#matches'), /^10,000 repositories · 0 images · 0 B$/);
    await report.page.focus('#list');
    await report.press('Enter');
    assert.match(await report.text('#opened-parts'), /has no lifecycle policy/);
  });
  await opened('one repository with 100,000 images', repositoryWithManyImages(100_000), async report => {
    assert.equal(await report.number('#total-images dd'), 100_000);
    assert.match(await report.text('#attention-list'), /100%of the quota 'Images per repository' in eu-central-1: 100,000 of 100,000/);
    await report.page.focus('#list');
    await report.press('Enter');
    assert.match(await report.text('#sampled'), /^The timeline shows 1,563 of 100,000 images: about every 64th by push/);
    const { expired, archived, kept } = await report.shown();
    assert.equal(expired + archived + kept, 1563);
  });
  await opened('no repository can be read', unreadableRegistry(50), async report => {
    assert.match(await report.text('#attention-list'), /50repositories could not be read completely/);
    assert.equal(await report.text('.cell.images .value'), 'not read');
    await report.page.focus('#list');
    await report.press('Enter');
    assert.match(await report.text('#opened-problems'), /AccessDenied/);
    assert.ok(await isHidden(report, 'timeline-section'));
  });
  const withoutSearch: RegistryReport = {
    ...registry(400),
    registries: registry(400).registries.map(one => ({ ...one, inUse: undefined })),
    repositories: registry(400).repositories.map(record => record.images ? {
      ...record,
      images: {
        ...record.images, inUse: undefined, sample: record.images.sample.map(image => ({ ...image, isInUse: undefined })),
      },
    } : record),
  };
  await opened('a report without a search for images in use does not mention them', withoutSearch, async report => {
    assert.match(await report.text('#chip-endangers'), /^Endangers pulled images /);
    assert.match(await report.text('#attention-list'), /although these were pulled in the last 30 days/);
    assert.doesNotMatch(await report.text('#overview'), /in use/i);
    const endangering = withoutSearch.repositories.find(({ policy }) => policy?.kind === 'policy' && policy.endangered > 0)!;
    await report.page.evaluate(hash => { location.hash = hash; }, addressOf(endangering));
    await report.settle();
    assert.doesNotMatch(await report.text('#opened'), /in use/i);
  });
  await opened('a search for images in use with problems is said to be incomplete', {
    ...registry(400),
    registries: registry(400).registries.map(one => ({ ...one, inUse: { searched: [], problems: ['ECS could not be searched: denied'] } })),
  }, async report => {
    assert.match(await report.text('#attention-list'), /in use or were pulled in the last 30 days. The search for images in use was incomplete/);
  });
  await opened('only ECR Public, at the width of a table', {
    ...registry(200), repositories: registry(200).repositories.filter(record => record.registry === 'public'), registries: [],
  }, async report => {
    await report.page.setViewport({ width: 1440, height: 900 });
    await report.settle();
    assert.deepEqual(new Set(await report.texts('.cell.pulled')), new Set(['no record']));
    assert.deepEqual(new Set(await report.texts('.cell.not-pulled')), new Set(['no record']));
    assert.deepEqual(new Set(await report.texts('.cell.policy')), new Set(['not supported']));
    assert.match(await report.text('#total-not-pulled'), /not recorded/);
    assert.equal(await report.text('#effects'), '');
    assert.ok(await isHidden(report, 'registry-label'));
  });
  await opened('long names, times before 1970, and years of months', {
    ...registry(20),
    repositories: registry(20).repositories.map(record => ({
      ...record,
      name: `${'x'.repeat(230)}/${record.name}`,
      ...record.images && {
        images: {
          ...record.images,
          months: Array.from({ length: 200 }, (_, index) => ({
            month: `${2010 + Math.floor(index / 12)}-${String(index % 12 + 1).padStart(2, '0')}`, count: index, bytes: 1e15,
          })),
          sample: record.images.sample.map(image => ({ ...image, pushedAt: image.pushedAt - 60 * 365 * 86_400_000 })),
        },
      },
    })),
  }, async report => {
    assert.equal((await report.page.$$('.month')).length, 48);
    assert.match(await report.text('#months-hint'), /The first bar has all earlier months/);
    await report.page.focus('#list');
    await report.press('Enter');
  });
}
