import fc from 'fast-check';
import { SEVERITIES, Severity, severityOf } from '../../../src/core/scan/severity';
import { Finding, FindingLimits, Ignored, Verdict } from '../../../src/core/scan/verdict';

const NOW = Date.UTC(2026, 0, 31);

const finding = (name: string, severity: Severity = 'HIGH', more: Partial<Finding> = {}): Finding => ({
  name, severity, packageName: 'openssl', packageVersion: '3.0', ...more,
});
const many = (count: number, severity: Severity, from = 0) =>
  Array.from({ length: count }, (_, nth) => finding(`CVE-${severity}-${from + nth}`, severity));

interface Rules {
  readonly limits?: FindingLimits;
  readonly ignored?: readonly Ignored[];
}

function verdict(findings: readonly Finding[], { limits = { CRITICAL: 0, HIGH: 0 }, ignored = [] }: Rules = {}, now = NOW): Verdict {
  const made = new Verdict({ limits, ignored }, now);
  findings.forEach(each => made.add(each));
  return made;
}

describe('severities', () => {
  test('are known from the worst on, and each is itself', () => {
    expect(SEVERITIES).toEqual(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNTRIAGED']);
    expect(SEVERITIES.map(severityOf)).toEqual([...SEVERITIES]);
  });

  test.each(['UNDEFINED', 'UNTRIAGED', undefined, '', 'WORSE'])('an unknown severity is untriaged: %s', text => {
    expect(severityOf(text)).toBe('UNTRIAGED');
  });
});

describe('limits', () => {
  test('without findings everything is let through', () => {
    const none = verdict([], { limits: Object.fromEntries(SEVERITIES.map(severity => [severity, 0])) });
    expect([none.exceeded, none.summary, none.ignored]).toEqual([[], 'no findings', 0]);
  });

  test.each(SEVERITIES)('as many as the limit are let through, one more is not: %s', severity => {
    const limits = { [severity]: 2 };
    expect(verdict(many(2, severity), { limits }).exceeded).toEqual([]);
    expect(verdict(many(3, severity), { limits }).exceeded).toEqual([severity]);
  });

  test('a limit of 0 allows no finding', () => {
    expect(verdict(many(1, 'LOW'), { limits: { LOW: 0 } }).exceeded).toEqual(['LOW']);
  });

  test('a severity without a limit is let through', () => {
    expect(verdict([...many(50, 'MEDIUM'), ...many(50, 'UNTRIAGED')]).exceeded).toEqual([]);
  });

  test('a finding counts for its own severity only, worse ones do not count for lesser limits', () => {
    expect(verdict(many(5, 'CRITICAL'), { limits: { LOW: 0, HIGH: 0 } }).exceeded).toEqual([]);
  });

  test('all exceeded severities are returned, the highest first', () => {
    expect(verdict([...many(1, 'LOW'), ...many(1, 'CRITICAL'), ...many(1, 'MEDIUM')], {
      limits: { LOW: 0, MEDIUM: 1, CRITICAL: 0 },
    }).exceeded)
      .toEqual(['CRITICAL', 'LOW']);
  });
});

describe('a finding in several images of an index', () => {
  test('counts once', () => {
    const twice = verdict([finding('CVE-1'), finding('CVE-2'), finding('CVE-1')]);
    expect(twice.count('HIGH')).toBe(2);
  });

  test('also counts once without a known package', () => {
    expect(verdict(Array(3).fill(finding('CVE-1', 'HIGH', { packageName: undefined, packageVersion: undefined }))).count('HIGH')).toBe(1);
  });

  test('counts once whatever one image knows of its being fixed', () => {
    expect(verdict([finding('CVE-1'), finding('CVE-1', 'HIGH', { fixedInVersion: '3.1' })]).count('HIGH')).toBe(1);
  });

  test('in another package, or in another version of it, counts again', () => {
    const findings = [
      finding('CVE-1'), finding('CVE-1', 'HIGH', { packageName: 'libssl' }), finding('CVE-1', 'HIGH', { packageVersion: '3.1' }),
    ];
    expect(verdict(findings).count('HIGH')).toBe(3);
  });

  test('is distinguished by its parts, and not by their concatenation', () => {
    const findings = [finding('CVE-1', 'HIGH', { packageName: 'a', packageVersion: 'b,c' }),
      finding('CVE-1', 'HIGH', { packageName: 'a,b', packageVersion: 'c' })];
    expect(verdict(findings).count('HIGH')).toBe(2);
  });

  test('and is ignored counts once among the ignored', () => {
    const ignored = [{ name: 'CVE-1', until: NOW + 1 }];
    expect(verdict([finding('CVE-1'), finding('CVE-1'), finding('CVE-1', 'HIGH', { packageName: 'libssl' })], { ignored }).ignored).toBe(2);
  });

  test('and has different severities there counts with the highest, in any order', () => {
    const [medium, critical] = [finding('CVE-1', 'MEDIUM'), finding('CVE-1', 'CRITICAL')];
    expect([verdict([critical, medium]), verdict([medium, critical])].map(each => [each.summary, each.exceeded]))
      .toEqual(Array(2).fill(['1 CRITICAL', ['CRITICAL']]));
  });
});

describe('ignored findings', () => {
  const ignored = [{ name: 'CVE-2024-3094', until: NOW }];

  test('are not counted until their time, and are counted from then on', () => {
    expect([NOW - 1, NOW, NOW + 1].map(now => verdict([finding('CVE-2024-3094')], { ignored }, now))
      .map(each => [each.count('HIGH'), each.ignored, each.exceeded]))
      .toEqual([[0, 1, []], [1, 0, ['HIGH']], [1, 0, ['HIGH']]]);
  });

  test.each(['cve-2024-3094', 'Cve-2024-3094', 'CVE-2024-3094'])('is known however it is written: %s', name => {
    expect(verdict([finding('CVE-2024-3094')], { ignored: [{ name, until: NOW + 1 }] }).ignored).toBe(1);
    expect(verdict([finding(name)], { ignored: [{ name: 'CVE-2024-3094', until: NOW + 1 }] }).ignored).toBe(1);
  });

  test('is the whole name, not its beginning', () => {
    expect(verdict([finding('CVE-2024-30941'), finding('CVE-2024-309')], { ignored }, NOW - 1).count('HIGH')).toBe(2);
  });

  test('leaves others counted', () => {
    const mixed = verdict([finding('CVE-2024-3094'), finding('CVE-1'), finding('CVE-2', 'LOW')], { ignored }, NOW - 1);
    expect([mixed.count('HIGH'), mixed.count('LOW'), mixed.ignored, mixed.summary]).toEqual([1, 1, 1, '1 HIGH, 1 LOW, 1 ignored']);
  });
});

describe('the summary', () => {
  test('is all counts that there are, the worst first', () => {
    expect(verdict([...many(12, 'LOW'), ...many(3, 'MEDIUM')]).summary).toBe('3 MEDIUM, 12 LOW');
    expect(verdict(SEVERITIES.flatMap(severity => many(1, severity))).summary)
      .toBe('1 CRITICAL, 1 HIGH, 1 MEDIUM, 1 LOW, 1 INFORMATIONAL, 1 UNTRIAGED');
  });

  test('contains the number of ignored findings, even without other findings', () => {
    const ignored = [{ name: 'cve-low-0', until: NOW + 1 }];
    expect(verdict([...many(13, 'LOW'), ...many(3, 'MEDIUM')], { ignored }).summary).toBe('3 MEDIUM, 12 LOW, 1 ignored');
    expect(verdict(many(1, 'LOW'), { ignored }).summary).toBe('1 ignored');
  });
});

describe('the reason', () => {
  test('contains the findings, the limit, the package, and the version with the fix', () => {
    expect(verdict([finding('CVE-1', 'CRITICAL', { fixedInVersion: '3.1' })]).reason)
      .toBe('1 CRITICAL finding (at most 0): CVE-1 CRITICAL in openssl 3.0, fixed in 3.1');
  });

  test('contains only what is known', () => {
    const unknown = { packageName: undefined, packageVersion: undefined };
    expect(verdict([finding('CVE-1', 'HIGH', unknown), finding('CVE-2', 'HIGH', { packageVersion: undefined })]).reason)
      .toBe('2 HIGH findings (at most 0): CVE-1 HIGH; CVE-2 HIGH in openssl');
  });

  test('lists the highest severity first, and no severity within its limit', () => {
    const { reason } = verdict([finding('CVE-1', 'LOW'), finding('CVE-2'), finding('CVE-3', 'CRITICAL'), finding('CVE-4', 'MEDIUM')], {
      limits: { LOW: 0, HIGH: 0, CRITICAL: 0 },
    });
    expect(reason).toBe('1 CRITICAL finding (at most 0), 1 HIGH finding (at most 0), 1 LOW finding (at most 0):'
      + ' CVE-3 CRITICAL in openssl 3.0; CVE-2 HIGH in openssl 3.0; CVE-1 LOW in openssl 3.0');
  });

  test('lists at most five findings, and the number of the others', () => {
    const named = (reason: string) => reason.match(/CVE-\w+-\d+ /g)!.length;
    const [five, six] = [5, 6].map(count => verdict(many(count, 'HIGH'), { limits: { HIGH: 2 } }).reason);
    expect([named(five), named(six)]).toEqual([5, 5]);
    expect(five).toMatch(/^5 HIGH findings \(at most 2\): .*CVE-HIGH-4 HIGH in openssl 3\.0$/);
    expect(six).toMatch(/; and 1 more$/);
    const mixed = verdict([...many(40, 'HIGH'), ...many(3, 'CRITICAL'), ...many(7, 'LOW')]).reason;
    expect(named(mixed)).toBe(5);
    expect(mixed).toMatch(/^3 CRITICAL findings \(at most 0\), 40 HIGH findings \(at most 0\): .*; and 38 more$/);
    expect(mixed).not.toContain('LOW');
  });

  test('lists at most five findings that are no longer ignored', () => {
    const ignored = Array.from({ length: 7 }, (_, nth) => ({ name: `cve-high-${nth}`, until: NOW - 1 }));
    expect(verdict(many(1, 'HIGH'), { ignored }).reason).toMatch(/\. No longer ignored: CVE-HIGH-0$/);
    expect(verdict(many(7, 'HIGH'), { ignored }).reason.split('No longer ignored: ')[1].split(', ')).toHaveLength(5);
    expect(verdict(many(1, 'HIGH')).reason).not.toContain('ignored');
  });

  test('does not list a finding that is no longer ignored if its severity is within the limit', () => {
    const ignored = [{ name: 'CVE-LOW-0', until: NOW - 1 }];
    expect(verdict([...many(1, 'HIGH'), ...many(1, 'LOW')], { ignored }).reason).not.toContain('CVE-LOW-0');
  });
});

describe('any findings', () => {
  const some: fc.Arbitrary<Finding[]> = fc.array(fc.record({
    name: fc.constantFrom('CVE-1', 'CVE-2', 'CVE-3', 'CVE-4', 'CVE-5', 'CVE-6', 'CVE-7', 'CVE-8'),
    packageName: fc.constantFrom(undefined, 'a', 'b'),
    packageVersion: fc.constantFrom(undefined, '1'),
  }).map(each => ({ ...each, severity: SEVERITIES[Number(each.name.slice(-1)) % SEVERITIES.length] })), { maxLength: 30 });
  const rules = fc.record({
    limits: fc.dictionary(fc.constantFrom(...SEVERITIES), fc.nat({ max: 4 })) as fc.Arbitrary<FindingLimits>,
    ignored: fc.uniqueArray(
      fc.record({ name: fc.constantFrom('cve-1', 'CVE-2', 'CVE-9'), until: fc.constantFrom(NOW - 1, NOW, NOW + 1) }),
      { selector: each => each.name },
    ),
  });

  test('every different finding is counted or ignored, once', () => {
    fc.assert(fc.property(some, rules, (findings, each) => {
      const made = verdict(findings, each);
      const different = new Set(findings.map(({ name, packageName, packageVersion }) => [name, packageName, packageVersion].join()));
      expect(SEVERITIES.reduce((sum, severity) => sum + made.count(severity), made.ignored)).toBe(different.size);
    }), { seed: 1 });
  });

  test('the order in which it is found, and how often, changes nothing that is counted', () => {
    fc.assert(fc.property(some, rules, (findings, each) => {
      const [once, again] = [verdict(findings, each), verdict([...findings, ...findings].reverse(), each)];
      expect([again.summary, again.exceeded]).toEqual([once.summary, once.exceeded]);
    }), { seed: 1 });
  });

  test('more findings never let an image through', () => {
    fc.assert(fc.property(some, some, rules, (findings, more, each) => {
      expect(verdict([...findings, ...more], each).exceeded).toEqual(expect.arrayContaining([...verdict(findings, each).exceeded]));
    }), { seed: 1 });
  });
});
