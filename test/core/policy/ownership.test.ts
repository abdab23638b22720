import fc from 'fast-check';
import { asList, Json, parsePolicy, PolicyDocument, Statement } from '../../../src/core/policy/document';
import { normalForm, sameMeaning } from '../../../src/core/policy/normal-form';
import { contestedSids, isOwnedBy, merge, ownerSuffix, reinterpretedStatements, subtract } from '../../../src/core/policy/ownership';

const STACK = (uuid: string) => `arn:aws:cloudformation:eu-west-1:111111111111:stack/Name/${uuid}`;
const [OURS, THEIRS] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];
const SUFFIX = ownerSuffix(STACK(OURS), 'Policy');

const statement = (sids: fc.Arbitrary<string | undefined>): fc.Arbitrary<Statement> => fc.record({
  sid: sids,
  effect: fc.constantFrom('Allow', 'Deny'),
  actions: fc.uniqueArray(fc.constantFrom('ecr:BatchGetImage', 'ecr:PutImage', 'ecr:*', 'ecr:Describe*'), { minLength: 1 }),
  principal: fc.constantFrom<Json>(
    '*',
    { AWS: '111111111111' },
    { AWS: ['111111111111', '222222222222'] },
    { Service: 'lambda.amazonaws.com' },
    { AWS: 'AROA123' },
  ),
  condition: fc.constantFrom<Json | undefined>(
    undefined,
    { StringEquals: { 'aws:PrincipalOrgID': ['o-1', 'o-2'] } },
    { Bool: { 'aws:SecureTransport': true } },
  ),
}).map(({ sid, effect, actions, principal, condition }) => ({
  ...sid === undefined ? {} : { Sid: sid },
  Effect: effect,
  Action: actions,
  Principal: principal,
  ...condition === undefined ? {} : { Condition: condition },
}));

const foreignSids = fc.constantFrom(
  undefined, 'LambdaECRImageRetrievalPolicy', 'new statement', `Pull${ownerSuffix(STACK(THEIRS), 'Policy')}`,
  `A${ownerSuffix(STACK(OURS), 'MyPolicy')}`,
);
const foreign = fc.array(statement(foreignSids), { maxLength: 5 })
  .map((list): PolicyDocument => ({ Version: '2012-10-17', Statement: list }));
const own = fc.array(statement(fc.constantFrom(undefined, 'Pull', 'Push')), { minLength: 1, maxLength: 4 });
const claimOf = (statements: Statement[], replaceExistingSids: string[] = []) => ({ statements, suffix: SUFFIX, replaceExistingSids });

/** As ECR gives a policy back: another order everywhere, lists of one without their list, accounts as root ARNs. */
function asEcrReturns(document: PolicyDocument): PolicyDocument {
  const root = (name: Json) => /^\d{12}$/.test(String(name)) ? `arn:aws:iam::${String(name)}:root` : name;
  const list = (values: Json[]) => values.length === 1 ? values[0] : [...values].reverse();
  return {
    Version: document.Version,
    Statement: [...document.Statement].reverse().map(one => Object.fromEntries(Object.entries(one).reverse().map(([key, value]) => {
      if (key === 'Action') return [key, list(asList(value))];
      if (key !== 'Principal' || typeof value === 'string') return [key, value];
      return [key,
        Object.fromEntries(Object.entries(value as { [k: string]: Json }).map(([type, names]) => [type, list(asList(names).map(root))]))];
    }))),
  };
}

const run = <Ts extends [unknown, ...unknown[]]>(property: fc.IProperty<Ts>) => fc.assert(property, { seed: 1, numRuns: 500 });

test('merge then subtract is the identity on what others wrote', () => {
  run(fc.property(foreign, own, (live, statements) => {
    expect(subtract(merge(live, claimOf(statements)), SUFFIX)).toEqual(live);
  }));
});

test('the same through what ECR makes of a policy', () => {
  run(fc.property(foreign, own, (live, statements) => {
    expect(sameMeaning(subtract(asEcrReturns(merge(live, claimOf(statements))), SUFFIX), live)).toBe(true);
  }));
});

test('merging twice is merging once, and the second claim replaces the first', () => {
  run(fc.property(foreign, own, own, (live, first, second) => {
    const once = merge(live, claimOf(second));
    expect(sameMeaning(merge(once, claimOf(second)), once)).toBe(true);
    expect(sameMeaning(merge(merge(live, claimOf(first)), claimOf(second)), once)).toBe(true);
  }));
});

test('the order in which two owners come does not matter', () => {
  const other = { suffix: ownerSuffix(STACK(THEIRS), 'Other'), replaceExistingSids: [] };
  run(fc.property(foreign, own, own, (live, ours, theirs) => {
    const one = merge(merge(live, claimOf(ours)), { ...other, statements: theirs });
    const two = merge(merge(live, { ...other, statements: theirs }), claimOf(ours));
    expect(sameMeaning(one, two)).toBe(true);
  }));
});

describe('semantic comparison', () => {
  const policy = foreign;

  test('sees through what ECR makes of a policy', () => {
    run(fc.property(policy, live => sameMeaning(live, asEcrReturns(live))));
  });

  test('is an equivalence', () => {
    run(fc.property(policy, policy, policy, (a, b, c) => {
      expect(sameMeaning(a, a)).toBe(true);
      expect(sameMeaning(a, b)).toBe(sameMeaning(b, a));
      if (sameMeaning(a, b) && sameMeaning(b, c)) expect(sameMeaning(a, c)).toBe(true);
    }));
  });

  test.each([
    ['no policy variables: equal', 'a$b', true], ['policy variables, which only one of them has: different', '${aws:userid}', false],
  ])('of the versions 2008-10-17 and 2012-10-17, %s', (_what, value, same) => {
    const policyOf = (Version: string): PolicyDocument =>
      ({ Version, Statement: [{ Effect: 'Allow', Condition: { StringLike: { 'aws:userid': value } } }] });
    expect(sameMeaning(policyOf('2008-10-17'), policyOf('2012-10-17'))).toBe(same);
    expect(sameMeaning(policyOf('2008-10-17'), policyOf('2008-10-17'))).toBe(true);
  });

  test.each<[string, Statement, Statement, boolean]>([
    ['case of actions', { Action: 'ecr:PutImage' }, { Action: ['ECR:putimage'] }, true],
    ['everybody', { Principal: '*' }, { Principal: { AWS: ['*'] } }, true],
    ['an account and its root', { Principal: { AWS: '111111111111' } }, { Principal: { AWS: 'arn:aws-cn:iam::111111111111:root' } }, true],
    ['a scalar of a condition', { Condition: { Bool: { k: true } } }, { Condition: { Bool: { K: ['true'] } } }, true],
    ['another effect', { Effect: 'Allow' }, { Effect: 'Deny' }, false],
    ['another Sid', { Sid: 'A' }, { Sid: 'B' }, false],
    ['no Sid', { Sid: '' }, {}, true],
    ['Action and NotAction', { Action: 'ecr:PutImage' }, { NotAction: 'ecr:PutImage' }, false],
    ['another operator', { Condition: { StringEquals: { k: 'v' } } }, { Condition: { StringLike: { k: 'v' } } }, false],
    ['a role of the account', { Principal: { AWS: '111111111111' } }, { Principal: { AWS: 'arn:aws:iam::111111111111:role/root' } }, false],
    ['something unknown', { Later: { b: [1, 2], a: 0 } }, { Later: { a: 0, b: [2, 1] } }, true],
  ])('%s', (_what, one, other, same) => {
    const policyOf = (...list: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement: list });
    expect(normalForm(policyOf(one)) === normalForm(policyOf(other))).toBe(same);
  });
});

describe('a Sid of an existing statement', () => {
  const live: PolicyDocument = {
    Version: '2012-10-17', Statement: [{ Sid: 'Pull', Effect: 'Allow', Action: 'ecr:*', Principal: '*' }, { Sid: 'Other' }],
  };
  const mine: Statement = { Sid: 'Pull', Effect: 'Allow', Action: 'ecr:BatchGetImage', Principal: { AWS: '111111111111' } };

  test('is named', () => {
    expect(contestedSids(live, claimOf([mine, { Sid: 'Mine' }]))).toEqual(['Pull']);
  });

  test('is replaced with the same Sid, and remains when the claim is removed', () => {
    const merged = merge(live, claimOf([mine], ['Pull']));
    expect(merged.Statement).toEqual([{ Sid: 'Other' }, mine]);
    expect(subtract(merged, SUFFIX)).toEqual(merged);
  });
});

test('other elements at the top of a policy are kept', () => {
  const live = parsePolicy('{"Version":"2008-10-17","Id":"theirs","Statement":{"Sid":"A"}}');
  expect(subtract(merge(live, claimOf([{ Effect: 'Allow' }])), SUFFIX))
    .toEqual({ Version: '2008-10-17', Id: 'theirs', Statement: [{ Sid: 'A' }] });
});

test('statements without a Sid are numbered past the Sids that are given', () => {
  const sids = merge(undefined, claimOf([{ Sid: 'Statement1' }, {}, { Sid: 'Pull' }, {}])).Statement
    .map(one => String(one.Sid).replace(SUFFIX, ''));
  expect(sids).toEqual(['Statement1', 'Statement2', 'Pull', 'Statement3']);
});

test('ownership: letters and digits, and never another construct\'s', () => {
  expect(SUFFIX).toBe('CdkEcrKeeper11111111111111111111111111111111Policy');
  expect(isOwnedBy({ Sid: `Pull${SUFFIX}` }, SUFFIX)).toBe(true);
  expect(isOwnedBy({ Sid: `Pull${ownerSuffix(STACK(OURS), 'MyPolicy')}` }, SUFFIX)).toBe(false);
  expect(isOwnedBy({}, SUFFIX)).toBe(false);
});

describe('replaceExistingSids', () => {
  const sids = ['Pull', 'Push', 'Scan'];
  const liveSids = fc.constantFrom(undefined, ...sids, 'Theirs', `Pull${ownerSuffix(STACK(THEIRS), 'Policy')}`);
  const contested = fc.array(statement(liveSids), { maxLength: 6 })
    .map((list): PolicyDocument => ({ Version: '2012-10-17', Statement: list }));
  const claimed = fc.uniqueArray(statement(fc.constantFrom(undefined, ...sids)), {
    minLength: 1, maxLength: 4, selector: one => one.Sid ?? one,
  });
  const listed = fc.subarray([...sids, 'Theirs']);
  const bySid = (document: PolicyDocument, sid: string) => document.Statement.filter(({ Sid }) => Sid === sid);
  const replacedSids = (live: PolicyDocument, statements: Statement[], sidsToReplace: string[]) =>
    [...new Set(live.Statement.map(({ Sid }) => String(Sid)))]
      .filter(sid => sidsToReplace.includes(sid) && statements.some(({ Sid }) => Sid === sid));

  test('puts the claim\'s statement in the place of the foreign one, under its own name, where it stays when the'
    + ' claim is taken back', () => {
    let count = 0;
    run(fc.property(contested, claimed, listed, (live, statements, sidsToReplace) => {
      const merged = merge(live, claimOf(statements, sidsToReplace));
      const back = subtract(merged, SUFFIX);
      for (const sid of replacedSids(live, statements, sidsToReplace)) {
        count++;
        const mine = statements.filter(({ Sid }) => Sid === sid);
        expect(bySid(merged, sid)).toEqual(mine);
        expect(bySid(merged, `${sid}${SUFFIX}`)).toEqual([]);
        expect(bySid(back, sid)).toEqual(mine);
      }
    }));
    expect(count).toBeGreaterThan(100);
  });

  test('leaves the statements of others as they are, before and after the claim is taken back', () => {
    run(fc.property(contested, claimed, listed, (live, statements, sidsToReplace) => {
      const replaced = replacedSids(live, statements, sidsToReplace);
      const others = (document: PolicyDocument) =>
        document.Statement.filter(one => !isOwnedBy(one, SUFFIX) && !replaced.includes(String(one.Sid)));
      const merged = merge(live, claimOf(statements, sidsToReplace));
      expect(others(merged)).toEqual(others(live));
      expect(others(subtract(merged, SUFFIX))).toEqual(others(live));
    }));
  });

  test('replaces the statements of the Sids that are listed, and no others', () => {
    let count = 0;
    run(fc.property(contested, claimed, listed, (live, statements, sidsToReplace) => {
      const merged = merge(live, claimOf(statements, sidsToReplace));
      for (const sid of contestedSids(live, claimOf(statements)).filter(one => !sidsToReplace.includes(one))) {
        count++;
        expect(bySid(merged, sid)).toEqual(bySid(live, sid));
        const mine = statements.filter(({ Sid }) => Sid === sid).map(one => ({ ...one, Sid: `${sid}${SUFFIX}` }));
        expect(bySid(merged, `${sid}${SUFFIX}`)).toEqual(mine);
      }
      for (const sid of sidsToReplace.filter(one => statements.every(({ Sid }) => Sid !== one))) {
        expect(bySid(merged, sid)).toEqual(bySid(live, sid));
      }
    }));
    expect(count).toBeGreaterThan(100);
  });

  test('puts every statement of the claim there once', () => {
    run(fc.property(contested, claimed, listed, (live, statements, sidsToReplace) => {
      const merged = merge(live, claimOf(statements, sidsToReplace));
      const replaced = replacedSids(live, statements, sidsToReplace);
      expect(merged.Statement.filter(one => isOwnedBy(one, SUFFIX) || replaced.includes(String(one.Sid)))).toHaveLength(statements.length);
    }));
  });

  test('twice is once, also through what ECR makes of a policy', () => {
    run(fc.property(contested, claimed, listed, (live, statements, sidsToReplace) => {
      const claim = claimOf(statements, sidsToReplace);
      const once = merge(live, claim);
      expect(merge(once, claim)).toEqual(once);
      expect(sameMeaning(merge(asEcrReturns(once), claim), once)).toBe(true);
    }));
  });

  test('a Sid that no other statement has is not replaced, and gets its owner', () => {
    expect(merge(undefined, claimOf([{ Sid: 'Pull' }], ['Pull', 'Push'])).Statement).toEqual([{ Sid: `Pull${SUFFIX}` }]);
  });

  test('a statement that the claim already had gives way to the one that is replaced', () => {
    const before = merge(undefined, claimOf([{ Sid: 'Pull', Effect: 'Allow' }]));
    const live = { ...before, Statement: [...before.Statement, { Sid: 'Pull', Effect: 'Deny' }] };
    expect(merge(live, claimOf([{ Sid: 'Pull', Effect: 'Allow' }], ['Pull'])).Statement).toEqual([{ Sid: 'Pull', Effect: 'Allow' }]);
  });
});

describe('the version of a policy that others wrote', () => {
  const variable: Statement = { Effect: 'Allow', Condition: { StringEquals: { 'aws:PrincipalTag/team': '${aws:ResourceTag/team}' } } };
  const text: Statement = { Sid: 'Theirs', Effect: 'Allow', Condition: { StringEquals: { 'aws:userid': '${text}' } } };
  const plain: Statement = { Sid: 'Theirs', Effect: 'Allow' };
  const old = (...list: Statement[]): PolicyDocument => ({ Version: '2008-10-17', Statement: list });

  test('is raised for policy variables of the claim, and not changed without them', () => {
    expect(merge(old(plain), claimOf([variable])).Version).toBe('2012-10-17');
    expect(merge(old(plain), claimOf([plain])).Version).toBe('2008-10-17');
    expect(reinterpretedStatements(old(plain), claimOf([variable]))).toEqual([]);
  });

  test('cannot be raised where a statement of theirs would mean something else', () => {
    expect(reinterpretedStatements(old(plain, text), claimOf([variable]))).toEqual([text]);
    expect(reinterpretedStatements(old(text), claimOf([plain]))).toEqual([]);
    expect(reinterpretedStatements({ ...old(text), Version: '2012-10-17' }, claimOf([variable]))).toEqual([]);
    const replacing = { ...claimOf([{ ...variable, Sid: 'Theirs' }]), replaceExistingSids: ['Theirs'] };
    expect(reinterpretedStatements(old(text), replacing)).toEqual([]);
  });
});
