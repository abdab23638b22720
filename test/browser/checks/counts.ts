import assert from 'node:assert/strict';
import type { ReportData } from '../../../cli/lifecycle-report/report-data';
import { formatSize } from '../../../cli/page/words';
import { simulateLifecycle } from '../../../src/core/lifecycle/simulate';
import type { OpenedReport } from '../opened-report';
import { State, statesUntil } from '../oracle';
import type { Outcomes } from '../outcomes';

/** Compares the numbers on the page, for now and for later days, with those of simulateLifecycle. */
export async function checkCounts(outcomes: Outcomes, report: OpenedReport, data: ReportData, days: readonly number[]): Promise<void> {
  const name = `${data.images.length} images`;
  const decisions = simulateLifecycle(data.rules, data.images, data.at);
  const acting = (action: string) => decisions.filter(decision => decision.action === action && decision.blockedBy.length === 0).length;

  await outcomes.check(`${name}: the page opens without errors or network requests`, () => {
    assert.deepEqual(report.complaints, []);
    assert.deepEqual(report.requests, [report.url]);
  });
  await outcomes.check(`${name}: the totals are those of simulateLifecycle`, async () => {
    assert.equal(await report.number('#total-all dd'), data.images.length);
    assert.equal(await report.number('#total-expire dd'), acting('EXPIRE'));
    assert.equal(await report.number('#total-archive dd'), acting('ARCHIVE'));
    assert.equal(await report.number('#total-keep dd'), data.images.length - acting('EXPIRE') - acting('ARCHIVE'));
    assert.ok(acting('EXPIRE') > 0 && acting('ARCHIVE') > 0, 'the generator must create all of them');
  });
  const last = Number(await report.page.$eval('#slider', slider => (slider as HTMLInputElement).max));
  const states = statesUntil(data, Math.min(last, Math.max(...days)));
  const chosen = days.filter(day => day < states.length);
  await outcomes.check(`${name}: the slider, by keyboard, shows days ${chosen.join(', ')} like daily simulations`, async () => {
    await report.page.focus('#slider');
    for (const day of chosen) {
      await report.press(day < await report.day() ? 'ArrowLeft' : 'ArrowRight', Math.abs(day - await report.day()));
      assert.equal(await report.day(), day);
      assert.deepEqual({ day, ...await report.shown() }, { day, ...totals(states[day]) });
      assert.deepEqual([day, ...await ruleFigures(report)], [day, ...expectedFigures(data, states[0], states[day])]);
    }
    assert.notDeepEqual(totals(states[chosen[0]]), totals(states[chosen[chosen.length - 1]]));
  });
  await outcomes.check(`${name}: the numbers in the row of each rule, and in that without a rule, match its images`, async () => {
    const buttons = await report.page.$$('#rule-rows button');
    assert.ok(buttons.length >= data.rules.length);
    for (const [row, button] of buttons.entries()) {
      await button.press('Enter');
      await report.settle();
      const [, byThen, keeps] = (await report.texts(`#rule-rows tr:nth-child(${row + 1}) .figure`))
        .map(text => text === '–' ? 0 : Number(text.replace(/,/g, '')));
      assert.equal(parseInt((await report.text('#matches')).replace(/,/g, ''), 10), byThen + keeps, `row ${row + 1}`);
      await button.press('Enter');
    }
    await report.settle();
  });
  await outcomes.check(`${name}: the sizes are those of the deleted and retained images, with their limitation`, async () => {
    const sizeOf = (action: string) => formatSize(data.images.reduce((sum, { sizeInBytes = 0 }, index) =>
      sum + ((decisions[index].blockedBy.length > 0 ? 'KEEP' : decisions[index].action) === action ? sizeInBytes : 0), 0));
    for (const action of ['expire', 'archive', 'keep']) {
      assert.equal(await report.text(`#total-${action} .size`), sizeOf(action.toUpperCase()));
    }
    assert.match(await report.text('#sizes-note'), / counted for each image, so the sum is not what you pay for\.$/);
    assert.match(await report.text('#summary'), /^[\d,]+ would expire \([\d.]+ [kMGT]?B\)/);
  });
}

function totals({ expired, archived, kept }: State): object {
  return { expired, archived, kept };
}

/** Returns for each rule the number of images now and until the selected day. */
async function ruleFigures(report: OpenedReport): Promise<string[]> {
  return report.page.$$eval('#rule-rows tr', rows => rows
    .map(row => [row.querySelector('th')!.textContent, ...[...row.querySelectorAll('.figure')].slice(0, 2)
      .map(figure => figure.textContent!.replace(/,/g, ''))].join(' '))
    .filter(row => !row.startsWith('No rule')));
}

function expectedFigures(data: ReportData, now: State, then: State): string[] {
  return data.rules.map(({ rulePriority, selection: { countNumber } }) =>
    `Rule ${rulePriority} ${countNumber >= 9_999 ? '– –' : `${now.acted.get(rulePriority) ?? 0} ${then.acted.get(rulePriority) ?? 0}`}`);
}
