import assert from 'node:assert/strict';
import type { Browser } from 'puppeteer-core';
import { addressOf } from '../../../cli/report/page/address';
import type { RegistryReport } from '../../../cli/report/registry-report';
import type { RepositoryRecord, SampledImage } from '../../../cli/report/repository-record';
import { OpenedReport } from '../opened-report';
import type { Outcomes } from '../outcomes';

/** Checks how a repository is opened and closed, and what it shows. */
export async function checkRegistryOpening(
  outcomes: Outcomes, browser: Browser, folder: string, html: string, data: RegistryReport,
): Promise<void> {
  const report = await OpenedReport.open(browser, folder, html, { media: [{ name: 'prefers-reduced-motion', value: 'reduce' }] });
  const { page } = report;
  const find = (has: (record: RepositoryRecord) => unknown) => data.repositories.find(has)!;
  const open = async (record: Pick<RepositoryRecord, 'registry' | 'name'>) => {
    await page.evaluate(hash => { location.hash = hash; }, addressOf(record));
    await report.settle();
  };
  const isOpen = async () => page.$eval('#opened', opened => !(opened as HTMLElement).hidden);
  const focused = async () => page.evaluate(() => document.activeElement?.id);
  const copied = async (selector: string): Promise<string> => {
    await page.evaluate(() => { navigator.clipboard.writeText = text => Promise.resolve(void (document.body.dataset.copied = text)); });
    await page.click(selector);
    return page.evaluate(() => document.body.dataset.copied!);
  };

  await outcomes.check('Enter opens a repository, Escape closes it, and the focus, the row, and the place return', async () => {
    await page.focus('#list');
    await report.press('ArrowDown', 7);
    const [scroll, name] = await page.evaluate(() => [scrollY, document.querySelector('.row.active b')!.textContent]);
    await report.press('Enter');
    assert.ok(await isOpen());
    assert.equal(await report.text('#opened-name'), name);
    assert.equal(await focused(), 'opened-name');
    assert.ok((await page.title()).startsWith(`${name} – `));
    assert.equal(await page.evaluate(() => location.hash), addressOf(find(record => record.name === name)));
    await report.press('Escape');
    assert.equal(await isOpen(), false);
    assert.equal(await focused(), 'list');
    assert.deepEqual(await page.evaluate(() => [scrollY, document.querySelector('.row.active b')!.textContent]), [scroll, name]);
    assert.equal(await page.evaluate(() => location.hash), '');
  });
  await outcomes.check('a click opens a repository, and the back, forward, and close buttons work', async () => {
    const until = async (isOpened: boolean) => { // without waitForFunction, which the policy of the page prevents
      for (let frame = 0; frame < 100 && await isOpen() !== isOpened; frame++) await report.settle();
      assert.equal(await isOpen(), isOpened);
    };
    await until(false);
    // a person presses the button for some time, on a list without the focus
    await page.evaluate(() => { (document.activeElement as HTMLElement).blur(); });
    await page.$eval('#list', list => { list.scrollIntoView(); });
    await report.settle();
    await page.click('.row.active', { delay: 60 });
    await until(true);
    const name = await report.text('#opened-name');
    await page.goBack();
    await until(false);
    await page.goForward();
    await until(true);
    assert.equal(await report.text('#opened-name'), name);
    await page.click('#close');
    await until(false);
  });
  await outcomes.check('the address of a repository opens it, and an unknown or broken one shows the overview', async () => {
    const record = data.repositories[3];
    const linked = await OpenedReport.open(browser, folder, html, {}, addressOf(record));
    try {
      await checkLink(linked, record);
    } finally {
      await linked.close();
      await page.bringToFront(); // a tab in the background draws no frames
    }
  });
  await outcomes.check('a repository shows its figures, its sampling, both policies, and the command for all images', async () => {
    const record = find(({ images, policy, recommendation }) => policy?.kind === 'policy' && policy.warnings.length > 0
      && recommendation?.kind === 'policy' && images && images.sample.length < images.all.count);
    const { policy, recommendation } = record;
    assert.ok(policy?.kind === 'policy' && recommendation?.kind === 'policy');
    const images = record.images!;
    await open(record);
    assert.equal(await report.number('#total-opened-images dd'), images.all.count);
    assert.equal(parseInt(await report.text('#total-opened-untagged .size'), 10), images.untagged.count);
    assert.ok((await report.text('#sampled')).includes(`${images.sample.length} of ${images.all.count} images: about every`));
    const countsOf = (fateOf: (image: SampledImage) => SampledImage['fate'], day: number) => {
      const fates = images.sample.map(fateOf);
      const expired = fates.filter(fate => (fate?.expiryDay ?? Infinity) <= day).length;
      const archived = fates.filter(fate => (fate?.archiveDay ?? Infinity) <= day).length;
      return { expired, archived, kept: images.sample.length - expired - archived };
    };
    assert.deepEqual(await report.shown(), countsOf(({ fate }) => fate, 0));
    assert.match(await report.text('#summary'), /^[\d,]+ would expire .*[\d,]+ would be archived .*[\d,]+ would stay /);
    const isChange = images.sample.some(({ fate }) => fate?.archiveDay !== undefined);
    assert.equal(await page.$eval('#key-archived', key => key.checkVisibility()), isChange);
    assert.deepEqual(await page.$$eval('.share', all => all.map(share => share.checkVisibility())),
      Object.values(countsOf(({ fate }) => fate, 0)).map(count => count > 0));
    await page.focus('#slider');
    await report.press('ArrowRight', 30);
    assert.deepEqual(await report.shown(), countsOf(({ fate }) => fate, 30));
    await page.click('#show-recommended');
    assert.deepEqual(await report.shown(), countsOf(({ recommendedFate }) => recommendedFate, 0));
    assert.equal(await page.$eval('#show-recommended', button => button.ariaPressed), 'true');
    await page.focus('#timeline');
    await report.press('End');
    const oldestKept = await report.text('#tooltip');
    assert.ok(images.sample.some(({ digest }) => oldestKept.includes(digest.slice(0, 19))), oldestKept);
    await report.press('Enter');
    assert.equal(await focused(), 'details');
    await page.click('#close-details');
    assert.equal(await focused(), 'timeline');
    await report.press('Escape');
    if (await isOpen()) await report.press('Escape');
    await open(record);
    const effects = await report.text('#recommendation .effects');
    for (const { expiresNow, archivesWithin30Days } of [policy.effect, recommendation.effect]) {
      assert.ok(effects.includes(expiresNow.count === 0 ? '–' : `${expiresNow.count} image`));
      assert.ok(effects.includes(archivesWithin30Days.count === 0 ? '–' : `${archivesWithin30Days.count} image`));
    }
    for (const { code, message } of policy.warnings) assert.ok((await report.text('#policy .warnings')).includes(code + message));
    assert.equal((await report.texts('#policy .selects')).length, policy.rules.length);
    for (const reason of recommendation.reasons) assert.ok((await report.texts('.reasons li')).includes(reason));
    assert.equal(await report.text('#typescript'), recommendation.typescript);
    assert.equal(await copied('#copy-code'), recommendation.typescript);
    assert.equal(await copied('#copy-json'), JSON.stringify({ rules: recommendation.rules }));
    const command = await copied('#copy-command');
    assert.ok(command.startsWith(`npx cdk-ecr-keeper simulate --repository ${record.name} --region ${record.registry} --html `));
    await report.press('Escape');
  });
  await outcomes.check('a command for all images names a policy file only where the repository has no policy', async () => {
    const commandOf = async (record: RepositoryRecord) => {
      await open(record);
      return await page.$('#simulate') ? report.text('#simulate') : undefined;
    };
    const hasPolicy = find(({ policy, images }) => policy?.kind === 'policy' && images);
    assert.doesNotMatch((await commandOf(hasPolicy))!, /--policy/);
    const advised = find(({ policy, recommendation }) => policy?.kind === 'none' && recommendation?.kind === 'policy');
    assert.match((await commandOf(advised))!, / --policy policy\.json --html /);
    assert.match(await report.text('#command'), /Save the recommended policy as policy\.json first/);
    const unadvised = find(({ policy, recommendation }) => policy?.kind === 'none' && recommendation?.kind === 'none');
    assert.equal(await commandOf(unadvised), undefined);
    assert.match(await report.text('#command'), /needs a lifecycle policy/);
  });
  await outcomes.check('the endangered images are under the title, in the order of their days', async () => {
    const isListed = ({ fate, pulledAt = 0, isInUse }: SampledImage) => Math.min(fate?.archiveDay ?? 99, fate?.expiryDay ?? 99) <= 30
      && (isInUse === true || data.at - pulledAt <= 30 * 86_400_000);
    const record = find(({ policy, images }) => policy?.kind === 'policy' && policy.endangered > 0 && images?.sample.some(isListed));
    const listed = record.images!.sample.filter(isListed);
    assert.ok(record.policy?.kind === 'policy');
    await open(record);
    assert.match(await report.text('#opened-endangered .notice'), new RegExp('^The current policy (removes|archives|removes or archives)'
      + ` ${record.policy.endangered} images? within 30 days that (is|are) in use or (was|were) pulled in the last 30 days\\.`));
    const names = await report.texts('#endangered-images tbody th');
    assert.deepEqual([...names].sort(), listed.map(({ tags, digest }) =>
      tags.length === 0 ? digest.slice(0, 19) : tags.length === 1 ? tags[0] : `${tags[0]} and ${tags.length - 1} more tag`).sort());
    const changes = await report.texts('#endangered-images tbody td:last-child');
    const days = changes.map(text => text.includes('within 24 hours') ? 0 : parseInt(/in (\d+) day/.exec(text)![1], 10));
    assert.deepEqual(days, [...days].sort((one, other) => one - other));
  });
  await outcomes.check('findings, an owner, and what is missing are said: ECR Public, no policy, no images, not read', async () => {
    const scanned = find(({ images }) => Object.keys(images?.scans.newest?.findings ?? {}).length > 0);
    await open(scanned);
    for (const [severity, count] of Object.entries(scanned.images!.scans.newest!.findings)) {
      assert.ok((await report.texts('.severities li')).includes(`${count} ${severity.toLowerCase()}`));
    }
    await open(find(({ owner }) => owner.kind === 'kept'));
    assert.match(await report.text('#opened-facts'), /kept outside any stack; its tags name \S+-images/);
    await open(find(({ registry, images }) => registry === 'public' && images && images.all.count > 0));
    assert.match(await report.text('#policy'), /ECR Public has no lifecycle policies/);
    assert.match(await report.text('#total-opened-not-pulled'), /not recorded by ECR Public/);
    assert.equal(await page.$('#command'), null);
    await open(find(({ policy, images }) => policy?.kind === 'none' && images && images.all.count > 0));
    assert.match(await report.text('#policy'), /has no lifecycle policy, so ECR removes none/);
    assert.equal(await report.text('#show-current'), 'No policy');
    await open(find(({ images }) => images?.all.count === 0));
    assert.ok(await page.$eval('#timeline-section', section => (section as HTMLElement).hidden));
    assert.match(await report.text('#recommendation'), /fewer than 5 images/);
    const unreadable = find(({ images }) => !images);
    await open(unreadable);
    assert.deepEqual(await report.texts('#opened-problems li'), unreadable.problems);
    assert.match(await report.text('#policy'), /could not be read/);
    await open(find(({ images }) => images?.aheadOfClock === 2));
    assert.match(await report.text('#opened-problems'), /^2 images were pushed or pulled after the report, according to the clock/);
    await open(find(({ policy }) => policy?.kind === 'unknown'));
    assert.match(await report.text('#policy'), /The policy cannot be simulated. Rule 1 has no selection/);
    assert.deepEqual(report.complaints, []);
    assert.deepEqual(report.requests, [report.url]);
  });
  await report.close();
}

async function checkLink(linked: OpenedReport, { name, registry }: RepositoryRecord): Promise<void> {
  assert.equal(await linked.text('#opened-name'), name);
  assert.equal(await linked.text('#opened-registry'), registry);
  await linked.press('Escape');
  assert.equal(await linked.page.$eval('#overview', overview => (overview as HTMLElement).hidden), false);
  assert.equal(await linked.page.evaluate(() => document.activeElement?.id), 'list');
  for (const [hash, message] of [['#repository/eu-central-1/none', 'This report has no repository \'none\' in eu-central-1.'],
    ['#repository/%E0%A4%A', ''], ['#repositories', '']]) {
    await linked.page.evaluate(to => { location.hash = to; }, hash);
    await linked.settle();
    assert.equal(await linked.page.$eval('#opened', opened => (opened as HTMLElement).hidden), true);
    assert.ok((await linked.text('#unknown')).startsWith(message));
    assert.equal(await linked.page.$eval('#unknown', notice => notice.checkVisibility()), message !== '');
  }
  await linked.page.evaluate(() => { location.hash = '#list?search=a&show=no-policy+nothing&region=eu-central-1&sort=name'; });
  await linked.settle();
  assert.equal(await linked.page.$eval('#search', field => (field as HTMLInputElement).value), 'a');
  assert.equal(await linked.page.$eval('#chip-no-policy', chip => chip.ariaPressed), 'true');
  assert.equal(await linked.page.$eval('#registry', select => (select as HTMLSelectElement).value), 'eu-central-1');
  assert.equal(await linked.page.$eval('.sort.name', button => button.ariaLabel), 'Repository, ascending');
  await linked.page.reload();
  await linked.settle();
  assert.equal(await linked.page.$eval('#chip-no-policy', chip => chip.ariaPressed), 'true');
  assert.deepEqual(linked.complaints, []);
}
